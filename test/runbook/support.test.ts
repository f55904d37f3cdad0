import { readFileSync } from 'node:fs';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { unsupportedParts } from '../../src/runbook/support.ts';

const parts = (body: string, mode: 'restore' | 'drill') => {
  const text = `apiVersion: lifeboat/v1
kind: Runbook
name: x
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
${body}`;
  const { runbook } = parseRunbook(text, 'x.yaml');
  return unsupportedParts(runbook, mode)
    .filter(({ part }) => part !== 'protection')
    .map(({ path, part, effect }) => `${path.join('.')} ${part} ${effect}`);
};
const resource = (rest: string, type = 'ebs-volume') =>
  `resources: [{ id: a, type: ${type}, source: s, ${rest} }]\n`;
const plain = resource('copies: 2');

test.each<[string, string, string[], string[]]>([
  [
    'what is supported',
    `${resource('strategies: [fsr, provisioned-rate, lazy], copies: 2, readyWhen: available')}limits: { costUsd: 5 }\ndrill: { isolation: { zone: us-east-1b } }`,
    [],
    [],
  ],
  [
    'approvals, which a drill does without',
    `${plain}gates: [{ before: restore, approvals: 2 }]`,
    [],
    ['gates.0.approvals gate approvals not-exercised'],
  ],
  [
    'supported databases',
    resource(
      'strategies: [point-in-time, restore-snapshot], restoreAs: y, target: { class: c, subnetGroup: g, securityGroups: [s] }',
      'rds-instance',
    ),
    [],
    [],
  ],
  [
    'aurora',
    resource('readyWhen: hydrated', 'aurora-cluster'),
    ['resources.0 aurora-cluster refused'],
    ['resources.0 aurora-cluster refused'],
  ],
  [
    'read-through',
    resource('strategies: [fsr, read-through]'),
    ['resources.0.strategies.1 strategy read-through refused'],
    ['resources.0.strategies.1 strategy read-through refused'],
  ],
  [
    'a replica among others',
    resource('strategies: [promote-replica, point-in-time]', 'rds-instance'),
    [],
    ['resources.0.strategies.0 strategy promote-replica not-exercised'],
  ],
  [
    'only a replica',
    resource('strategies: [promote-replica]', 'rds-instance'),
    [],
    ['resources.0.strategies.0 strategy promote-replica refused'],
  ],
  [
    'warm-up',
    resource('warmup: { readThrough: true }'),
    ['resources.0.warmup warmup refused'],
    ['resources.0.warmup warmup refused'],
  ],
  [
    'checks',
    resource('verify: [{ sql: a }, { http: https://a.example }]'),
    ['resources.0.verify.0 verify refused', 'resources.0.verify.1 verify refused'],
    ['resources.0.verify.0 verify refused', 'resources.0.verify.1 verify refused'],
  ],
  [
    'attachment',
    resource('target: { attachTo: { instance: i-1, device: /dev/sdf } }'),
    [],
    ['resources.0.target.attachTo target attachTo not-exercised'],
  ],
  [
    'attachment in a drill that names an instance for it',
    `${resource('target: { attachTo: { instance: i-1, device: /dev/sdf } }')}drill: { isolation: { instance: i-2 } }`,
    [],
    [],
  ],
  [
    'third parties',
    `${plain}dependencies: [{ name: login, http: https://a.example }]`,
    ['dependencies.0 dependencies refused'],
    ['dependencies.0 dependencies refused'],
  ],
  [
    'windows and freezes, which do not hold up a drill',
    `${plain}gates: [{ before: restore, window: "Mon 06:00-10:00 UTC", freezeFile: f, unless: incident }]`,
    [],
    ['gates.0.window gate window not-exercised', 'gates.0.freezeFile gate freezeFile not-exercised'],
  ],
  [
    'steps by hand, which a drill leaves out',
    `${plain}manual: [{ instructions: i, before: restore }, { name: n, instructions: i, before: cutover }]`,
    [],
    ['manual.0 manual step not-exercised', 'manual.1 manual step not-exercised'],
  ],
  [
    'evidence of the damage, which a drill does not take',
    `${plain}forensics: true`,
    [],
    ['forensics forensics not-exercised'],
  ],
  [
    'traffic',
    `${plain}cutover: { loadBalancer: { listener: l, from: a, to: b } }`,
    ['cutover cutover refused'],
    ['cutover cutover not-exercised'],
  ],
  [
    'backfill, which a drill leaves out',
    `${plain}backfill: { sources: [{ path: p }], replay: { target: https://a.example } }`,
    [],
    ['backfill backfill not-exercised'],
  ],
  [
    'missed traffic from standard input',
    `${plain}backfill: { sources: [{ path: p }, { path: "-" }] }`,
    ['backfill.sources.1.path standard input refused'],
    ['backfill backfill not-exercised'],
  ],
  ['notices', `${plain}notify: [{ webhook: https://a.example }]`, [], []],
  ['a schedule', `${plain}drill: { schedule: "rate(7 days)" }`, [], []],
])('%s', (_, body, restore, drill) => {
  expect(parts(body, 'restore')).toEqual(restore);
  expect(parts(body, 'drill')).toEqual(drill);
});

test('a fresh recovery point is nothing that a drill leaves out: it removes what it made', () => {
  const parts = (body: string, mode: 'restore' | 'drill') => {
    const text = `apiVersion: lifeboat/v1\nkind: Runbook\nname: x\nobjectives: { rto: 6h, rpo: 2h }\nregion: us-east-1\n${plain}${body}`;
    return unsupportedParts(parseRunbook(text, 'x').runbook, mode).map(({ path, effect }) => ({
      path,
      effect,
    }));
  };
  expect(parts('', 'drill')).toEqual([]);
  expect(parts('', 'restore')).toEqual([]);
});

test.each(['orders', 'cold-restore', 'web-analytics', 'messaging'])(
  'the reference runbook %s uses only what is supported',
  (name) => {
    const { runbook } = parseRunbook(readFileSync(`runbooks/${name}.yaml`), name);
    expect(unsupportedParts(runbook, 'restore')).toEqual([]);
    expect(unsupportedParts(runbook, 'drill').filter(({ effect }) => effect === 'refused')).toEqual([]);
  },
);

test('every part says what to do', () => {
  const text = readFileSync('runbooks/orders.yaml', 'utf8').replace('[auto]', '[read-through]');
  const [part] = unsupportedParts(parseRunbook(text, 'x').runbook, 'restore');
  expect(part?.message).toBe("The strategy read-through of 'events' is not carried out yet.");
  expect(part?.next).toMatch(/^List strategies/);
});
