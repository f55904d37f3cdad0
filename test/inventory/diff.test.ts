import { diffInventories } from '../../src/inventory/diff.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { dbInstance, inventoryOf, snapshot, volume } from './builder.ts';

type Lists = Readonly<Record<string, unknown>>;

/** Two captures, an hour apart. */
function diff(earlier: Lists, later: Lists, laterAt = '2026-11-20T04:00:00Z') {
  return diffInventories(inventoryOf(earlier), inventoryOf({ capturedAt: laterAt, ...later }));
}

const gap = (operation: string) => ({ operation, reason: 'denied', message: 'no', means: 'nothing' });

test('the same account an hour later is the same', () => {
  const lists = { zones: ['us-east-1a'], quotas: { dbInstances: 1 }, volumes: [volume('v', { a: 'b' })] };
  expect(diff(lists, lists)).toEqual({
    schema: 'lifeboat.inventory-diff/v1',
    earlierAt: '2026-11-20T03:00:00Z',
    laterAt: '2026-11-20T04:00:00Z',
    added: [],
    removed: [],
    changed: [],
    notCompared: [],
  });
});

test('what came and what went, by list and id', () => {
  const found = diff(
    { volumes: [volume('v-2'), volume('v-1')], zones: ['us-east-1a'], quotas: { fsrSnapshots: 5 } },
    {
      volumes: [volume('v-3'), volume('v-2')],
      snapshots: [snapshot('s', 'v-1')],
      quotas: { storageTiB: { gp3: 50 } },
    },
  );
  expect(found.added).toEqual([
    { list: 'quotas', id: 'storageTiB.gp3' },
    { list: 'volumes', id: 'v-3' },
    { list: 'snapshots', id: 's' },
  ]);
  expect(found.removed).toEqual([
    { list: 'zones', id: 'us-east-1a' },
    { list: 'quotas', id: 'fsrSnapshots' },
    { list: 'volumes', id: 'v-1' },
  ]);
  expect(found.changed).toEqual([]);
});

test.each<[string, Lists, Lists, string, unknown, unknown]>([
  ['a number', { sizeGiB: 100 }, { sizeGiB: 200 }, 'sizeGiB', 100, 200],
  ['what was not there', {}, { iops: 3_000 }, 'iops', null, 3_000],
  ['what is not there any more', { iops: 3_000 }, {}, 'iops', 3_000, null],
  ['a tag', { tags: { app: 'a' } }, { tags: { app: 'b' } }, 'tags.app', 'a', 'b'],
  [
    'a part of a part',
    { attachedTo: { instanceId: 'i-1', device: '/dev/sdf' } },
    { attachedTo: { instanceId: 'i-2', device: '/dev/sdf' } },
    'attachedTo.instanceId',
    'i-1',
    'i-2',
  ],
])('%s of a volume', (_what, before, after, field, from, to) => {
  const { changed } = diff(
    { volumes: [{ ...volume('v'), ...before }] },
    { volumes: [{ ...volume('v'), ...after }] },
  );
  expect(changed).toEqual([{ list: 'volumes', id: 'v', field, from, to }]);
});

test('fast snapshot restore by zone, instants as the file has them, quotas', () => {
  const before = { ...snapshot('s', 'v'), fsr: [{ zone: 'us-east-1a', state: 'optimizing' }] };
  const after = {
    ...{ ...snapshot('s', 'v'), startedAt: '2026-11-20T02:30:00Z' },
    fsr: [
      { zone: 'us-east-1b', state: 'enabling' },
      { zone: 'us-east-1a', state: 'enabled' },
    ],
  };
  const { changed } = diff(
    { snapshots: [before], quotas: { dbInstances: 1 } },
    { snapshots: [after], quotas: { dbInstances: 2 } },
  );
  expect(changed).toEqual([
    { list: 'quotas', id: 'dbInstances', field: 'value', from: 1, to: 2 },
    { list: 'snapshots', id: 's', field: 'fsr.us-east-1a.state', from: 'optimizing', to: 'enabled' },
    { list: 'snapshots', id: 's', field: 'fsr.us-east-1b.state', from: null, to: 'enabling' },
    {
      list: 'snapshots',
      id: 's',
      field: 'startedAt',
      from: '2026-11-20T02:00:00Z',
      to: '2026-11-20T02:30:00Z',
    },
  ]);
});

