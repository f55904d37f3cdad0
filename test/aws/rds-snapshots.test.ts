import 'aws-sdk-client-mock-jest';
import {
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import type { DBSnapshot } from '@aws-sdk/client-rds';
import { existing, made, sweeping, taking, watching } from './effects.ts';
import { FOREIGN, OURS, rdsError, RUN } from './fixtures.ts';
import { stageRds } from './stages.ts';

const ID = 'orders-prod-protection';
const { rds, observe, result, failure, operations } = stageRds();

beforeEach(() => {
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        DBInstanceIdentifier: 'orders-prod',
        DBInstanceStatus: 'available',
        TagList: [{ Key: 'app', Value: 'orders(1)' }],
      },
    ],
  });
});

const take = (id = 'orders-prod') =>
  taking(existing('dbInstance', id), { purpose: 'protection', resource: 'orders-db', identity: ID });
const again = { ...take(), attempt: 2 };
const ours: DBSnapshot = {
  DBSnapshotIdentifier: ID,
  Status: 'creating',
  TagList: [...OURS, { Key: 'lifeboat:identity', Value: ID }],
};
const exists = (TagList: DBSnapshot['TagList']) => ({ DBSnapshots: [{ ...ours, TagList }] });

describe('takeSnapshot', () => {
  test('asks once, with our tags and the source’s as RDS takes them', async () => {
    rds.on(CreateDBSnapshotCommand).resolves({ DBSnapshot: {} });
    expect(await result(take())).toEqual({ id: ID });
    expect(rds.commandCalls(CreateDBSnapshotCommand)[0]?.args[0].input).toEqual({
      DBSnapshotIdentifier: ID,
      DBInstanceIdentifier: 'orders-prod',
      Tags: [
        { Key: 'lifeboat:run', Value: RUN.runId },
        { Key: 'lifeboat:runbook', Value: 'orders' },
        { Key: 'lifeboat:resource', Value: 'orders-db' },
        { Key: 'lifeboat:identity', Value: ID },
        { Key: 'lifeboat:purpose', Value: 'protection' },
        { Key: 'lifeboat:mode', Value: 'restore' },
        { Key: 'Name', Value: ID },
        { Key: 'app', Value: 'orders_1_' },
      ],
    });
    expect(operations()).toEqual(['DescribeDBInstances', 'CreateDBSnapshot']);
  });

  test('a source that is gone is gone', async () => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    expect(await failure(take('nobody'))).toMatchObject({ class: 'gone' });
    expect(rds).not.toHaveReceivedCommand(CreateDBSnapshotCommand);
  });

  test.each([
    ['InvalidDBInstanceState', 400, 'busy'],
    ['DBInstanceNotFoundFault', 404, 'gone'],
    ['SnapshotQuotaExceeded', 400, 'quota'],
    ['ThrottlingException', 400, 'throttled'],
    ['AccessDenied', 403, 'denied'],
    ['InvalidAction', 400, 'unsupported'],
    ['InternalFailure', 500, 'transient'],
  ] as const)('%s is answered as %s', async (code, status, expected) => {
    rds.on(CreateDBSnapshotCommand).rejects(rdsError(code, status));
    expect((await failure(take())).class).toBe(expected);
    expect(rds).toHaveReceivedCommandTimes(CreateDBSnapshotCommand, 1);
  });

  test('the name is taken by our own: success', async () => {
    rds.on(CreateDBSnapshotCommand).rejects(rdsError('DBSnapshotAlreadyExists'));
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [ours] });
    expect(await result(take())).toEqual({ id: ID });
  });

  test.each([
    ['somebody else’s', exists([...FOREIGN, { Key: 'lifeboat:identity', Value: ID }]), 'invalid'],
    ['nobody’s', exists(undefined), 'invalid'],
    ['another request’s', exists(OURS), 'invalid'],
    ['not visible yet', { DBSnapshots: [] }, 'busy'],
  ] as const)('the name is taken, and it is %s', async (_what, answer, expected) => {
    rds.on(CreateDBSnapshotCommand).rejects(rdsError('DBSnapshotAlreadyExists'));
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [...answer.DBSnapshots] });
    expect((await failure(take())).class).toBe(expected);
  });

  test('asked again it looks first, for its own snapshot may keep the source busy', async () => {
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [ours] });
    expect(await result(again)).toEqual({ id: ID });
    expect(operations()).toEqual(['DescribeDBSnapshots']);
  });

  test('asked again, and not there: it asks', async () => {
    rds.on(DescribeDBSnapshotsCommand).rejects(rdsError('DBSnapshotNotFoundFault', 404));
    rds.on(CreateDBSnapshotCommand).resolves({ DBSnapshot: {} });
    expect(await result(again)).toEqual({ id: ID });
    expect(rds).toHaveReceivedCommandTimes(CreateDBSnapshotCommand, 1);
  });
});

