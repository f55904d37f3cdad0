import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import { ObservationFailure } from '../../src/workflow/ports.ts';
import type { Sighting } from '../../src/workflow/sightings.ts';
import { effect, VOLUME_SPEC, without } from '../aws/fixtures.ts';
import { createVolume, done, failed, LATER, NOTHING, restoreDb, SOON } from './executor-stage.ts';
import type { Open, Stage } from './executor-stage.ts';

export function describeVerification(open: Open): void {
  const plain = without(VOLUME_SPEC, 'iops', 'throughputMiBps', 'rateMiBps');
  test.each<[string, VolumeSpec]>([
    ['gp3 with a rate', VOLUME_SPEC],
    ['gp3 as it comes', plain],
    ['io2', { ...plain, volumeType: 'io2', iops: 20_000 }],
    ['gp2, where nothing else can be chosen', { ...plain, volumeType: 'gp2', iops: 9, throughputMiBps: 9 }],
    ['st1', { ...plain, volumeType: 'st1' }],
  ])('a volume is what was asked for: %s', async (_what, chosen) => {
    const stage = await open();
    const spec = { ...chosen, snapshotId: stage.snapshots[1] ?? '', zone: stage.zone };
    const create = effect('createVolume', { token: 't-1', name: 'n', resource: 'events', spec });
    const { volumeId: id } = await done(stage.ours, create);
    await stage.wait(SOON);
    const made = [{ kind: 'volume', id }] as const;
    expect(await done(stage.ours, effect('verify', { made, spec }))).toEqual({ findings: [] });
    const wrong = { ...spec, sizeGiB: 501, zone: stage.otherZone };
    const { findings } = await done(stage.ours, effect('verify', { made, spec: wrong }));
    expect(findings.map(({ subject }) => subject)).toEqual([
      `volume ${id}: size in GiB`,
      `volume ${id}: zone`,
    ]);
  });

  test('a restored database is what was asked for, once its settings were given back', async () => {
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
      const { identifier, spec } = restore;
      await done(stage.ours, effect('applyDbSettings', { identifier, spec }));
      await stage.wait(SOON);
      expect(await verify(stage, identifier, spec)).toEqual([]);
    }
  });

  test.each<[string, Partial<DbInstanceSpec>]>([
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
  ])('a database that differs is found out: %s', async (setting, changes) => {
    const stage = await open();
    const restore = restoreDb(stage, 'orders-1');
    await done(stage.ours, restore);
    await stage.wait(LATER);
    const { identifier, spec } = restore;
    await done(stage.ours, effect('applyDbSettings', { identifier, spec }));
    await stage.wait(SOON);
    const findings = await verify(stage, identifier, { ...spec, ...changes });
    expect(findings.map(({ subject }) => subject)).toEqual([`DB instance orders-1: ${setting}`]);
  });

  test('what no read shows cannot be verified: it is gone, not right', async () => {
    const { ours } = await open();
    const volume = { made: [{ kind: 'volume', id: 'vol-0123456789abcdef0' }], spec: VOLUME_SPEC } as const;
    expect(await failed(ours, effect('verify', volume))).toMatchObject({ class: 'gone' });
    const stage = await open();
    const made = [{ kind: 'dbInstance', id: 'nobody' }] as const;
    const { spec } = restoreDb(stage, 'nobody');
    expect(await failed(stage.ours, effect('verify', { made, spec }))).toMatchObject({ class: 'gone' });
  });
}

async function verify({ ours }: Stage, id: string, spec: DbInstanceSpec) {
  const made = [{ kind: 'dbInstance', id }] as const;
  return (await done(ours, effect('verify', { made, spec }))).findings;
}

const idOf = (sighting: Sighting): string =>
  sighting.kind === 'fsr' ? `${sighting.snapshotId}@${sighting.zone}` : sighting.id;

export function describeObservation(open: Open): void {
  test('nothing to watch, nothing read', async () => {
    const { ours, wire } = await open();
    expect(await ours.observe(NOTHING)).toEqual([]);
    expect(wire.takeSent()).toEqual({});
  });

  test('a whole fleet is read in pages, never one by one', async () => {
    const { ours, wire, manyVolumes, manyDbInstances } = await open();
    const seen = await ours.observe({
      ...{ volumes: manyVolumes, hydrating: manyVolumes, dbInstances: manyDbInstances, fsr: [] },
    });
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

  test('one sighting for each thing that was found, none for what was not', async () => {
    const { ours, manyVolumes, manyDbInstances, snapshots, zone, otherZone, wait } = await open();
    await done(ours, effect('enableFsr', { snapshotId: snapshots[0] ?? '', zone }));
    await wait(1);
    const [volume = '', database = ''] = [manyVolumes[7], manyDbInstances[7]];
    const fsr = [
      { snapshotId: snapshots[0] ?? '', zone },
      { snapshotId: snapshots[0] ?? '', zone: otherZone },
      { snapshotId: snapshots[1] ?? '', zone },
    ];
    const seen = await ours.observe({
      volumes: [volume, 'vol-0123456789abcdef0'],
      hydrating: [volume, 'vol-0123456789abcdef0'],
      dbInstances: [database, 'nobody'],
      fsr,
    });
    expect(seen.map(idOf)).toEqual([volume, `${snapshots[0]}@${zone}`, database]);
  });

  test('a volume is seen to be made and to fill', async () => {
    const stage = await open();
    const { volumeId: id } = await done(stage.ours, createVolume(stage, 't-1'));
    const look = async () => {
      const [seen] = await stage.ours.observe({ ...NOTHING, volumes: [id], hydrating: [id] });
      return seen?.kind === 'volume' ? seen : undefined;
    };
    await stage.wait(12);
    const partly = await look();
    expect(partly).toMatchObject({ state: 'available', fastRestored: false });
    expect(partly?.progress).toBeGreaterThan(0);
    expect(partly?.progress).toBeLessThan(100);
    await stage.wait(SOON);
    expect(await look()).toMatchObject({ progress: 100 });
  });

  test.each([
    'DescribeVolumes',
    'DescribeVolumeStatus',
    'DescribeFastSnapshotRestores',
    'DescribeDBInstances',
  ])('what was not read is unknown, not absent: %s', async (operation) => {
    const { ours, wire, manyVolumes, manyDbInstances, snapshots, zone } = await open();
    const volumes = manyVolumes.slice(0, 1);
    const watch = {
      ...{ volumes, hydrating: volumes, dbInstances: manyDbInstances.slice(0, 1) },
      fsr: [{ snapshotId: snapshots[0] ?? '', zone }],
    };
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
    expect(await ours.observe(watch)).toHaveLength(2);
  });
}
