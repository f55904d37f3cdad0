import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import { isThing, type Sighting } from '../../src/workflow/base/sightings.ts';
import {
  configuring,
  disabling,
  enabling,
  existing,
  fsrOf,
  inspecting,
  made,
  watching,
} from '../aws/effects.ts';
import { VOLUME_SPEC, without } from '../aws/fixtures.ts';
import { createVolume, done, doneId, failed, LATER, restoreDb, SOON, testOf } from './executor-stage.ts';
import type { Lacks, Open, Stage } from './executor-stage.ts';

export function describeVerification(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  test('a volume is what was asked for', async () => {
    const stage = await open();
    await expectVolumeAsAsked(stage, stage.volumeSpec);
  });

  const plain = without(VOLUME_SPEC, 'iops', 'throughputMiBps', 'rateMiBps');
  for (const [what, chosen] of [
    ['gp3 as it comes', plain],
    ['io2', { ...plain, volumeType: 'io2', iops: 20_000 }],
    ['gp2, where nothing else can be chosen', { ...plain, volumeType: 'gp2', iops: 9, throughputMiBps: 9 }],
    ['st1', { ...plain, volumeType: 'st1' }],
  ] as const) {
    testIf('volume types', `a volume is what was asked for: ${what}`, async () =>
      expectVolumeAsAsked(await open(), chosen),
    );
  }

  testIf(
    'point-in-time restore',
    'a restored database is what was asked for, once its settings were given back',
    async () => {
      const stage = await open();
      const { dbInstance: sourceId, restoreTime } = stage;
      const fromSnapshot = restoreDb(stage, 'orders-1');
      const toPointInTime = restoreDb(stage, 'orders-2', {
        ...{ from: { sourceId, restoreTime }, multiAz: false, publiclyAccessible: true },
        ...{ deletionProtection: false, logExports: [], iamAuth: false, backupRetentionDays: 1 },
      });
      for (const restore of [fromSnapshot, toPointInTime]) {
        await done(stage.ours, restore);
        await stage.wait(LATER);
        const { identity, spec } = restore;
        await done(stage.ours, configuring(identity, spec));
        await stage.wait(SOON);
        expect(await verify(stage, identity, spec)).toEqual([]);
      }
    },
  );

  const differences: readonly [string, Partial<DbInstanceSpec>][] = [
    ['class', { class: 'db.r6g.large' }],
    ['Multi-AZ', { multiAz: false }],
    ['subnet group', { subnetGroup: 'other' }],
    ['security groups', { securityGroups: ['sg-9'] }],
    ['public access', { publiclyAccessible: true }],
    ['port', { port: 5432 }],
    ['storage type', { storageType: 'io1' }],
    ['iops', { iops: 13_000 }],
    ['throughput in MiB/s', { throughputMiBps: 600 }],
    ['key', { kmsKeyId: 'key-2' }],
    ['deletion protection', { deletionProtection: false }],
    ['backup retention in days', { backupRetentionDays: 3 }],
    ['IAM authentication', { iamAuth: false }],
    ['log exports', { logExports: ['postgresql'] }],
    ['monitoring interval in seconds', { monitoringIntervalSeconds: 15 }],
    ['performance insights', { performanceInsights: false }],
    ['parameter group', { parameterGroup: 'other' }],
    ['option group', { optionGroup: 'other' }],
  ];
  for (const [setting, changes] of differences) {
    testIf('lost settings', `a database that differs is found out: ${setting}`, async () => {
      const stage = await open();
      const restore = restoreDb(stage, 'orders-1');
      await done(stage.ours, restore);
      await stage.wait(LATER);
      const { identity, spec } = restore;
      await done(stage.ours, configuring(identity, spec));
      await stage.wait(SOON);
      const findings = await verify(stage, identity, { ...spec, ...changes });
      expect(findings.map(({ subject }) => subject)).toEqual([`DB instance ${identity}: ${setting}`]);
    });
  }

  test('a resource that no read shows cannot be verified: it counts as gone', async () => {
    const { ours } = await open();
    const volume = inspecting([made('volume', 'vol-0123456789abcdef0')], VOLUME_SPEC);
    expect(await failed(ours, volume)).toMatchObject({ class: 'gone' });
    const stage = await open();
    const { spec } = restoreDb(stage, 'nobody');
    const database = inspecting([made('dbInstance', 'nobody')], spec);
    expect(await failed(stage.ours, database)).toMatchObject({ class: 'gone' });
  });
}

async function expectVolumeAsAsked(stage: Stage, chosen: VolumeSpec): Promise<void> {
  const one = createVolume(stage, 't-1', {
    ...chosen,
    snapshotId: stage.snapshots[1] ?? '',
    zone: stage.zone,
  });
  const id = await doneId(stage.ours, one);
  await stage.wait(SOON);
  const things = [made('volume', id)];
  expect(await done(stage.ours, inspecting(things, one.spec))).toEqual({ findings: [] });
  const wrong = { ...one.spec, sizeGiB: one.spec.sizeGiB + 1, zone: stage.otherZone };
  const { findings } = await done(stage.ours, inspecting(things, wrong));
  expect(findings.map(({ subject }) => subject)).toEqual([`volume ${id}: size in GiB`, `volume ${id}: zone`]);
}

