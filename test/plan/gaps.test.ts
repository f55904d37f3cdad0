import { indexInventory } from '../../src/kinds/inventory-index.ts';
import { chooseSnapshot } from '../../src/kinds/ebs-volume/recovery-points.ts';
import { chooseDbSnapshot } from '../../src/kinds/rds-instance/recovery-points.ts';
import type { PointPolicy } from '../../src/kinds/recovery-points.ts';
import {
  at,
  INCIDENT,
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  volumeWithSnapshot,
} from './builders.ts';

const LATEST: PointPolicy = { policy: 'latest', incidentAt: INCIDENT, damagedAt: INCIDENT };

const gap = (operation: string, reason: 'unsupported' | 'denied' | 'failed' = 'denied') => ({
  operation,
  reason,
  message: 'Code: said so',
  means: 'something',
});

const EVENTS = [{ id: 'events', type: 'ebs-volume', source: 'vol-1' }] as const;
const ORDERS = [{ id: 'orders', type: 'rds-instance', source: 'orders-prod' }] as const;

describe('what a capture could not read', () => {
  const { volume, snapshot } = volumeWithSnapshot('vol-1', 100, {
    fsr: [{ zone: 'us-east-1a', state: 'enabled', credits: 5 }],
  });

  test.each([
    ['unsupported', 'the endpoint does not offer it'],
    ['denied', 'access was denied'],
    ['failed', 'it could not be read'],
  ] as const)('fast snapshot restore that is %s is not planned with', (reason, words) => {
    const known = { volumes: [volume], snapshots: [snapshot] };
    const isChosen = (inventory: ReturnType<typeof inventoryOf>) =>
      planOf([...EVENTS], inventory).resources[0]?.strategies.map(({ name }) => name);
    expect(isChosen(inventoryOf(known))?.[0]).toBe('fsr');
    const blind = inventoryOf({ ...known, gaps: [gap('DescribeFastSnapshotRestores', reason)] });
    expect(isChosen(blind)).not.toContain('fsr');
    const [resource] = planOf([...EVENTS], blind).resources;
    expect(resource?.alternatives.find(({ strategy }) => strategy === 'fsr')).toMatchObject({
      feasible: false,
      why: `its state cannot be read: ${words} (DescribeFastSnapshotRestores: Code: said so)`,
    });
  });

  test('snapshots that could not be read are named, with the reason', () => {
    const blind = inventoryOf({ volumes: [volume], gaps: [gap('DescribeSnapshots')] });
    const { problems, resources } = planOf([...EVENTS], blind);
    expect(problems.find(({ code }) => code === 'NO_RECOVERY_POINT')?.message).toContain(
      'no copy of it is known: access was denied (DescribeSnapshots: Code: said so)',
    );
    expect(resources[0]?.alternatives[0]?.why).toMatch(/^the snapshots could not be read: access was denied/);
  });

  test('without an answer for the source its logs are not reported as deleted', () => {
    const blind = inventoryOf({ dbSnapshots: [ORDERS_SNAPSHOT], gaps: [gap('DescribeDBInstances')] });
    const [resource] = planOf([...ORDERS], blind).resources;
    expect(resource?.alternatives.find(({ strategy }) => strategy === 'point-in-time')?.why).toMatch(
      /^it is unknown whether the source still exists: access was denied/,
    );
  });

  test('a key that was not told of does not speak against a backup, but is mentioned', () => {
    const encrypted = { encrypted: true, kmsKeyId: 'secret' };
    const lists = {
      dbInstances: [{ ...ORDERS_PROD, ...encrypted }],
      dbSnapshots: [{ ...ORDERS_SNAPSHOT, ...encrypted }],
      kmsKeys: [{ id: 'other', state: 'Enabled' as const }],
    };
    const codes = (inventory: ReturnType<typeof inventoryOf>) =>
      planOf([...ORDERS], inventory).problems.map(({ code }) => code);
    expect(codes(inventoryOf(lists))).toContain('NO_RECOVERY_POINT');
    const blind = codes(inventoryOf({ ...lists, gaps: [gap('DescribeKey')] }));
    expect(blind).not.toContain('NO_RECOVERY_POINT');
    expect(blind).toContain('KEY_STATE_UNKNOWN');
  });

  test('a key that is known to be off stays off, whatever else was not read', () => {
    const encrypted = { encrypted: true, kmsKeyId: 'off' };
    const inventory = inventoryOf({
      volumes: [volume],
      snapshots: [{ ...snapshot, ...encrypted }],
      kmsKeys: [{ id: 'off', state: 'Disabled' }],
      gaps: [gap('DescribeKey')],
    });
    expect(planOf([...EVENTS], inventory).resources[0]?.strategies).toEqual([]);
  });
});

describe('what was taken as evidence of the damage', () => {
  const evidence = 'evidence: taken of the damaged source for forensics';

  test.each([
    ['by its own tag', { 'lifeboat:forensics': 'orders-1' }],
    ['by its purpose', { 'lifeboat:purpose': 'forensics' }],
  ])('is never restored from: %s', (_what, tags) => {
    const inventory = inventoryOf({
      snapshots: [
        volumeWithSnapshot('vol-1').snapshot,
        {
          ...volumeWithSnapshot('vol-1').snapshot,
          id: 'snap-newer',
          startedAt: '2026-11-20T02:30:00Z',
          tags,
        },
      ],
      dbSnapshots: [
        ORDERS_SNAPSHOT,
        { ...ORDERS_SNAPSHOT, id: 'newer', at: '2026-11-20T02:30:00Z', source: 'manual', tags },
      ],
    });
    const index = indexInventory(inventory);
    expect(chooseSnapshot(inventory.snapshots, LATEST, index)).toMatchObject({
      chosen: { point: { id: 'snap-vol-1' } },
      excluded: [{ id: 'snap-newer', at: at('02:30'), reason: evidence }],
    });
    expect(chooseDbSnapshot(inventory.dbSnapshots, LATEST, index)).toMatchObject({
      chosen: { point: { id: ORDERS_SNAPSHOT.id } },
      excluded: [{ id: 'newer', reason: evidence }],
    });
  });

  test('what was taken to protect what was recovered is a recovery point like any other', () => {
    const tags = { 'lifeboat:purpose': 'protection', 'lifeboat:run': 'orders-1' };
    const { snapshot } = volumeWithSnapshot('vol-1', 100, { tags });
    const inventory = inventoryOf({ snapshots: [snapshot] });
    expect(chooseSnapshot(inventory.snapshots, LATEST, indexInventory(inventory)).chosen?.point.id).toBe(
      'snap-vol-1',
    );
  });
});

test('of copies of the same instant the id decides, in whatever order they are listed', () => {
  const { snapshot } = volumeWithSnapshot('vol-1');
  const copies = ['snap-c', 'snap-a', 'snap-b'].map((id) => ({ ...snapshot, id }));
  for (const snapshots of [copies, [...copies].reverse()]) {
    const inventory = inventoryOf({ snapshots });
    expect(chooseSnapshot(inventory.snapshots, LATEST, indexInventory(inventory)).chosen?.point.id).toBe(
      'snap-a',
    );
  }
  const dbCopies = ['c', 'a', 'b'].map((id) => ({ ...ORDERS_SNAPSHOT, id }));
  for (const dbSnapshots of [dbCopies, [...dbCopies].reverse()]) {
    const inventory = inventoryOf({ dbSnapshots });
    expect(chooseDbSnapshot(inventory.dbSnapshots, LATEST, indexInventory(inventory)).chosen?.point.id).toBe(
      'a',
    );
  }
});
