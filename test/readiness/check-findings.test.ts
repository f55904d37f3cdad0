import { adviceText } from '../../src/advice.ts';
import { isReady, NOTHING_TO_DO, readinessFindings } from '../../src/readiness/check-findings.ts';
import type { Preparation, RunbookFile } from '../../src/preparation/prepare.ts';
import { renderCheck } from '../../src/cli/check/render-check.ts';
import { unite } from '../../src/inventory/membership.ts';
import type { Problem } from '../../src/plan/types.ts';
import { PLAIN_PALETTE } from '../../src/report/layout/palette.ts';
import { EVENTS, fleet, planOf, runbookOf } from '../plan/builders.ts';

const inventory = fleet(1);
const runbook = runbookOf([EVENTS]);
const source: RunbookFile = {
  runbook,
  placeOf: () => ({ file: 'orders.yaml', line: 1, column: 1 }),
  file: 'orders.yaml',
  text: '',
};
const preparation: Preparation = {
  source,
  runbook,
  account: inventory,
  united: unite(inventory, undefined),
  membership: { members: [], missing: [] },
  unsupported: [],
  plan: { ...planOf([EVENTS], inventory), problems: [] },
  isFeasible: true,
};

const problem = (severity: Problem['severity'], code: string, index = 0): Problem => ({
  severity,
  code,
  message: `${code} ${index}`,
  next: NOTHING_TO_DO,
});

test.each([
  ['info', true],
  ['warning', true],
  ['error', false],
] as const)('with a check of severity %s it is ready: %s', (severity, expected) => {
  expect(isReady(preparation, [problem(severity, 'X')])).toBe(expected);
});

test('errors come first, and of one kind at most twenty lines, the rest counted', () => {
  const checks = [
    problem('info', 'A'),
    ...Array.from({ length: 53 }, (_, index) => problem('warning', 'B', index)),
    ...Array.from({ length: 20 }, (_, index) => problem('warning', 'C', index)),
    problem('error', 'D'),
  ];
  const findings = readinessFindings(preparation, checks);
  const codes = findings.map(({ code }) => code);
  expect(codes).toEqual(['D', ...Array<string>(20).fill('B'), ...Array<string>(20).fill('C'), 'A']);
  expect(findings[20]).toMatchObject({ code: 'B', message: 'And 34 more of this kind.', runbook: 'orders' });
  expect(findings[40]).toMatchObject({ code: 'C', message: 'C 19' });
});

test('a recovery point that is too old is told once, unless the plan takes another one', () => {
  const about = (code: string, recoveryPoint: string): Problem => ({
    ...problem('warning', code),
    resource: 'events',
    data: { recoveryPoint },
  });
  const told = (planned: string) =>
    readinessFindings(
      { ...preparation, plan: { ...preparation.plan, problems: [about('RPO_MISSED', planned)] } },
      [about('RECOVERY_POINT_TOO_OLD', 'snap-2')],
    ).map(({ code }) => code);
  expect(told('snap-2')).toEqual(['RECOVERY_POINT_TOO_OLD']);
  expect(told('snap-1')).toEqual(['RPO_MISSED', 'RECOVERY_POINT_TOO_OLD']);
});

test('people are not told that there is nothing to do', () => {
  const findings = readinessFindings(preparation, [
    problem('info', 'A'),
    { ...problem('warning', 'B'), next: 'Do it.' },
  ]);
  const checked = { file: 'orders.yaml', name: 'orders', ready: true, findings, baseline: null };
  expect(renderCheck(checked, PLAIN_PALETTE, adviceText)).toBe(
    'warning B: B 0\n        Do it.\ninfo    A: A 0\nReady: orders (orders.yaml)',
  );
});