describe('restorable times', () => {
  const database = (earliestRestorableTime?: string, latestRestorableTime?: string) => ({
    dbInstances: [
      {
        ...dbInstance('d'),
        ...(earliestRestorableTime !== undefined && { earliestRestorableTime }),
        ...(latestRestorableTime !== undefined && { latestRestorableTime }),
      },
    ],
  });
  const [day13, day14, at2, at3] = ['13T03', '14T03', '20T02', '20T03'].map((at) => `2026-11-${at}:00:00Z`);

  test.each([
    ['both move on', [day13, at2], [day14, at3], []],
    ['the earliest stays', [day13, at2], [day13, at3], []],
    ['the latest goes back', [day13, at3], [day13, at2], ['latestRestorableTime']],
    ['the earliest goes back', [day14, at2], [day13, at3], ['earliestRestorableTime']],
    ['the latest has stopped', [day13, at2], [day13, at2], ['latestRestorableTime']],
    ['backups are off', [day13, at2], [], ['earliestRestorableTime', 'latestRestorableTime']],
  ])('%s', (_what, before, after, fields) => {
    const { changed } = diff(database(...before), database(...after));
    expect(changed.map(({ field }) => field)).toEqual(fields);
  });

  test('five minutes without a move are nothing', () => {
    expect(diff(database(day13, at2), database(day13, at2), '2026-11-20T03:05:00Z').changed).toEqual([]);
  });
});

test('sets have no order, members of a cluster do; null is as good as absent', () => {
  const before = { ...dbInstance('d'), securityGroups: ['a', 'b'], optionGroup: null };
  const after = { ...dbInstance('d'), securityGroups: ['b', 'a'] };
  const cluster = (members: string[]) => ({ id: 'c', engine: 'aurora', engineVersion: '1', members });
  const { changed } = diff(
    { dbInstances: [before], dbClusters: [cluster(['w', 'r'])] },
    { dbInstances: [after], dbClusters: [cluster(['r', 'w'])] },
  );
  expect(changed).toEqual([
    { list: 'dbClusters', id: 'c', field: 'members', from: ['w', 'r'], to: ['r', 'w'] },
  ]);
});

describe('what one of the captures could not read is not compared', () => {
  test.each<[string, Lists, Lists]>([
    ['a list in the later', { volumes: [volume('v')] }, { gaps: [gap('DescribeVolumes')] }],
    ['a list in the earlier', { gaps: [gap('DescribeVolumes')] }, { volumes: [volume('v')] }],
    [
      'a field',
      { instances: [{ id: 'i', zone: 'z', managedBySsm: true }] },
      { instances: [{ id: 'i', zone: 'z' }], gaps: [gap('DescribeInstanceInformation')] },
    ],
    [
      'a field with parts',
      { snapshots: [{ ...snapshot('s', 'v'), fsr: [{ zone: 'z', state: 'enabled' }] }] },
      { snapshots: [snapshot('s', 'v')], gaps: [gap('DescribeFastSnapshotRestores')] },
    ],
  ])('%s', (_what, earlier, later) => {
    const { notCompared, added, removed, changed } = diff(earlier, later);
    expect(notCompared).toHaveLength(1);
    expect([...added, ...removed].filter(({ list }) => list !== 'gaps')).toEqual([]);
    expect(changed).toEqual([]);
  });

  test('entries that were left out have neither gone nor come', () => {
    const whole = { volumes: [volume('v-1'), { ...volume('v-2'), sizeGiB: 1 }] };
    const partial = {
      volumes: [{ ...volume('v-2'), sizeGiB: 2 }],
      gaps: [gap('DescribeVolumes (some entries)')],
    };
    for (const found of [diff(whole, partial), diff(partial, whole)]) {
      expect([...found.added, ...found.removed].filter(({ list }) => list !== 'gaps')).toEqual([]);
      expect(found.changed.map(({ id, field }) => [id, field])).toEqual([['v-2', 'sizeGiB']]);
      expect(found.notCompared).toEqual([{ list: 'volumes', operation: 'DescribeVolumes (some entries)' }]);
    }
    expect(diff(partial, { volumes: [] }).removed).toContainEqual({ list: 'volumes', id: 'v-2' });
  });

  test('the rest of the list is', () => {
    const before = { instances: [{ id: 'i', zone: 'a', managedBySsm: true }] };
    const after = { instances: [{ id: 'i', zone: 'b' }], gaps: [gap('DescribeInstanceInformation')] };
    expect(diff(before, after).changed.map(({ field }) => field)).toEqual(['zone']);
  });
});

test('twenty thousand volumes are compared at once', () => {
  const fleet = (sizeGiB: number): Inventory =>
    inventoryOf({
      volumes: Array.from({ length: 20_000 }, (_, index) => ({ ...volume(`v-${index}`), sizeGiB })),
    });
  expect(diffInventories(fleet(1), fleet(2)).changed).toHaveLength(20_000);
});
