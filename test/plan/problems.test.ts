import { adviceText } from '../../src/advice.ts';
import type { Plan } from '../../src/plan/types.ts';
import {
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  at,
  codesOf,
  database,
  DB,
  EVENTS,
  fleet,
  inventoryOf,
  planOf,
  resourceOf,
  volumeWithSnapshot,
} from './builders.ts';

describe('problems', () => {
  test('no strategy of the list is possible', () => {
    const plan = planOf([{ ...EVENTS, strategies: ['lazy', 'read-through'] }], fleet(1));
    expect(plan.problems).toMatchObject([{ severity: 'error', code: 'NO_FEASIBLE_STRATEGY' }]);
    expect(plan.problems[0]?.message).toMatch(
      /lazy: lazy never meets readyWhen: hydrated.*read-through: not supported yet|read-through.*lazy/,
    );
    expect(plan.problems[0]?.message).not.toContain('fsr');
  });

  test('all copies are unusable: each with its reason', () => {
    const plan = planOf([EVENTS], fleet(1, {}, { state: 'error' }));
    expect(plan.problems).toMatchObject([
      {
        severity: 'error',
        code: 'NO_RECOVERY_POINT',
        message: expect.stringContaining('snap-vol-000 (its creation failed)'),
      },
    ]);
    expect(plan.forecast.rpaSeconds).toBeNull();
    expect(plan.meets.rpo).toBe(false);
  });

  test('an unknown source', () => {
    const missing = [{ resource: 'events', source: 'vol-9', message: 'Nobody knows vol-9.' }];
    const plan = planOf([DB], database(), { missing });
    expect(plan.problems[0]).toMatchObject({ severity: 'error', code: 'UNKNOWN_SOURCE', resource: 'events' });
    expect(plan.meets).toEqual({ rto: false, rpo: false });
  });

  test('an old recovery point', () => {
    const plan = planOf([EVENTS], fleet(1), { runbookParts: { objectives: { rto: '6h', rpo: '30m' } } });
    expect(plan.problems).toMatchObject([
      {
        code: 'RPO_MISSED',
        message: expect.stringMatching(/lose 1 h 00 min .*snap-vol-000.*objective is 30 min/),
      },
    ]);
    expect(plan.meets).toEqual({ rto: true, rpo: false });
  });

  test('a newer copy that holds the damage: what passing it over costs', () => {
    const { volume, snapshot } = volumeWithSnapshot('vol-1');
    const newer = { ...snapshot, id: 'snap-new', startedAt: '2026-11-20T02:45:00Z' };
    const plan = planOf([EVENTS], inventoryOf({ volumes: [volume], snapshots: [snapshot, newer] }), {
      damagedAt: at('02:30'),
    });
    expect(plan.problems).toMatchObject([
      { severity: 'info', code: 'OLDER_RECOVERY_POINT', message: expect.stringContaining('costs 45 min') },
    ]);
  });

  test('--recover-to goes before the policy of the runbook', () => {
    const { volume, snapshot } = volumeWithSnapshot('vol-1');
    const newer = { ...snapshot, id: 'snap-new', startedAt: '2026-11-20T02:45:00Z' };
    const inventory = inventoryOf({ volumes: [volume], snapshots: [snapshot, newer] });
    const pointOf = (recoverTo?: number) =>
      resourceOf(planOf([EVENTS], inventory, recoverTo === undefined ? {} : { recoverTo }), 'events/vol-1')
        .strategies[0]?.recoveryPoint.id;
    expect([pointOf(), pointOf(at('02:30'))]).toEqual(['snap-new', 'snap-vol-1']);
  });

  describe('a database with a snapshot of yesterday and logs until 02:57', () => {
    const yesterday = { ...ORDERS_SNAPSHOT, at: '2026-11-19T04:10:00Z' };
    const account = inventoryOf({ dbInstances: [ORDERS_PROD], dbSnapshots: [yesterday] });
    const plan = (strategies: readonly string[], parts: Parameters<typeof planOf>[2] = {}) =>
      planOf([{ ...DB, strategies: [...strategies] as never }], account, parts);
    const losses = (made: Plan) => made.problems.filter(({ code }) => code === 'OLDER_RECOVERY_POINT');
    const pointOf = (made: Plan) => made.resources[0]?.strategies[0]?.recoveryPoint;
    const BOTH = ['point-in-time', 'restore-snapshot'];
    const damagedAt = at('03:00');

    test.each([
      ['--recover-to', plan(BOTH, { recoverTo: at('02:59') })],
      [
        'policy: at',
        plan(BOTH, { runbookParts: { recoveryPoint: { policy: 'at', at: '2026-11-20T02:59:00Z' } } }),
      ],
    ])('%s asks for 02:59: the latest restorable time, and what that costs', (_, made) => {
      expect(pointOf(made)).toMatchObject({ id: 'orders-prod@2026-11-20T02:57:00Z', ageSeconds: 180 });
      expect(made.forecast.rpaSeconds).toBe(180);
      expect(losses(made)).toMatchObject([
        {
          severity: 'info',
          code: 'OLDER_RECOVERY_POINT',
          message: expect.stringMatching(
            /02:57:00Z, its latest restorable time, not to .*02:59.* costs 2 min/,
          ),
        },
      ]);
    });

    test('before the damage: the latest restorable time, when that comes first', () => {
      const made = plan(BOTH, { runbookParts: { recoveryPoint: { policy: 'before-damage' } }, damagedAt });
      expect(pointOf(made)).toMatchObject({ ageSeconds: 180 });
      expect(losses(made)).toEqual([]);
    });

    test.each([
      ['prefers the snapshot', ['restore-snapshot', 'point-in-time'], 'the runbook prefers restore-snapshot'],
      ['lists the snapshot alone', ['restore-snapshot'], 'the runbook does not list point-in-time'],
    ])('a runbook that %s loses a day, and is told so', (_, strategies, why) => {
      const made = plan(strategies);
      expect(made.problems).toMatchObject([
        {
          code: 'RPO_MISSED',
          message: expect.stringContaining('newest usable recovery point of restore-snapshot'),
        },
        {
          code: 'OLDER_RECOVERY_POINT',
          message: expect.stringMatching(`point-in-time .*02:57:00Z \\(${why}\\)`),
        },
      ]);
      expect(made.problems[1]?.message).toContain('costs 22 h 47 min of data');
      // What would lose less is at hand: nobody is sent to look for copies elsewhere.
      expect(adviceText(made.problems[0]?.next ?? '')).toMatch(/^To lose less, put point-in-time first/);
    });

    test('auto takes what is ready first within the RPO, and says what that costs', () => {
      const made = planOf([DB], inventoryOf({ dbInstances: [ORDERS_PROD], dbSnapshots: [ORDERS_SNAPSHOT] }));
      expect(made.resources[0]?.strategies[0]?.name).toBe('restore-snapshot');
      expect(made.problems).toMatchObject([
        { code: 'OLDER_RECOVERY_POINT', message: expect.stringContaining('auto takes the strategy') },
      ]);
      const [auto] = plan(['auto']).resources;
      expect(auto?.strategies[0]?.name).toBe('point-in-time');
    });
  });

  test('a forecast that only half of the cases keep', () => {
    const parts = { objectives: { rto: '65m', rpo: '2h' } };
    const plan = planOf([{ ...EVENTS, strategies: ['provisioned-rate'] }], fleet(1), { runbookParts: parts });
    expect(codesOf(plan)).toEqual(['RTO_AT_RISK', 'COLD_RESTORE']);
    expect(plan.meets.rto).toBe(true);
  });

  test('a cost above the limit', () => {
    const within = planOf([EVENTS], fleet(1), { runbookParts: { limits: { costUsd: 50 } } });
    expect(codesOf(within)).toEqual([]);
    const above = planOf([EVENTS], fleet(1), { runbookParts: { limits: { costUsd: 1 } } });
    expect(above.problems).toMatchObject([{ severity: 'warning', code: 'COST_ABOVE_LIMIT' }]);
  });

  test('what is not exercised, what is not isolated, and whose time is not counted', () => {
    const runbookParts = { gates: [{ before: 'restore' as const, approvals: 2 }] };
    const drill = planOf([DB], database(), { mode: 'drill', notExercised: ['cutover'], runbookParts });
    expect(codesOf(drill)).toEqual(['DRILL_NOT_ISOLATED', 'OLDER_RECOVERY_POINT', 'NOT_EXERCISED']);
    const restore = planOf([DB], database(), { runbookParts });
    expect(codesOf(restore)).toEqual(['OLDER_RECOVERY_POINT', 'APPROVAL_NOT_FORECAST']);
  });

  test('a change window that is closed now, and what would open it', () => {
    const window = (text: string, unless?: 'incident') => ({
      runbookParts: { gates: [{ before: 'restore' as const, window: text, ...(unless && { unless }) }] },
    });
    expect(codesOf(planOf([EVENTS], fleet(1), window('daily 00:00-24:00 UTC')))).toEqual([]);
    const closed = planOf([EVENTS], fleet(1), window('daily 14:00-15:00 UTC'));
    expect(closed.problems).toMatchObject([{ severity: 'warning', code: 'WINDOW_CLOSED' }]);
    expect(closed.problems[0]?.message).toContain('opens 2026-11-20T14:00:00Z');
    expect(
      planOf([EVENTS], fleet(1), window('daily 14:00-15:00 UTC', 'incident')).problems[0]?.next,
    ).toContain('--incident-at');
    expect(
      codesOf(planOf([EVENTS], fleet(1), { mode: 'drill', ...window('daily 14:00-15:00 UTC') })),
    ).toEqual([]);
  });

  test('manual steps take their time, too', () => {
    const runbookParts = { manual: [{ instructions: 'stop the jobs', before: 'cutover' as const }] };
    expect(planOf([EVENTS], fleet(1), { runbookParts }).problems).toMatchObject([
      { code: 'APPROVAL_NOT_FORECAST', message: expect.stringContaining('before cutover') },
    ]);
  });

  test('tags of the source that find no place on what is made', () => {
    const tags = Object.fromEntries(
      Array.from({ length: 46 }, (_, n) => [`key-${String(n).padStart(2, '0')}`, 'x']),
    );
    const tagged = (own: Readonly<Record<string, string>>) => {
      const inventory = fleet(1);
      return {
        ...inventory,
        volumes: inventory.volumes.map((volume) => ({ ...volume, tags: { ...volume.tags, ...own } })),
      };
    };
    const own = Object.keys(fleet(1).volumes[0]?.tags ?? {}).length;
    const fits = Object.fromEntries(Object.entries(tags).slice(0, 44 - own));
    expect(codesOf(planOf([EVENTS], tagged({ ...fits, 'aws:reserved': 'x', Name: 'x' })))).toEqual([]);
    const [problem] = planOf([EVENTS], tagged(tags)).problems;
    expect(problem).toMatchObject({ severity: 'warning', code: 'TAGS_LEFT_OUT' });
    expect(problem?.message).toContain('key-45');
  });

  test('members of one selector are told together, the worst as the example', () => {
    const inventory = fleet(7);
    const aged = {
      ...inventory,
      snapshots: inventory.snapshots.map((snapshot, index) => ({
        ...snapshot,
        startedAt: snapshot.startedAt - index * 60_000,
      })),
    };
    const plan = planOf([EVENTS], aged, { runbookParts: { objectives: { rto: '6h', rpo: '30m' } } });
    expect(plan.problems).toHaveLength(1);
    expect(plan.problems[0]?.resource).toBe('events');
    expect(plan.problems[0]?.message).toMatch(/^events\/vol-006 would lose 1 h 06 min .* and 1 more\.$/);
  });

  test('every one says what to do next', () => {
    const plan = planOf(
      [EVENTS, DB],
      fleet(2, { provisionedInitMiBps: 100 }, { encrypted: true, kmsKeyId: 'k' }),
      {
        mode: 'drill',
        notExercised: ['cutover'],
        runbookParts: { objectives: { rto: '1m', rpo: '1m' }, limits: { costUsd: 0.01 } },
      },
    );
    expect(plan.problems.length).toBeGreaterThan(5);
    for (const problem of plan.problems) {
      expect(problem.next).toMatch(/^[A-Z].*\.$/);
      expect(problem.message).toMatch(/\.$/);
    }
  });
});
