import { planDocument } from '../../src/plan/document.ts';
import { DB, inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT, planOf, volumeWithSnapshot } from './builders.ts';

/** Plans whose figures are worked out by hand, from the figures that AWS documents. */
const V = { id: 'v', type: 'ebs-volume', source: 'vol-1' } as const;

test('fast snapshot restore of 500 GiB for three copies: optimizing, then credits', () => {
  const { volume, snapshot } = volumeWithSnapshot('vol-1', 500, { fullSizeGiB: 320 });
  const account = inventoryOf({ volumes: [volume], snapshots: [snapshot], quotas: { fsrSnapshots: 5 } });
  const plan = planDocument(planOf([{ ...V, strategies: ['fsr'], copies: 3 }], account));
  // 500/1,024 of an hour (p90: of 75 min) to optimize; three credits at 1,024/500 an hour; 20 s to create, 5 s to check.
  const creditsSeconds = (3 / (1_024 / 500)) * 3_600;
  const accelerateSeconds = (500 / 1_024) * 3_600 + creditsSeconds;
  expect(plan.resources[0]?.forecast).toEqual({
    p50Seconds: Math.ceil(accelerateSeconds + 25),
    p90Seconds: Math.ceil((500 / 1_024) * 4_500 + creditsSeconds + 120),
  });
  // Three volumes for 25 s, and 0.75 USD an hour while it is enabled.
  const storageUsd = 3 * ((500 * 0.08) / 730) * (25 / 3_600);
  const fsrUsd = 0.75 * ((accelerateSeconds + 20) / 3_600);
  expect(plan.resources[0]?.costUsd).toBeCloseTo(storageUsd + fsrUsd, 3);
  expect(plan.schedule[0]).toMatchObject({ startSeconds: 0, uses: { fsrSnapshots: 1 } });
});

test('one volume and one DB instance: forecast, cost, order and critical path', () => {
  const { volume, snapshot } = volumeWithSnapshot('vol-1', 100, { fullSizeGiB: 33 });
  const account = inventoryOf({
    volumes: [volume],
    snapshots: [snapshot],
    // Without backups: with them it would wait for the longer of loading and the first backup.
    dbInstances: [{ ...ORDERS_PROD, backupRetentionDays: 0 }],
    dbSnapshots: [{ ...ORDERS_SNAPSHOT, at: '2026-11-20T02:30:00Z' }],
  });
  const plan = planDocument(
    planOf(
      [
        { ...V, strategies: ['provisioned-rate'], dependsOn: ['db'] },
        { ...DB, strategies: ['restore-snapshot'] },
      ],
      account,
    ),
  );
  const [v, db] = plan.resources;
  // 20 s, 33 GiB at 300 MiB/s, 150 s until the status shows it, 5 s.
  const volumeSeconds = 20 + (33 * 1_024) / 300 + 155;
  const volumeUsd = 33 * 0.0036 + ((100 * 0.08) / 730) * (volumeSeconds / 3_600);
  // 8 min, 800 GiB in the background at 100 MiB/s, 5 s.
  const dbSeconds = 480 + (800 * 1_024) / 100 + 5;
  const dbUsd = (0.45 + (800 * 0.115) / 730) * (dbSeconds / 3_600);
  expect(v?.forecast?.p50Seconds).toBe(Math.ceil(volumeSeconds));
  expect(v?.costUsd).toBeCloseTo(volumeUsd, 3);
  expect(db?.forecast?.p50Seconds).toBe(dbSeconds);
  expect(db?.costUsd).toBeCloseTo(dbUsd, 3);
  expect(plan.costUsd).toBeCloseTo(volumeUsd + dbUsd, 3);
  expect(plan.order).toEqual([['db'], ['v']]);
  expect(plan.forecast).toMatchObject({
    rtaSeconds: { p50: Math.ceil(dbSeconds + volumeSeconds) },
    rpaSeconds: 3_600,
    criticalPath: ['db', 'v'],
    lowerBoundSeconds: Math.ceil(dbSeconds + volumeSeconds),
  });
});

// 100 GiB fill in 341 s at 300 MiB/s: one at a time 32 min, two at a time 21 min, less 21 s.
test('an RTO that would be missed is met with the quota that the plan names', () => {
  const things = [1, 2, 3, 4, 5].map((n) => volumeWithSnapshot(`vol-${n}`, 100, { fullSizeGiB: 100 }));
  const planWith = (provisionedInitMiBps: number) =>
    planOf(
      [
        {
          id: 'events',
          type: 'ebs-volume',
          source: { tags: { app: 'events' } },
          strategies: ['provisioned-rate'],
        },
      ],
      inventoryOf({
        volumes: things.map(({ volume }) => volume),
        snapshots: things.map(({ snapshot }) => snapshot),
        quotas: { provisionedInitMiBps },
      }),
      { runbookParts: { objectives: { rto: '21m', rpo: '2h' } } },
    );
  const before = planWith(300);
  expect(before.meets).toEqual({ rto: false, rpo: true });
  const [increase] = before.quotaIncreases;
  expect(increase).toMatchObject({ quota: 'provisionedInitMiBps', from: 300, to: 600 });
  const after = planWith(increase?.to ?? 0);
  expect(after.meets.rto).toBe(true);
  const saved = before.forecast.rtaSeconds.p50 - after.forecast.rtaSeconds.p50;
  expect(Math.abs((increase?.savesSeconds ?? 0) - saved)).toBeLessThanOrEqual(1);
});
