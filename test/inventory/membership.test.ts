import { readFileSync } from 'node:fs';
import { fc } from '../property.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { refusal } from '../document/support.ts';
import { dbInstance, dbSnapshot, inventoryOf, snapshot, volume } from './builder.ts';

const runbookOf = (...resources: string[]) =>
  parseRunbook(
    `apiVersion: lifeboat/v1
kind: Runbook
name: x
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources:
${resources.map((resource) => `  - { ${resource} }\n`).join('')}`,
    'x.yaml',
  ).runbook;
const EVENTS = 'id: events, type: ebs-volume, source: { tags: { app: events } }';
const events = { app: 'events', shard: '1' };

describe('the union of account and baseline', () => {
  test('without a baseline it is the account', () => {
    const account = inventoryOf({ volumes: [volume('vol-1')] });
    const { inventory, gone } = unite(account, undefined);
    expect(inventory).toBe(account);
    expect(Object.values(gone).flatMap((ids) => [...ids])).toEqual([]);
  });

  test('what exists wins, lost sources are kept, lost recovery points are not', () => {
    const account = inventoryOf({
      quotas: { fsrSnapshots: 3 },
      volumes: [{ ...volume('vol-1'), sizeGiB: 200 }],
      snapshots: [snapshot('snap-1', 'vol-2')],
      dbInstances: [dbInstance('db-1')],
    });
    const baseline = inventoryOf({
      capturedAt: '2026-11-01T00:00:00Z',
      zones: ['us-east-1a'],
      quotas: { fsrSnapshots: 9 },
      volumes: [volume('vol-1'), volume('vol-2')],
      snapshots: [snapshot('snap-1', 'vol-2'), snapshot('snap-0', 'vol-2')],
      dbInstances: [dbInstance('db-1'), dbInstance('db-2')],
      dbSnapshots: [dbSnapshot('rds-0', 'db-2')],
    });
    const { inventory, gone } = unite(account, baseline);
    expect(inventory.capturedAt).toBe(account.capturedAt);
    expect(inventory.zones).toEqual(['us-east-1a']);
    expect(inventory.quotas).toEqual({ fsrSnapshots: 3 });
    expect(inventory.volumes.map(({ id, sizeGiB }) => [id, sizeGiB])).toEqual([
      ['vol-1', 200],
      ['vol-2', 100],
    ]);
    expect(inventory.snapshots.map(({ id }) => id)).toEqual(['snap-1']);
    expect(inventory.dbSnapshots).toEqual([]);
    expect([...gone['ebs-volume']]).toEqual(['vol-2']);
    expect([...gone['rds-instance']]).toEqual(['db-2']);
  });

  test.each([
    [{ account: '111111111111' }, { account: '222222222222' }, /of account 222222222222/],
    [{ region: 'us-east-1' }, { region: 'eu-west-1' }, /of region eu-west-1/],
  ])('a baseline of somewhere else is refused: %j, %j', (here, there, message) => {
    const error = refusal(() => unite(inventoryOf(here), inventoryOf(there)));
    expect(error.code).toBe('INVALID_INVENTORY');
    expect(error.message).toMatch(message);
  });

  test('a baseline that does not say its account fits any', () => {
    const baseline = inventoryOf({ volumes: [volume('vol-1')] });
    expect(unite(inventoryOf({ account: '111111111111' }), baseline).inventory.volumes).toHaveLength(1);
  });
});

