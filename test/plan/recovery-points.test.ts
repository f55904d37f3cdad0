import { indexInventory } from '../../src/kinds/inventory-index.ts';
import type { PointPolicy } from '../../src/kinds/recovery-points.ts';
import { chooseSnapshot } from '../../src/kinds/ebs-volume/recovery-points.ts';
import { chooseDbSnapshot, choosePointInTime } from '../../src/kinds/rds-instance/recovery-points.ts';
import { formatInstant } from '../../src/time.ts';
import { at, INCIDENT, inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT } from './builders.ts';

const LATEST: PointPolicy = { policy: 'latest', incidentAt: INCIDENT, damagedAt: at('02:30') };
const BEFORE_DAMAGE: PointPolicy = { ...LATEST, policy: 'before-damage' };
const AT = (time: string): PointPolicy => ({ ...LATEST, policy: 'at', at: at(time) });

const KEYS = [
  { id: 'good', state: 'Enabled' as const },
  { id: 'off', state: 'Disabled' as const },
  { id: 'doomed', state: 'PendingDeletion' as const },
];

function chooseAmong(
  snapshots: readonly object[],
  policy = LATEST,
  kmsKeys: readonly { id: string; state: 'Enabled' | 'Disabled' | 'PendingDeletion' }[] = KEYS,
) {
  const inventory = inventoryOf({
    kmsKeys: [...kmsKeys],
    snapshots: snapshots.map((snapshot, index) => ({
      id: `snap-${index}`,
      volumeId: 'vol-1',
      startedAt: '2026-11-20T01:00:00Z',
      state: 'completed' as const,
      sizeGiB: 10,
      ...snapshot,
    })),
  });
  return chooseSnapshot(inventory.snapshots, policy, indexInventory(inventory));
}

describe('an unusable snapshot is passed over with the reason', () => {
  test.each([
    ['pending', { state: 'pending' }, 'pending: the copy is not complete yet'],
    ['failed', { state: 'error' }, 'its creation failed'],
    ['in the recycle bin', { state: 'recoverable' }, 'incomplete: it is in the recycle bin'],
    [
      'being recovered from the bin',
      { state: 'recovering' },
      'incomplete: it is being recovered from the recycle bin',
    ],
    ['archived', { tier: 'archive' }, 'archived: restoring it from the archive takes up to 72 h'],
    ['elsewhere', { region: 'eu-west-1' }, 'it is in eu-west-1, not in us-east-1'],
    ['key disabled', { encrypted: true, kmsKeyId: 'off' }, 'its key off is disabled'],
    ['key going', { encrypted: true, kmsKeyId: 'doomed' }, 'its key doomed is pending deletion'],
    ['key unknown', { encrypted: true, kmsKeyId: 'lost' }, 'the state of its key lost is unknown'],
  ])('%s', (_, parts, reason) => {
    const choice = chooseAmong([{}, { startedAt: '2026-11-20T02:00:00Z', ...parts }]);
    expect(choice.chosen?.point.id).toBe('snap-0');
    expect(choice.excluded).toEqual([{ id: 'snap-1', at: at('02:00'), reason }]);
  });
});

test.each([
  ['enabled', { encrypted: true, kmsKeyId: 'good' }, KEYS],
  ['enabled, named by its ARN', { encrypted: true, kmsKeyId: 'arn:aws:kms:us-east-1:1:key/good' }, KEYS],
  ['one of which nothing is known, as of no key', { encrypted: true, kmsKeyId: 'any' }, []],
  ['of no matter', { encrypted: false, kmsKeyId: 'off' }, KEYS],
])('a snapshot is usable whose key is %s', (_, parts, keys) => {
  expect(chooseAmong([parts], LATEST, keys).chosen?.point.id).toBe('snap-0');
});

