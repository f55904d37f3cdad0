import { CreateVolumeCommand } from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2';
import { ModifyDBInstanceCommand, RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { LifeboatError } from '../../src/errors.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { dbSnapshot, inventory, stage } from '../simulator/support.ts';

// Goal: what AWS would refuse is refused when the inventory is read, and the simulator refuses the same request with AWS's code.

const HEAD =
  'apiVersion: lifeboat/v1\nkind: Inventory\ncapturedAt: 2026-11-20T03:00:00Z\nregion: us-east-1\n';

interface Shape {
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
}
interface DbShape {
  readonly engine?: string;
  readonly storageType: string;
  readonly storageGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
}

function complaintsOf(text: string): readonly string[] {
  try {
    parseInventory(HEAD + text, 'account.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    expect(error.code).toBe('INVALID_INVENTORY');
    return error.complaints.map(({ place, message }) => `${place.line}:${place.column} ${message}`);
  }
}

const ebs = (type: string, sizeGiB: number, iops?: number, throughputMiBps?: number): Shape => ({
  ...{ type, sizeGiB },
  ...(iops !== undefined && { iops }),
  ...(throughputMiBps !== undefined && { throughputMiBps }),
});
const db = (storageType: string, storageGiB: number, iops?: number, throughputMiBps?: number): DbShape => ({
  ...{ storageType, storageGiB },
  ...(iops !== undefined && { iops }),
  ...(throughputMiBps !== undefined && { throughputMiBps }),
});

// AWS's codes.
const VALUE = 'InvalidParameterValue';
const COMBINATION = 'InvalidParameterCombination';
const MISSING = 'MissingParameter';

const flow = (value: object): string => JSON.stringify(value);
const volumeText = (shape: object, rest = ''): string =>
  `${rest}volumes:\n  - ${flow({ id: 'vol-1', zone: 'us-east-1a', ...shape })}\n`;
const databaseText = (shape: object, rest = ''): string =>
  `${rest}dbInstances:\n  - ${flow({ id: 'shop', engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.large', ...shape })}\n`;

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => undefined,
    (error: Error) => error.name,
  );
}

const createVolume = ({ type, sizeGiB, iops, throughputMiBps }: Shape): Promise<string | undefined> =>
  codeOf(
    stage().world.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: 'us-east-1a',
        VolumeType: type as NonNullable<CreateVolumeCommandInput['VolumeType']>,
        Size: sizeGiB,
        Iops: iops,
        Throughput: throughputMiBps,
      }),
    ),
  );

const restore = (shape: DbShape): Promise<string | undefined> => {
  const { engine = 'postgres', storageType, storageGiB, iops, throughputMiBps } = shape;
  const content = inventory({ dbSnapshots: [dbSnapshot('shop-1', { engine, storageGiB })] });
  return codeOf(
    stage({ inventory: content }).world.rds.send(
      new RestoreDBInstanceFromDBSnapshotCommand({
        ...{ DBSnapshotIdentifier: 'shop-1', DBInstanceIdentifier: 'made', StorageType: storageType },
        ...{ Iops: iops, StorageThroughput: throughputMiBps },
      }),
    ),
  );
};