describe('what belongs to a runbook', () => {
  const pick = (runbook: ReturnType<typeof runbookOf>, account: object, baseline?: object) => {
    const united = unite(
      inventoryOf({ ...account }),
      baseline === undefined ? undefined : inventoryOf({ ...baseline }),
    );
    const { members, missing } = selectMembers(runbook, united);
    return {
      members: members.map(({ planId, sourceId, gone }) => `${planId} ${sourceId}${gone ? ' gone' : ''}`),
      missing,
    };
  };

  test('a selector fans out over all that carry every tag, sorted by id', () => {
    const account = {
      volumes: [
        volume('vol-9', events),
        volume('vol-1', events),
        volume('vol-2', { app: 'other' }),
        volume('vol-3'),
      ],
    };
    expect(pick(runbookOf(EVENTS), account)).toEqual({
      members: ['events/vol-1 vol-1', 'events/vol-9 vol-9'],
      missing: [],
    });
    const both = 'id: events, type: ebs-volume, source: { tags: { app: events, shard: "2" } }';
    expect(pick(runbookOf(both), account).members).toEqual([]);
  });

  test('volumes that only their snapshots or the baseline remember are recovered too', () => {
    const account = {
      volumes: [volume('vol-1', events)],
      snapshots: [
        snapshot('snap-2', 'vol-2', events),
        snapshot('snap-3', 'vol-3', { app: 'other' }),
        snapshot('snap-2b', 'vol-2', events),
      ],
    };
    expect(pick(runbookOf(EVENTS), account, { volumes: [volume('vol-4', events)] }).members).toEqual([
      'events/vol-1 vol-1',
      'events/vol-2 vol-2 gone',
      'events/vol-4 vol-4 gone',
    ]);
  });

  test('an existing volume that lost its tag is not brought back by its old snapshots', () => {
    const account = { volumes: [volume('vol-1')], snapshots: [snapshot('snap-1', 'vol-1', events)] };
    expect(pick(runbookOf(EVENTS), account).members).toEqual([]);
  });

  test('the placeholder volume of copied snapshots is nobody', () => {
    const account = {
      snapshots: [
        snapshot('snap-1', 'vol-ffffffff', events),
        snapshot('snap-2', 'vol-ffffffffffffffff', events),
      ],
    };
    const named = 'id: a, type: ebs-volume, source: vol-ffffffff';
    const { members, missing } = pick(runbookOf(EVENTS, named), account);
    expect(members).toEqual([]);
    expect(missing.map(({ resource }) => resource)).toEqual(['events', 'a']);
  });

  test.each([
    ['exists', { volumes: [volume('v')], dbInstances: [dbInstance('d')] }, undefined, ['a v', 'b d']],
    [
      'is in the baseline',
      {},
      { volumes: [volume('v')], dbInstances: [dbInstance('d')] },
      ['a v gone', 'b d gone'],
    ],
    [
      'has snapshots',
      { snapshots: [snapshot('s', 'v')], dbSnapshots: [dbSnapshot('x', 'd')] },
      undefined,
      ['a v gone', 'b d gone'],
    ],
    [
      'has snapshots in the baseline only',
      {},
      { snapshots: [snapshot('s', 'v')], dbSnapshots: [dbSnapshot('x', 'd')] },
      [],
    ],
  ])('a source that is named and %s', (_, account, baseline, expected) => {
    const runbook = runbookOf('id: a, type: ebs-volume, source: v', 'id: b, type: rds-instance, source: d');
    const { members, missing } = pick(runbook, account, baseline);
    expect(members).toEqual(expected);
    expect(members.length + missing.length).toBe(2);
  });

  test('what nobody knows is missing, with a guess', () => {
    const account = {
      volumes: [volume('vol-1234', { app: 'events' })],
      dbInstances: [dbInstance('orders-prod')],
    };
    const { missing } = pick(
      runbookOf(
        'id: a, type: ebs-volume, source: vol-1243',
        'id: b, type: rds-instance, source: order-prod',
        'id: c, type: ebs-volume, source: { tags: { app: evnts } }',
        'id: d, type: aurora-cluster, source: nothing-like-it',
      ),
      account,
    );
    expect(missing).toEqual([
      {
        path: ['resources', 0, 'source'],
        resource: 'a',
        source: 'vol-1243',
        message: "Neither the account nor the baseline has the volume 'vol-1243', nor a snapshot of it.",
        suggestion: 'vol-1234',
      },
      {
        path: ['resources', 1, 'source'],
        resource: 'b',
        source: 'order-prod',
        message:
          "Neither the account nor the baseline has the DB instance 'order-prod', nor a snapshot of it.",
        suggestion: 'orders-prod',
      },
      {
        path: ['resources', 2, 'source'],
        resource: 'c',
        source: 'app=evnts',
        message:
          'Neither the account nor the baseline has a volume, or a snapshot of one, with the tags app=evnts.',
        suggestion: 'app=events',
      },
      {
        path: ['resources', 3, 'source'],
        resource: 'd',
        source: 'nothing-like-it',
        message:
          "Neither the account nor the baseline has the DB cluster 'nothing-like-it', nor a snapshot of it.",
      },
    ]);
  });

  test('whatever is lost from the account, a baseline brings every source back exactly once', () => {
    const ids = Array.from({ length: 8 }, (_, index) => `vol-${index}`);
    const whole = { volumes: ids.map((id) => volume(id, events)) };
    fc.assert(
      fc.property(fc.subarray(ids), (left) => {
        const { members } = pick(runbookOf(EVENTS), { volumes: left.map((id) => volume(id, events)) }, whole);
        expect(members).toEqual(ids.map((id) => `events/${id} ${id}${left.includes(id) ? '' : ' gone'}`));
      }),
    );
  });
});

describe('the reference pairs fit together', () => {
  test.each([
    [
      'orders',
      ['orders-db', 'events/vol-0a1c3e5f70921b4d6', 'events/vol-0b2d4f6081a32c5e7', 'search-index'],
      4,
    ],
    ['cold-restore', undefined, 512],
  ])('%s', (name, expected, count) => {
    const { runbook } = parseRunbook(readFileSync(`runbooks/${name}.yaml`), name);
    const inventory = parseInventory(readFileSync(`runbooks/inventories/${name}.yaml`), name);
    const { members, missing } = selectMembers(runbook, unite(inventory, undefined));
    expect(missing).toEqual([]);
    expect(members).toHaveLength(count);
    expect(members.every(({ gone }) => !gone)).toBe(true);
    if (expected !== undefined) expect(members.map(({ planId }) => planId)).toEqual(expected);
  });
});
