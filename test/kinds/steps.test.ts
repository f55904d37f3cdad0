import { DRILL_RULES } from '../../src/kinds/drill-rules.ts';
import { phasesOf, usesOf } from '../../src/kinds/phases.ts';
import { stepProblems } from '../../src/kinds/step-problems.ts';
import { STEP_PHASES, type StrategyStep } from '../../src/kinds/steps.ts';
import { VERIFY } from '../../src/kinds/verify-step.ts';
import { inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT, planOf, volumeWithSnapshot } from '../plan/builders.ts';
import { fc } from '../property.ts';

const step = (id: string, change: Partial<StrategyStep> = {}): StrategyStep => ({
  id,
  phase: 'restore',
  scope: 'copy',
  until: 'available',
  onFailure: 'halt',
  takes: { p50Seconds: 1, p90Seconds: 2 },
  ...change,
});

const made = (role: string): Partial<StrategyStep> => ({
  operation: `make ${role}`,
  makes: { role, type: role, use: 'result' },
});

describe('steps that the resource machine cannot walk', () => {
  const slot = { pool: 'dbInstances' as const, amount: 1, until: { milestone: 'gone' } };

  test.each<[string, readonly StrategyStep[], string]>([
    [
      'phases that go back',
      [VERIFY, step('create', made('volume'))],
      'create: the phase restore comes after a later one',
    ],
    [
      'two steps with one id',
      [step('create', made('a')), step('create', made('b'))],
      'create: another step has this id',
    ],
    [
      'a part that nothing made',
      [step('hydrate', { on: 'volume' })],
      'hydrate: no earlier step makes the part volume',
    ],
    [
      'a part built on one that is made later',
      [
        step('attach', {
          operation: 'attach',
          makes: { role: 'attachment', type: 'attachment', use: 'result', builtOn: ['volume'] },
        }),
      ],
      'attach: no earlier step makes the part volume',
    ],
    [
      'a part that is made twice',
      [step('one', made('volume')), step('two', made('volume'))],
      'two: an earlier step makes this part',
    ],
    [
      'a later grant of what is held already',
      [
        step('one', { ...made('a'), holds: [slot] }),
        step('two', { ...made('b'), holds: [slot], newGrant: true }),
      ],
      'two: it would wait for dbInstances while holding some of it',
    ],
    [
      'a part without an operation',
      [step('one', { makes: { role: 'a', type: 'a', use: 'means' } })],
      'one: a part is made without an operation',
    ],
    ['a gate before nothing', [step('one', { gate: 'credit' })], 'one: a gate stands before no operation'],
    ['an undo of nothing', [step('one', { undo: 'disable' })], 'one: there is no part to undo'],
    [
      'an irreversible step that falls back',
      [step('one', { operation: 'promote', irreversible: true, onFailure: 'fallback' })],
      'one: an irreversible step cannot be given up',
    ],
    [
      'an existing thing that is remade',
      [
        step('one', {
          operation: 'use',
          makes: { role: 'a', type: 'a', use: 'result', origin: 'existing' },
          onFailure: 'remake',
        }),
      ],
      'one: an existing thing is never remade',
    ],
    [
      'an existing thing that is removed after use',
      [step('one', { operation: 'use', makes: { role: 'a', type: 'a', use: 'means', origin: 'existing' } })],
      'one: an existing thing is never removed',
    ],
  ])('%s', (_, steps, problem) => {
    expect(stepProblems(steps, 'restore')).toEqual([problem]);
  });

  test('an operation that drills leave out, in a drill alone', () => {
    const steps = [step('promote', { operation: 'promoteReplica' })];
    expect(stepProblems(steps, 'restore')).toEqual([]);
    expect(stepProblems(steps, 'drill')).toEqual([`promote: ${DRILL_RULES.promoteReplica.why}`]);
  });
});

test.each(['restore', 'drill'] as const)('every strategy of every kind can be walked in a %s', (mode) => {
  const { volume, snapshot } = volumeWithSnapshot('vol-1');
  const inventory = inventoryOf({
    volumes: [volume],
    snapshots: [snapshot],
    dbInstances: [ORDERS_PROD],
    dbSnapshots: [ORDERS_SNAPSHOT],
  });
  for (const readyWhen of ['hydrated', 'available'] as const) {
    const plan = planOf(
      [
        { id: 'v', type: 'ebs-volume', source: 'vol-1', readyWhen },
        { id: 'db', type: 'rds-instance', source: 'orders-prod', readyWhen },
      ],
      inventory,
      { mode },
    );
    const strategies = plan.resources.flatMap((resource) => resource.strategies);
    const lazy = readyWhen === 'available' ? ['lazy'] : [];
    expect(strategies.map(({ name }) => name).sort()).toEqual(
      ['fsr', 'provisioned-rate', 'point-in-time', 'restore-snapshot', ...lazy].sort(),
    );
    for (const { name, steps } of strategies) expect([name, ...stepProblems(steps, mode)]).toEqual([name]);
  }
});

describe('what is derived from steps', () => {
  const seconds = fc.integer({ min: 0, max: 10_000 });
  const forecast = fc.record({ p50Seconds: seconds, p90Seconds: seconds });
  const hold = fc.record({
    pool: fc.constantFrom('fsrSnapshots' as const, 'provisionedInitMiBps' as const, 'dbInstances' as const),
    amount: fc.integer({ min: 1, max: 300 }),
    until: fc.record({ milestone: fc.constantFrom('made', 'hydrated', 'undone', 'gone') }),
  });
  const anyStep = fc.record({
    id: fc.string(),
    phase: fc.constantFrom(...STEP_PHASES),
    scope: fc.constantFrom('resource' as const, 'copy' as const),
    until: fc.constant('done'),
    holds: fc.array(hold, { maxLength: 3 }),
    onFailure: fc.constant('halt' as const),
    takes: forecast,
    notice: forecast,
  });

  test('phases take together what the steps take', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 8 }), (steps) => {
        const { accelerate, restore, warm, verify } = phasesOf({ steps });
        const total = [accelerate, restore, warm, verify].reduce(
          (sum, each) => sum + (each?.p90Seconds ?? NaN),
          0,
        );
        expect(total).toBe(steps.reduce((sum, { takes }) => sum + takes.p90Seconds, 0));
      }),
    );
  });

  test('a step that never ends within any useful time makes its phase endless', () => {
    const steps = [step('one', { phase: 'warmup' }), step('two', { phase: 'warmup', takes: null })];
    expect(phasesOf({ steps }).warm).toBeNull();
  });

  test('copies hold what one copy holds, each; what belongs to the resource is held once', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (steps, copies) => {
        const amountOf = (count: number): number =>
          usesOf({ steps }, count).reduce((sum, { amount }) => sum + amount, 0);
        const shared = amountOf(0);
        expect(amountOf(copies) - shared).toBe(copies * (amountOf(1) - shared));
        expect(shared).toBe(
          steps
            .flatMap(({ scope, holds }) => (scope === 'resource' ? holds : []))
            .reduce((sum, { amount }) => sum + amount, 0),
        );
      }),
    );
  });
});