describe('volumes', () => {
  test.each<[string, Shape, string, string]>([
    ['IOPS per GiB', ebs('gp3', 20, 16_000), VALUE, '500 IOPS per GiB, 10,000 at 20 GiB, not 16,000'],
    ['IOPS per GiB of io1', ebs('io1', 100, 5_001), VALUE, '50 IOPS per GiB, 5,000 at 100 GiB, not 5,001'],
    ['IOPS per GiB of io2', ebs('io2', 4, 4_001), VALUE, '1,000 IOPS per GiB'],
    ['IOPS beyond the type', ebs('gp3', 1_000, 80_001), VALUE, 'at most 80,000 IOPS'],
    ['IOPS below the least', ebs('gp3', 100, 2_999), VALUE, 'at least 3,000 IOPS'],
    ['io2 without IOPS', ebs('io2', 100), MISSING, 'give iops, 100 to 100,000 at 100 GiB'],
    ['io1 without IOPS', ebs('io1', 100), MISSING, 'give iops, 100 to 5,000 at 100 GiB'],
    [
      'throughput per IOPS',
      ebs('gp3', 100, 3_000, 751),
      VALUE,
      '0.25 MiB/s per IOPS, 750 at 3,000 IOPS, not 751',
    ],
    ['throughput by the IOPS of the default', ebs('gp3', 100, undefined, 1_000), VALUE, '750 at 3,000 IOPS'],
    ['throughput beyond the type', ebs('gp3', 1_000, 16_000, 2_001), VALUE, '125 to 2,000 MiB/s'],
    ['throughput of io2', ebs('io2', 100, 100, 500), COMBINATION, 'cannot be chosen'],
    ['IOPS of st1', ebs('st1', 500, 500), COMBINATION, 'cannot be chosen'],
    ['IOPS of sc1', ebs('sc1', 500, 100), COMBINATION, 'cannot be chosen'],
    ['IOPS that gp2 does not have', ebs('gp2', 100, 3_000), COMBINATION, 'follow from its size'],
    ['a small st1', ebs('st1', 124), VALUE, '125 to 16,384 GiB, not 124'],
    ['a small sc1', ebs('sc1', 1), VALUE, '125 to 16,384 GiB'],
    ['a small io1', ebs('io1', 3, 100), VALUE, '4 to 16,384 GiB'],
    ['a large gp2', ebs('gp2', 16_385), VALUE, '1 to 16,384 GiB'],
    ['a large magnetic one', ebs('standard', 1_025), VALUE, '1 to 1,024 GiB'],
  ])('%s: refused with its place and limit, and by EC2', async (_, shape, code, limit) => {
    expect(complaintsOf(volumeText(shape))).toEqual([expect.stringMatching(/^6:\d+ volumes\[0\]\./)]);
    expect(complaintsOf(volumeText(shape))[0]).toContain(limit);
    expect(await createVolume(shape)).toBe(code);
    // As AWS reported it: it exists, whatever is known of limits here.
    expect(complaintsOf(volumeText(shape, 'asReported: true\n'))).toEqual([]);
  });

  test.each<Shape>([
    ebs('gp3', 1),
    ebs('gp3', 1, 3_000, 750),
    ebs('gp3', 20, 10_000, 2_000),
    ebs('gp3', 65_536, 80_000),
    ebs('io1', 4, 200),
    ebs('io2', 4, 4_000),
    ebs('st1', 125),
    ebs('standard', 1_024),
  ])('at the limit: $type $sizeGiB $iops $throughputMiBps', async (shape) => {
    expect(complaintsOf(volumeText(shape))).toEqual([]);
    expect(await createVolume(shape)).toBeUndefined();
  });

  test('the IOPS that EC2 reports of gp2 are its own', () => {
    expect(complaintsOf(volumeText(ebs('gp2', 500, 1_500)))).toEqual([]);
  });
});

