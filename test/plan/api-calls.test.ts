import { inventoryOf, ORDERS_PROD, planOf, volumeWithSnapshot } from './builders.ts';

function callsOf(
  count: number,
  strategies: ('fsr' | 'provisioned-rate')[],
  mode: 'restore' | 'drill' = 'restore',
) {
  const things = Array.from({ length: count }, (_, index) => volumeWithSnapshot(`vol-${index}`, 1_024));
  const inventory = inventoryOf({
    volumes: things.map(({ volume }) => volume),
    snapshots: things.map(({ snapshot }) => snapshot),
  });
  const events = { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } } } as const;
  return planOf([{ ...events, strategies }], inventory, { mode }).apiCalls;
}

/** The account is marked while a run goes on. */
const MARKED = { PutParameter: 1, GetParameter: 1, DeleteParameter: 1 };

test('one volume: made once, looked at every 20 s, verified and swept', () => {
  const { byOperation, total } = callsOf(1, ['provisioned-rate']);
  expect(byOperation).toEqual({
    ...MARKED,
    CreateVolume: 1,
    CreateSnapshot: 1,
    DescribeSnapshots: 1,
    DescribeVolumes: Math.ceil(3_670.25 / 20) + 1,
    DescribeVolumeStatus: Math.ceil(3_495.25 / 20),
  });
  expect(total).toBe(Object.values(byOperation).reduce((sum, calls) => sum + calls, 0));
});

test('reads are paged: 500 volumes cost no more of them than one', () => {
  const polls = callsOf(1, ['provisioned-rate']).byOperation['DescribeVolumeStatus'];
  expect(callsOf(500, ['provisioned-rate']).byOperation['DescribeVolumeStatus']).toBe(polls);
  expect(callsOf(501, ['provisioned-rate']).byOperation['DescribeVolumeStatus']).toBeGreaterThan(polls ?? 0);
});

test('fast snapshot restore is switched for ten snapshots a call', () => {
  expect(callsOf(23, ['fsr']).byOperation).toMatchObject({
    EnableFastSnapshotRestores: 3,
    DisableFastSnapshotRestores: 3,
    CreateVolume: 23,
  });
  expect(callsOf(23, ['fsr']).byOperation).not.toHaveProperty('DescribeVolumeStatus');
});

test('a drill removes what it made, and takes no fresh recovery point of it', () => {
  expect(callsOf(3, ['fsr'], 'drill').byOperation).not.toHaveProperty('CreateSnapshot');
  expect(callsOf(3, ['fsr'], 'drill').byOperation).toHaveProperty('DeleteVolume', 3);
  expect(callsOf(3, ['fsr']).byOperation).not.toHaveProperty('DeleteVolume');
});

test('a DB instance is restored, given its settings back and removed', () => {
  const inventory = inventoryOf({ dbInstances: [{ ...ORDERS_PROD, performanceInsights: true }] });
  const { byOperation } = planOf([{ id: 'db', type: 'rds-instance', source: 'orders-prod' }], inventory, {
    mode: 'drill',
  }).apiCalls;
  expect(byOperation).toEqual({
    ...MARKED,
    RestoreDBInstanceToPointInTime: 1,
    ModifyDBInstance: 1,
    DeleteDBInstance: 1,
    DescribeDBInstances: expect.any(Number),
  });
});
