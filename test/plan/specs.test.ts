import { DB_ROWS } from '../../src/kinds/rds-instance/settings.ts';
import { requestMembers } from '../../src/kinds/settings.ts';
import { databaseSpec } from '../../src/kinds/rds-instance/spec.ts';
import { indexInventory } from '../../src/kinds/inventory-index.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { volumeSpec } from '../../src/kinds/ebs-volume/spec.ts';
import type { EbsResource } from '../../src/kinds/ebs-volume/runbook.ts';
import type { RdsResource } from '../../src/kinds/rds-instance/runbook.ts';
import type { Isolation } from '../../src/runbook/schema.ts';
import { inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT, runbookOf, volumeWithSnapshot } from './builders.ts';

const ISOLATION: Isolation = { zone: 'us-east-1b', subnetGroup: 'drill', securityGroups: ['sg-drill'] };

function volumeOf(
  options: {
    source?: object | undefined;
    snapshot?: object;
    target?: NonNullable<EbsResource['target']>;
    mode?: RunMode;
    isolation?: Isolation;
    zones?: string[];
  } = {},
) {
  const { volume, snapshot } = volumeWithSnapshot('vol-1', 100, options.snapshot ?? {});
  const known = !('source' in options) || options.source !== undefined;
  const inventory = inventoryOf({
    ...(options.zones === undefined ? {} : { zones: options.zones }),
    volumes: known ? [{ ...volume, ...options.source }] : [],
    snapshots: [snapshot],
  });
  const [resource] = runbookOf([
    { id: 'events', type: 'ebs-volume', source: 'vol-1', ...(options.target && { target: options.target }) },
  ]).resources;
  const [copy] = inventory.snapshots;
  if (resource?.type !== 'ebs-volume' || copy === undefined) throw new Error('not a volume');
  return volumeSpec(
    { resource, mode: options.mode ?? 'restore', isolation: options.isolation },
    copy,
    inventory.volumes[0],
    indexInventory(inventory),
  );
}

describe('a volume', () => {
  test('is made like its source', () => {
    const source = { iops: 6_000, throughputMiBps: 500, sizeGiB: 120, encrypted: true, kmsKeyId: 'key-1' };
    expect(volumeOf({ source, snapshot: { fullSizeGiB: 64, encrypted: true, kmsKeyId: 'key-1' } })).toEqual({
      spec: {
        kind: 'volume',
        snapshotId: 'snap-vol-1',
        zone: 'us-east-1a',
        volumeType: 'gp3',
        sizeGiB: 120,
        fullSizeGiB: 64,
        iops: 6_000,
        throughputMiBps: 500,
        encrypted: true,
        kmsKeyId: 'key-1',
        tags: { app: 'events' },
      },
    });
  });

  test('is gp3 in the size of the snapshot when nothing is known of its source', () => {
    const made = volumeOf({ source: undefined, snapshot: { tags: { app: 'lost' } } });
    expect(made).toMatchObject({
      spec: { volumeType: 'gp3', sizeGiB: 100, fullSizeGiB: 100, tags: { app: 'lost' } },
    });
    expect(made).not.toHaveProperty('spec.iops');
  });

  test('stays encrypted when the source was and its snapshot is not', () => {
    expect(volumeOf({ source: { encrypted: true, kmsKeyId: 'key-1' } })).toMatchObject({
      spec: { encrypted: true, kmsKeyId: 'key-1' },
    });
  });

  test.each([
    ['gp2', { iops: 300, throughputMiBps: 128 }, {}],
    ['io2', { iops: 9_000, throughputMiBps: 500 }, { iops: 9_000 }],
    ['st1', { throughputMiBps: 40 }, {}],
  ])('of type %s asks only for what CreateVolume takes', (type, figures, expected) => {
    const made = volumeOf({ source: { type, ...figures } });
    if ('why' in made) throw new Error(made.why);
    const { iops, throughputMiBps } = made.spec;
    expect({ ...(iops && { iops }), ...(throughputMiBps && { throughputMiBps }) }).toEqual(expected);
  });

  test.each<[string, Parameters<typeof volumeOf>[0], string]>([
    ["the source's", {}, 'us-east-1a'],
    ['the target', { target: { zone: 'us-east-1b' } }, 'us-east-1b'],
    [
      "a drill's isolation, before the target",
      { target: { zone: 'us-east-1a' }, mode: 'drill', isolation: ISOLATION },
      'us-east-1b',
    ],
    ['not the isolation in a restore', { isolation: ISOLATION }, 'us-east-1a'],
    [
      'where fast snapshot restore is on, when the source is unknown',
      { source: undefined, snapshot: { fsr: [{ zone: 'us-east-1b', state: 'enabled' }] } },
      'us-east-1b',
    ],
    ['the first of the account, when nothing else is known', { source: undefined }, 'us-east-1a'],
  ])('is made in %s', (_, options, zone) => {
    expect(volumeOf(options)).toMatchObject({ spec: { zone } });
  });

  test.each<[string, Parameters<typeof volumeOf>[0], string]>([
    [
      'in a zone that the account does not have',
      { target: { zone: 'us-east-1z' } },
      'us-east-1z is not among',
    ],
    ['without any zone', { source: undefined, zones: [] }, 'its zone is unknown'],
  ])('cannot be made %s', (_, options, why) => {
    expect(volumeOf(options)).toEqual({ why: expect.stringContaining(why) });
  });
});