describe('DB instances', () => {
  test.each<[string, DbShape, string, string]>([
    ['io1 without IOPS', db('io1', 400), COMBINATION, 'give iops'],
    ['io2 without IOPS', db('io2', 400), COMBINATION, 'give iops'],
    ['IOPS per GiB of io1', db('io1', 100, 5_001), VALUE, '50 IOPS per GiB, 5,000 at 100 GiB'],
    ['too few IOPS per GiB', db('io1', 4_000, 1_999), VALUE, '0.5 IOPS per GiB, 2,000 at 4,000 GiB'],
    [
      'too few IOPS per GiB of SQL Server',
      { engine: 'sqlserver-se', ...db('io1', 4_000, 3_999) },
      VALUE,
      '1 IOPS per GiB',
    ],
    ['IOPS below the least', db('io1', 100, 999), VALUE, 'at least 1,000 IOPS'],
    ['IOPS of a small gp3', db('gp3', 399, 12_000), COMBINATION, 'below 400 GiB has 3,000 IOPS'],
    [
      'IOPS of a small gp3 of Oracle',
      { engine: 'oracle-ee', ...db('gp3', 199, 12_000) },
      COMBINATION,
      'below 200 GiB',
    ],
    ['throughput of a small gp3', db('gp3', 100, undefined, 500), COMBINATION, 'cannot be changed'],
    ['IOPS of a large gp3 below what it has', db('gp3', 400, 3_000), VALUE, 'at least 12,000 IOPS'],
    ['throughput per IOPS', db('gp3', 400, 12_000, 3_001), VALUE, '3,000 at 12,000 IOPS'],
    ['IOPS of gp2', db('gp2', 400, 1_200), COMBINATION, 'cannot be chosen'],
    ['a small store', db('gp3', 19), VALUE, '20 to 65,536 GiB'],
    ['a small io1 store', db('io1', 99, 1_000), VALUE, '100 to 65,536 GiB'],
    ['an unknown type', db('gp4', 100), VALUE, 'expected gp2, gp3'],
  ])('%s: refused with its place and limit, and by RDS', async (_, shape, code, limit) => {
    expect(complaintsOf(databaseText(shape))).toEqual([expect.stringMatching(/^6:\d+ dbInstances\[0\]\./)]);
    expect(complaintsOf(databaseText(shape))[0]).toContain(limit);
    expect(await restore(shape)).toBe(code);
    expect(complaintsOf(databaseText(shape, 'asReported: true\n'))).toEqual([]);
  });

  test.each<DbShape>([
    db('gp3', 20),
    db('gp3', 399, 3_000, 125),
    db('gp3', 400, 12_000, 500),
    { engine: 'oracle-ee', ...db('gp3', 200, 12_000) },
    { engine: 'sqlserver-se', ...db('gp3', 20, 4_000) },
    db('io1', 100, 5_000),
    db('io1', 2_000, 1_000),
    db('io2', 100, 100_000),
    db('standard', 5),
  ])('at the limit: $engine $storageType $storageGiB $iops $throughputMiBps', async (shape) => {
    expect(complaintsOf(databaseText(shape))).toEqual([]);
    expect(await restore(shape)).toBeUndefined();
  });

  test.each([
    [{ port: 1_149 }, 'ports 1150 to 65535'],
    [{ backupRetentionDays: 36 }, 'at most 35 days'],
    [{ monitoringIntervalSeconds: 7, monitoringRole: 'r' }, 'takes 0, 1, 5'],
    [{ monitoringIntervalSeconds: 60 }, 'give monitoringRole'],
  ])('settings that RDS does not take: %j', (settings, limit) => {
    const [complaint = ''] = complaintsOf(databaseText({ storageGiB: 100, ...settings }));
    expect(complaint).toContain(limit);
  });

  test('the storage of Aurora is the cluster', () => {
    const aurora = { engine: 'aurora-postgresql', storageType: 'aurora', storageGiB: 1, clusterId: 'c' };
    expect(complaintsOf(databaseText(aurora))).toEqual([]);
  });

  test('a modification is held against the same limits', async () => {
    const { world } = stage();
    const modify = (change: object): Promise<string | undefined> =>
      codeOf(world.rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'orders-prod', ...change })));
    expect(await modify({ Iops: 11_999 })).toBe('InvalidParameterValue');
    expect(await modify({ StorageType: 'io1' })).toBe('InvalidParameterCombination');
    expect(await modify({ DBPortNumber: 80 })).toBe('InvalidParameterValue');
    expect(await modify({ MonitoringInterval: 7, MonitoringRoleArn: 'r' })).toBe('InvalidParameterValue');
    expect(await modify({ Iops: 16_000, StorageThroughput: 1_000 })).toBeUndefined();
  });
});

test('a snapshot larger than any volume', () => {
  const text = `snapshots:\n  - ${flow({ id: 's', volumeId: 'v', startedAt: '2026-11-20T02:00:00Z', state: 'completed', sizeGiB: 70_000 })}\n`;
  expect(complaintsOf(text)).toEqual([
    expect.stringContaining('snapshots[0].sizeGiB: no volume has more than 65,536 GiB'),
  ]);
});