describe('policy', () => {
  const snapshots = ['01:00', '02:00', '02:30', '02:45', '03:10'].map((time) => ({
    id: time,
    startedAt: `2026-11-20T${time}:00Z`,
  }));
  test.each([
    ['latest', LATEST, '03:10', 0],
    ['before-damage: strictly before', BEFORE_DAMAGE, '02:00', 3_600],
    ['at: not after', AT('02:30'), '02:30', 1_800],
    ['at: between two', AT('02:29'), '02:00', 3_600],
  ])('%s', (_, policy, id, ageSeconds) => {
    expect(chooseAmong(snapshots, policy).chosen?.point).toEqual({ id, at: at(id), ageSeconds });
  });

  test('says why newer ones are passed over, newest first', () => {
    expect(chooseAmong(snapshots, BEFORE_DAMAGE).excluded).toEqual([
      { id: '03:10', at: at('03:10'), reason: 'taken after the damage' },
      { id: '02:45', at: at('02:45'), reason: 'taken after the damage' },
      { id: '02:30', at: at('02:30'), reason: 'taken after the damage' },
    ]);
  });

  test('no usable one', () => {
    expect(chooseAmong(snapshots, AT('00:30')).chosen).toBeUndefined();
  });

  test('of two at the same instant the choice does not depend on their order', () => {
    const twins = [{ id: 'b' }, { id: 'a' }];
    expect(chooseAmong(twins).chosen?.point.id).toBe('a');
    expect(chooseAmong([...twins].reverse()).chosen?.point.id).toBe('a');
  });
});

test.each([
  ['creating', { state: 'creating' }, 'creating: the copy is not complete yet'],
  ['failed', { state: 'failed' }, "its state is 'failed', not 'available'"],
  ['elsewhere', { region: 'eu-west-1' }, 'it is in eu-west-1, not in us-east-1'],
  ['locked', { encrypted: true, kmsKeyId: 'off' }, 'its key off is disabled'],
])('a DB snapshot that is %s is passed over', (_, parts, reason) => {
  const inventory = inventoryOf({ kmsKeys: KEYS, dbSnapshots: [{ ...ORDERS_SNAPSHOT, ...parts }] });
  const choice = chooseDbSnapshot(inventory.dbSnapshots, LATEST, indexInventory(inventory));
  expect(choice).toMatchObject({ chosen: undefined, excluded: [{ reason }] });
});

describe('a point in time', () => {
  const choose = (policy: PointPolicy, parts: object = {}, gone = false) => {
    const inventory = inventoryOf({ kmsKeys: KEYS, dbInstances: [{ ...ORDERS_PROD, ...parts }] });
    const index = indexInventory(inventory);
    const choice = choosePointInTime(inventory.dbInstances[0], gone, policy, index);
    return 'why' in choice ? choice.why : formatInstant(choice.point.at);
  };

  test.each([
    ['latest', LATEST, '2026-11-20T02:57:00Z'],
    ['one second before the damage', BEFORE_DAMAGE, '2026-11-20T02:29:59Z'],
    [
      'never after the latest restorable time',
      { ...BEFORE_DAMAGE, damagedAt: INCIDENT },
      '2026-11-20T02:57:00Z',
    ],
    ['at an instant', AT('02:10'), '2026-11-20T02:10:00Z'],
    ['at an instant after the latest restorable time: at that', AT('02:59'), '2026-11-20T02:57:00Z'],
    ['at the latest restorable time', AT('02:57'), '2026-11-20T02:57:00Z'],
  ])('%s', (_, policy, expected) => {
    expect(choose(policy)).toBe(expected);
  });

  test.each([
    ['before the window', LATEST, { earliestRestorableTime: '2026-11-20T02:58:00Z' }, 'before the earliest'],
    ['without backups', LATEST, { backupRetentionDays: 0 }, 'no automated backups'],
    ['without a window', LATEST, { latestRestorableTime: undefined }, 'no automated backups'],
    ['with its key disabled', LATEST, { encrypted: true, kmsKeyId: 'off' }, 'its key off is disabled'],
  ])('is not possible %s', (_, policy, parts, why) => {
    expect(choose(policy, parts)).toContain(why);
  });

  test('is not possible when the source is gone', () => {
    expect(choose(LATEST, {}, true)).toContain('no longer exists');
  });

  test('is named after the source and the instant, and keeps whole seconds', () => {
    const parts = { latestRestorableTime: '2026-11-20T02:57:00.750Z' };
    const inventory = inventoryOf({ dbInstances: [{ ...ORDERS_PROD, ...parts }] });
    const choice = choosePointInTime(inventory.dbInstances[0], false, LATEST, indexInventory(inventory));
    expect(choice).toEqual({
      point: { id: 'orders-prod@2026-11-20T02:57:00Z', at: at('02:57'), ageSeconds: 180 },
    });
  });
});