describe('observe', () => {
  const look = () => observe(watching([made('dbSnapshot', ID)]));

  test.each<[string, DBSnapshot, object]>([
    ['creating', { Status: 'creating', PercentProgress: 40 }, { status: 'creating' }],
    ['available', { Status: 'available', PercentProgress: 100 }, { status: 'available' }],
    ['failed', { Status: 'failed' }, { status: 'failed' }],
    ['deleting', { Status: 'deleting' }, { status: 'deleting' }],
    ['unheard of', { Status: 'pondering' }, { status: 'pondering' }],
    ['without a status, but full', { PercentProgress: 100 }, { status: 'available' }],
    ['without anything', {}, { status: 'creating' }],
  ])('%s', async (_what, told, expected) => {
    rds
      .on(DescribeDBSnapshotsCommand, { DBSnapshotIdentifier: ID })
      .resolves({ DBSnapshots: [{ DBSnapshotIdentifier: ID, ...told }] });
    expect(await look()).toEqual([{ type: 'dbSnapshot', id: ID, ...expected }]);
  });

  test('what is not there is no sighting; what cannot be read is unknown', async () => {
    rds.on(DescribeDBSnapshotsCommand).rejects(rdsError('DBSnapshotNotFoundFault', 404));
    expect(await look()).toEqual([]);
    rds.on(DescribeDBSnapshotsCommand).rejects(rdsError('ThrottlingException'));
    await expect(look()).rejects.toMatchObject({ failure: { class: 'throttled' } });
  });
});

describe('sweep', () => {
  const purpose = (Value: string) => ({ Key: 'lifeboat:purpose', Value });
  const snapshot = (DBSnapshotIdentifier: string, ...TagList: { Key: string; Value: string }[]) => ({
    ...{ DBSnapshotIdentifier, TagList, Status: 'available' },
  });
  beforeEach(() => {
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    rds.on(DescribeDBSnapshotsCommand).resolves({
      DBSnapshots: [
        snapshot('kept', ...OURS, purpose('protection')),
        snapshot('left', ...OURS, purpose('protection')),
        { ...snapshot('going', ...OURS, purpose('protection')), Status: 'deleting' },
        snapshot('evidence', ...OURS, purpose('forensics')),
        snapshot('theirs', ...FOREIGN, purpose('protection')),
        snapshot('by-hand'),
      ],
    });
  });
  const keep = [made('dbSnapshot', 'Kept')] as const;

  test('finds what was taken for protection, never evidence, and removes what is not kept', async () => {
    rds.on(DeleteDBSnapshotCommand).resolves({});
    expect(await result(sweeping(keep))).toEqual({
      found: [made('dbSnapshot', 'Kept'), made('dbSnapshot', 'left')],
      removed: [made('dbSnapshot', 'left')],
    });
    expect(rds.commandCalls(DeleteDBSnapshotCommand).map((sent) => sent.args[0].input)).toEqual([
      { DBSnapshotIdentifier: 'left' },
    ]);
    expect(rds).toHaveReceivedCommandWith(DescribeDBSnapshotsCommand, { SnapshotType: 'manual' });
  });

  test('only finds when all is to be kept; gone already is as good as removed', async () => {
    expect((await result({ ...sweeping(), keepsAll: true })).removed).toEqual([]);
    rds.on(DeleteDBSnapshotCommand).rejects(rdsError('DBSnapshotNotFoundFault', 404));
    expect((await result(sweeping(keep))).removed).toHaveLength(1);
  });
});
