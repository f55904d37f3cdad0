import { planDocument } from '../../src/plan/document.ts';
import { inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT, planOf, volumeWithSnapshot } from './builders.ts';

const { volume, snapshot } = volumeWithSnapshot('vol-1', 100, { fullSizeGiB: 33 });
const inventory = inventoryOf({
  quotas: { provisionedInitMiBps: 100 },
  volumes: [volume],
  snapshots: [snapshot],
  dbInstances: [ORDERS_PROD],
  dbSnapshots: [ORDERS_SNAPSHOT],
});
const plan = planOf(
  [
    {
      id: 'db',
      type: 'rds-instance',
      source: 'orders-prod',
      dependsOn: ['v'],
      strategies: ['point-in-time'],
    },
    { id: 'v', type: 'ebs-volume', source: 'vol-1', strategies: ['provisioned-rate', 'fsr'] },
    { id: 'c', type: 'aurora-cluster', source: 'cluster' },
  ],
  inventory,
  { runbookParts: { objectives: { rto: '1h', rpo: '2h', dataComplete: '7d', availability: '99.5%' } } },
);
const document = planDocument(plan);

test('has every field of the interface', () => {
  expect(document).toMatchObject({
    schema: 'lifeboat.plan/v1',
    runbook: 'orders',
    objectives: {
      rtoSeconds: 3_600,
      rpoSeconds: 7_200,
      dataCompleteSeconds: 604_800,
      availabilityPercent: 99.5,
    },
    incidentAt: '2026-11-20T03:00:00Z',
    order: [['v', 'c'], ['db']],
    forecast: {
      rtaSeconds: { p50: expect.any(Number), p90: expect.any(Number) },
      rpaSeconds: null,
      criticalPath: ['v', 'db'],
      lowerBoundSeconds: expect.any(Number),
    },
    costUsd: expect.any(Number),
    apiCalls: { total: expect.any(Number), byOperation: { CreateVolume: 1 } },
    meets: { rto: false, rpo: false },
    quotaIncreases: expect.any(Array),
  });
  for (const problem of document.problems) {
    expect(problem).toMatchObject({
      severity: expect.stringMatching(/^(error|warning|info)$/),
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.any(String),
      next: expect.any(String),
    });
  }
});

test('has a resource with its recovery point, strategy, forecast and alternatives', () => {
  expect(document.resources[1]).toMatchObject({
    id: 'v',
    type: 'ebs-volume',
    source: 'vol-1',
    dependsOn: [],
    recoveryPoint: { id: 'snap-vol-1', at: '2026-11-20T02:00:00Z', ageSeconds: 3_600 },
    strategy: 'provisioned-rate',
    forecast: { p50Seconds: 513, p90Seconds: 762 },
    costUsd: expect.any(Number),
    fallbacks: ['fsr'],
  });
  expect(document.resources[1]?.alternatives[0]).toEqual({
    strategy: 'fsr',
    feasible: true,
    why: expect.any(String),
    forecast: { p50Seconds: expect.any(Number), p90Seconds: expect.any(Number) },
    costUsd: expect.any(Number),
  });
});

test('has what was passed over, with the reason of each', () => {
  const pending = {
    ...snapshot,
    id: 'snap-new',
    startedAt: '2026-11-20T02:30:00Z',
    state: 'pending' as const,
  };
  const old = { ...snapshot, id: 'snap-old', startedAt: '2026-11-20T01:00:00Z', state: 'error' as const };
  const volumeOnly = [{ id: 'v', type: 'ebs-volume' as const, source: 'vol-1' }];
  const passedOverWith = (snapshots: readonly (typeof pending | typeof old | typeof snapshot)[]) =>
    planDocument(planOf(volumeOnly, inventoryOf({ volumes: [volume], snapshots: [...snapshots] })))
      .resources[0]?.passedOver;
  expect(passedOverWith([old, snapshot, pending])).toEqual([
    { id: 'snap-new', at: '2026-11-20T02:30:00Z', reason: 'pending: the copy is not complete yet' },
  ]);
  expect(passedOverWith([old, pending])?.map(({ id }) => id)).toEqual(['snap-new', 'snap-old']);
});

test('has the cold restore to compare with', () => {
  expect(document.coldRestore).toMatchObject({ volumes: 1, dataGiB: 33 });
});

test('has null where nothing is feasible', () => {
  expect(document.resources[2]).toMatchObject({
    id: 'c',
    recoveryPoint: null,
    strategy: null,
    forecast: null,
    costUsd: null,
  });
});

test('has the schedule with what each uses', () => {
  expect(document.schedule[0]).toEqual({
    resource: 'v',
    strategy: 'provisioned-rate',
    startSeconds: 0,
    readySeconds: 513,
    hydratedSeconds: 358,
    uses: { provisionedInitMiBps: 100, 'storageTiB.gp3': 100 / 1_024 },
  });
});

test('is JSON as it stands', () => {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
});
