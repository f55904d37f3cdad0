import {
  codesOf,
  DB,
  dbInput,
  EVENTS,
  fleet,
  inputOf,
  inventoryOf,
  membersOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  runbookOf,
  volumeWithSnapshot,
} from './builders.ts';

describe('quotas', () => {
  const resources = [{ ...EVENTS, strategies: ['provisioned-rate' as const] }];
  const sixteen = planOf(resources, fleet(16, { provisionedInitMiBps: 600 }));

  test('one that binds makes the others wait', () => {
    expect(sixteen.forecast.rtaSeconds.p50).toBe(Math.ceil(8 * (20 + (1_024 * 1_024) / 300) + 155));
    expect(sixteen.forecast.criticalPath).toHaveLength(8);
    expect(sixteen.pools).toEqual({ provisionedInitMiBps: 600 });
  });

  test('the smallest that meets the RTO is found, and what it saves', () => {
    // 6 h are six rounds of 3,516 s: sixteen volumes in six rounds are three at a time.
    expect(sixteen.quotaIncreases).toEqual([
      {
        quota: 'provisionedInitMiBps',
        from: 600,
        to: 900,
        savesSeconds: expect.any(Number),
        rtaSeconds: { p50: expect.any(Number), p90: expect.any(Number) },
        meetsRto: true,
        together: false,
      },
    ]);
    const raised = planOf(resources, fleet(16, { provisionedInitMiBps: 900 }));
    expect(sixteen.quotaIncreases[0]?.rtaSeconds).toEqual(raised.forecast.rtaSeconds);
    expect(raised.meets.rto).toBe(true);
    expect(planOf(resources, fleet(16, { provisionedInitMiBps: 899 })).meets.rto).toBe(false);
    const saved = sixteen.forecast.rtaSeconds.p50 - raised.forecast.rtaSeconds.p50;
    expect(Math.abs((sixteen.quotaIncreases[0]?.savesSeconds ?? 0) - saved)).toBeLessThanOrEqual(1);
  });

  test('the problem says what it takes now and what more would bring', () => {
    const problem = sixteen.problems.find(({ code }) => code === 'QUOTA_BINDS');
    expect(problem?.message).toMatch(
      /provisionedInitMiBps binds: with 600 .* 7 h 51 min; 900 would take 5 h 54 min/,
    );
    expect(codesOf(sixteen)).toContain('RTO_MISSED');
  });

  test('where no quota can meet the RTO, the largest useful one is told', () => {
    const plan = planOf(resources, fleet(4, { provisionedInitMiBps: 300 }), {
      runbookParts: { objectives: { rto: '30m', rpo: '2h' } },
    });
    expect(plan.quotaIncreases).toMatchObject([{ from: 300, to: 1_200, meetsRto: false }]);
    expect(plan.problems.find(({ code }) => code === 'QUOTA_BINDS')?.message).toContain(
      'a larger quota does not help',
    );
  });

  test('where only two together meet it, both are told', () => {
    const plan = planOf(
      [...resources, { ...DB, id: 'one' }, { ...DB, id: 'two', source: 'orders-prod' }],
      inventoryOf({
        ...inputOf(fleet(4, { provisionedInitMiBps: 300, dbInstances: 2 })),
        dbInstances: [ORDERS_PROD],
        dbSnapshots: [ORDERS_SNAPSHOT],
      }),
      { runbookParts: { objectives: { rto: '3h', rpo: '2h' } } },
    );
    expect(plan.quotaIncreases).toMatchObject([
      { quota: 'provisionedInitMiBps', from: 300, to: 600 },
      { quota: 'dbInstances', from: 2, to: 3 },
    ]);
    expect(codesOf(plan)).toContain('QUOTA_EXHAUSTED');
    const binding = plan.problems.filter(({ code }) => code === 'QUOTA_BINDS');
    expect(binding).toHaveLength(2);
    for (const { message } of binding) expect(message).toContain('with the other increases');
  });

  // 1 TiB optimises for an hour, its credit takes another, 20 s to create, 120 s until the slot is let go of.
  test('what exists counts against them', () => {
    const on = { fsr: [{ zone: 'us-east-1b', state: 'enabled' }] };
    const plan = planOf([{ ...EVENTS, strategies: ['fsr'] }], fleet(2, { fsrSnapshots: 3 }, on));
    expect(plan.pools).toEqual({ fsrSnapshots: 1 });
    expect(plan.schedule.map(({ startSeconds }) => startSeconds)).toEqual([0, 7_340]);
  });

  test('what is gone does not count against them', () => {
    const gone = planOf([DB], inventoryOf({ ...dbInput(), quotas: { dbInstances: 1 } }), {
      members: membersOf(runbookOf([DB]), inventoryOf()),
    });
    expect(gone.pools).toEqual({ dbInstances: 1 });
    expect(gone.schedule).toHaveLength(1);
    const there = planOf([DB], inventoryOf({ ...dbInput(), quotas: { dbInstances: 1 } }));
    expect(there.pools).toEqual({ dbInstances: 0 });
    expect(there.problems[0]).toMatchObject({
      ...{ severity: 'error', code: 'NO_FEASIBLE_STRATEGY' },
      // No other strategy helps against a quota.
      next: 'Remove one of these obstacles, then plan again.',
    });
    expect(there.problems.find(({ code }) => code === 'QUOTA_BINDS')?.message).toMatch(
      /^The quota dbInstances binds: with 1, 1 of 1 resources cannot be recovered; 2 would take /,
    );
    expect(there.quotaIncreases).toMatchObject([{ quota: 'dbInstances', from: 1, to: 2 }]);
  });

  test('the longest goes first where they share one', () => {
    const [short, long] = [volumeWithSnapshot('a', 10), volumeWithSnapshot('b', 1_000)];
    const inventory = inventoryOf({
      quotas: { provisionedInitMiBps: 300 },
      volumes: [short.volume, long.volume],
      snapshots: [short.snapshot, long.snapshot],
    });
    expect(planOf(resources, inventory).schedule.map(({ resource }) => resource)).toEqual([
      'events/b',
      'events/a',
    ]);
  });

  test('storage that is not there for all is an error, not a wait', () => {
    const plan = planOf(resources, fleet(3, { storageTiB: { gp3: 5 } }));
    expect(plan.schedule).toHaveLength(2);
    expect(plan.problems[0]).toMatchObject({ severity: 'error', code: 'QUOTA_EXHAUSTED' });
    expect(plan.quotaIncreases).toMatchObject([{ quota: 'storageTiB.gp3', from: 5, to: 6 }]);
    expect(plan.meets.rto).toBe(false);
  });

  test('none is proposed while the RTO is met', () => {
    expect(planOf(resources, fleet(4, { provisionedInitMiBps: 600 })).quotaIncreases).toEqual([]);
  });
});