async function verify({ ours }: Stage, id: string, spec: DbInstanceSpec) {
  return (await done(ours, inspecting([made('dbInstance', id)], spec))).findings;
}

const observedTypes = (lacks: Lacks): readonly Sighting['type'][] => [
  ...['volume', 'snapshot', 'dbInstance', 'dbSnapshot'],
  ...(lacks.parameters === undefined ? ['claim'] : []),
];

/** Where fast snapshot restore was on once there may be an entry that says that it is off. */
const isOn = (sighting: Sighting): boolean =>
  sighting.type !== 'fsr' || !isThing(sighting) || !/^disabl/.test(sighting.status);

const idOf = (sighting: Sighting): string => (isThing(sighting) ? sighting.id : 'claim');

export function describeObservation(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  test('without watched things no request is sent', async () => {
    const { ours, wire } = await open();
    expect(await ours.observe(watching([]))).toEqual([]);
    expect(wire.takeSent()).toEqual({});
  });

  testIf('a large fleet', 'a whole fleet is read in pages, never one by one', async () => {
    const { ours, wire, manyVolumes, manyDbInstances } = await open();
    const volumes = manyVolumes.map((id) => existing('volume', id));
    const databases = manyDbInstances.map((id) => existing('dbInstance', id));
    const seen = await ours.observe(watching([...volumes, ...databases], volumes));
    expect(seen.map(idOf).toSorted()).toEqual([...manyVolumes, ...manyDbInstances].toSorted());
    const sent = wire.takeSent();
    expect(Object.keys(sent).toSorted()).toEqual([
      'DescribeDBInstances',
      'DescribeVolumeStatus',
      'DescribeVolumes',
    ]);
    // 450 volumes by 200 values of a filter, 120 DB instances by the hundred.
    expect(sent['DescribeVolumes']).toBeLessThanOrEqual(3);
    expect(sent['DescribeVolumeStatus']).toBeLessThanOrEqual(3);
    expect(sent['DescribeDBInstances']).toBeLessThanOrEqual(2);
  });

  testIf(
    'fast snapshot restore',
    'one sighting for each thing that was found, none for what was not',
    async () => {
      const { ours, manyVolumes, manyDbInstances, snapshots, zone, otherZone, wait } = await open();
      await done(ours, enabling({ snapshotId: snapshots[0] ?? '', zone }));
      await wait(1);
      const [volume = '', database = ''] = [manyVolumes.at(-1), manyDbInstances.at(-1)];
      const fsr = [
        { snapshotId: snapshots[0] ?? '', zone },
        { snapshotId: snapshots[0] ?? '', zone: otherZone },
        { snapshotId: snapshots[1] ?? '', zone },
      ];
      const volumes = [existing('volume', volume), existing('volume', 'vol-0123456789abcdef0')];
      const databases = [existing('dbInstance', database), existing('dbInstance', 'nobody')];
      const seen = await ours.observe(watching([...volumes, ...databases, ...fsr.map(fsrOf)], volumes));
      expect(seen.filter(isOn).map(idOf)).toEqual([volume, `${snapshots[0]}@${zone}`, database]);
      await done(ours, disabling({ snapshotId: snapshots[0] ?? '', zone }));
    },
  );

  testIf('gradual progress', 'a volume is seen to be made and to fill', async () => {
    const stage = await open();
    const id = await doneId(stage.ours, createVolume(stage, 't-1'));
    const look = async () => {
      const [seen] = await stage.ours.observe(watching([made('volume', id)], [made('volume', id)]));
      return seen !== undefined && isThing(seen) ? seen : undefined;
    };
    await stage.wait(12);
    const partly = await look();
    expect(partly).toMatchObject({ status: 'available', data: { fastRestored: false } });
    expect(partly?.progress).toBeGreaterThan(0);
    expect(partly?.progress).toBeLessThan(100);
    await stage.wait(SOON);
    expect(await look()).toMatchObject({ progress: 100 });
  });

  test.each([
    'DescribeVolumes',
    'DescribeVolumeStatus',
    'DescribeFastSnapshotRestores',
    'DescribeSnapshots',
    'DescribeDBInstances',
    'DescribeDBSnapshots',
    'GetParameter',
  ])('what was not read is unknown, not absent: %s', async (operation) => {
    const { ours, wire, manyVolumes, manyDbInstances, snapshots, zone, dbSnapshot, runbook } = await open();
    const [volume, database] = [existing('volume', manyVolumes[0] ?? ''), manyDbInstances[0] ?? ''];
    const snapshotId = snapshots[0] ?? '';
    const points = [existing('snapshot', snapshotId), existing('dbSnapshot', dbSnapshot)];
    const things = [volume, existing('dbInstance', database), ...points, fsrOf({ snapshotId, zone })];
    const watch = { ...watching(things, [volume]), claim: { runbook, sources: [] } };
    for (const [interference, expected] of [
      ['throttle', 'throttled'],
      ['break', 'transient'],
      ['lose the answer', 'transient'],
    ] as const) {
      wire.interfere(operation, interference);
      const failure = await ours.observe(watch).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ObservationFailure);
      expect(failure).toMatchObject({ failure: { class: expected } });
    }
    wire.interfere(operation, undefined);
    const seen = await ours.observe(watch);
    expect(new Set(seen.filter(isOn).map(({ type }) => type))).toEqual(new Set(observedTypes(lacks)));
  });
}