function databaseOf(
  options: {
    source?: object | undefined;
    target?: NonNullable<RdsResource['target']>;
    mode?: RunMode;
    isolation?: Isolation;
  } = {},
) {
  const known = !('source' in options) || options.source !== undefined;
  const inventory = inventoryOf({
    dbInstances: known ? [{ ...ORDERS_PROD, ...options.source }] : [],
    dbSnapshots: [ORDERS_SNAPSHOT],
  });
  const [resource] = runbookOf([
    {
      id: 'db',
      type: 'rds-instance',
      source: 'orders-prod',
      ...(options.target && { target: options.target }),
    },
  ]).resources;
  if (resource?.type !== 'rds-instance') throw new Error('not a DB instance');
  return databaseSpec(
    { resource, mode: options.mode ?? 'restore', isolation: options.isolation },
    { snapshotId: ORDERS_SNAPSHOT.id },
    inventory.dbInstances[0],
    inventory.dbSnapshots[0],
    indexInventory(inventory),
  );
}

describe('a DB instance', () => {
  test.each([
    ['of its own version', 'default.postgres16', 'default:postgres-16'],
    ['of an older version, kept over an upgrade', 'default.postgres9.3', 'default:postgres-9-3'],
    ['in capitals', 'DEFAULT.postgres16', 'Default:postgres-16'],
  ])('does not ask for the default groups %s: RDS assigns them', (_, parameterGroup, optionGroup) => {
    const made = databaseOf({ source: { parameterGroup, optionGroup } });
    expect(made).toHaveProperty('spec.class');
    expect(made).not.toHaveProperty('spec.parameterGroup');
    expect(made).not.toHaveProperty('spec.optionGroup');
  });

  test('gets back every setting that a restore loses', () => {
    const source = {
      encrypted: true,
      kmsKeyId: 'key-1',
      optionGroup: 'og',
      monitoringIntervalSeconds: 60,
      monitoringRole: 'role',
      performanceInsights: true,
      port: 5433,
    };
    expect(databaseOf({ source })).toEqual({
      spec: {
        kind: 'dbInstance',
        from: { snapshotId: 'rds:orders-prod-1' },
        engine: 'postgres',
        class: 'db.r6g.xlarge',
        storageGiB: 800,
        storageType: 'gp3',
        iops: 12_000,
        throughputMiBps: 500,
        zone: 'us-east-1a',
        multiAz: false,
        subnetGroup: 'prod',
        securityGroups: ['sg-1'],
        parameterGroup: 'orders-pg16',
        optionGroup: 'og',
        deletionProtection: true,
        backupRetentionDays: 7,
        iamAuth: true,
        logExports: ['postgresql'],
        monitoringIntervalSeconds: 60,
        monitoringRole: 'role',
        performanceInsights: true,
        port: 5433,
        encrypted: false,
        tags: { app: 'orders' },
      },
    });
  });

  test('in a drill lives in its isolation and can be deleted', () => {
    expect(databaseOf({ mode: 'drill', isolation: ISOLATION })).toMatchObject({
      spec: {
        zone: 'us-east-1b',
        subnetGroup: 'drill',
        securityGroups: ['sg-drill'],
        deletionProtection: false,
      },
    });
  });

  test('in a drill joins no directory and gets no role: it could act on production', () => {
    const source = {
      associatedRoles: [{ role: 'arn:aws:iam::111111111111:role/s3', feature: 's3Import' }],
      domain: { id: 'd-1', iamRole: 'directory' },
    };
    const drilled = databaseOf({ source, mode: 'drill', isolation: ISOLATION });
    expect(drilled).not.toHaveProperty('spec.associatedRoles');
    expect(drilled).not.toHaveProperty('spec.domain');
    expect(databaseOf({ source })).toMatchObject({ spec: source });
  });

  test.each([
    ['another subnet group', { subnetGroup: 'other' }, 'networkType'],
    ['another class', { class: 'db.m6g.large' }, 'processorFeatures'],
  ])('with %s does not ask for what may not exist there', (_, target, name) => {
    const source = { networkType: 'DUAL', processorFeatures: { coreCount: '2' } };
    expect(databaseOf({ source })).toHaveProperty(`spec.${name}`);
    expect(databaseOf({ source, target })).not.toHaveProperty(`spec.${name}`);
  });

  test('follows the target in a restore', () => {
    const target = {
      zone: 'us-east-1b',
      class: 'db.m6g.large',
      subnetGroup: 'other',
      securityGroups: ['sg-2'],
    };
    expect(databaseOf({ target, isolation: ISOLATION })).toMatchObject({
      spec: { zone: 'us-east-1b', class: 'db.m6g.large', subnetGroup: 'other', securityGroups: ['sg-2'] },
    });
  });

  test('in several zones names none', () => {
    const made = databaseOf({ source: { multiAz: true }, target: { zone: 'us-east-1b' } });
    expect(made).toMatchObject({ spec: { multiAz: true } });
    expect(made).not.toHaveProperty('spec.zone');
  });

  test('below the size that allows it asks for no IOPS', () => {
    const made = databaseOf({ source: { engine: 'oracle-ee', storageGiB: 800, iops: 12_000 } });
    expect(made).toHaveProperty('spec.iops', 12_000);
    const small = { ...ORDERS_SNAPSHOT, storageGiB: 100 };
    const inventory = inventoryOf({
      dbInstances: [{ ...ORDERS_PROD, storageGiB: 100, iops: 3_000 }],
      dbSnapshots: [small],
    });
    const [resource] = runbookOf([{ id: 'db', type: 'rds-instance', source: 'orders-prod' }]).resources;
    if (resource?.type !== 'rds-instance') throw new Error('not a DB instance');
    const tiny = databaseSpec(
      { resource, mode: 'restore', isolation: undefined },
      { snapshotId: small.id },
      inventory.dbInstances[0],
      inventory.dbSnapshots[0],
      indexInventory(inventory),
    );
    expect(tiny).not.toHaveProperty('spec.iops');
    expect(tiny).not.toHaveProperty('spec.throughputMiBps');
  });

  test('without a record of its source needs a class, and says how to give one', () => {
    expect(databaseOf({ source: undefined })).toEqual({ why: expect.stringContaining('--baseline') });
    expect(databaseOf({ source: undefined, target: { class: 'db.m6g.large' } })).toMatchObject({
      spec: {
        class: 'db.m6g.large',
        engine: 'postgres',
        storageGiB: 800,
        securityGroups: [],
      },
    });
  });

  test('without a record of its source asks for nothing that neither the backup nor the runbook tells', () => {
    const made = databaseOf({ source: undefined, target: { class: 'db.m6g.large' } });
    if (!('spec' in made)) throw new Error(made.why);
    const sent = Object.keys(requestMembers(DB_ROWS, made.spec, 'RestoreDBInstanceFromDBSnapshot'));
    for (const guessed of ['BackupRetentionPeriod', 'StorageType', 'MultiAZ', 'DeletionProtection'])
      expect(sent).not.toContain(guessed);
  });
});
