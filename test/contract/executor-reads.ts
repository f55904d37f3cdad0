import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import type { Sighting } from '../../src/workflow/base/sightings.ts';
import { effect, VOLUME_SPEC, without } from '../aws/fixtures.ts';
import { createVolume, done, failed, LATER, NOTHING, restoreDb, SOON, testOf } from './executor-stage.ts';
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
        const { identifier, spec } = restore;
        await done(stage.ours, effect('applyDbSettings', { identifier, spec }));
        await stage.wait(SOON);
        expect(await verify(stage, identifier, spec)).toEqual([]);
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
      const { identifier, spec } = restore;
      await done(stage.ours, effect('applyDbSettings', { identifier, spec }));
      await stage.wait(SOON);
      const findings = await verify(stage, identifier, { ...spec, ...changes });
      expect(findings.map(({ subject }) => subject)).toEqual([`DB instance ${identifier}: ${setting}`]);
    });
  }

  test('a resource that no read shows cannot be verified: it counts as gone', async () => {
    const { ours } = await open();
    const volume = { made: [{ kind: 'volume', id: 'vol-0123456789abcdef0' }], spec: VOLUME_SPEC } as const;
    expect(await failed(ours, effect('verify', volume))).toMatchObject({ class: 'gone' });
    const stage = await open();
    const made = [{ kind: 'dbInstance', id: 'nobody' }] as const;
    const { spec } = restoreDb(stage, 'nobody');
    expect(await failed(stage.ours, effect('verify', { made, spec }))).toMatchObject({ class: 'gone' });
  });
}

async function expectVolumeAsAsked(stage: Stage, chosen: VolumeSpec): Promise<void> {
  const one = createVolume(stage, 't-1', {
    ...chosen,
    snapshotId: stage.snapshots[1] ?? '',
    zone: stage.zone,
  });
  const { volumeId: id } = await done(stage.ours, one);
  await stage.wait(SOON);
  const made = [{ kind: 'volume', id }] as const;
  expect(await done(stage.ours, effect('verify', { made, spec: one.spec }))).toEqual({ findings: [] });
  const wrong = { ...one.spec, sizeGiB: one.spec.sizeGiB + 1, zone: stage.otherZone };
  const { findings } = await done(stage.ours, effect('verify', { made, spec: wrong }));
  expect(findings.map(({ subject }) => subject)).toEqual([`volume ${id}: size in GiB`, `volume ${id}: zone`]);
}

async function verify({ ours }: Stage, id: string, spec: DbInstanceSpec) {
  const made = [{ kind: 'dbInstance', id }] as const;
  return (await done(ours, effect('verify', { made, spec }))).findings;
}

const observedKinds = (lacks: Lacks): readonly Sighting['kind'][] => [
  ...(['volume', 'dbInstance', 'recoveryPoint'] as const),
  ...(lacks.parameters === undefined ? (['claim'] as const) : []),
];

/** Where it was on once there may be an entry that says that it is off. */
const isOn = (sighting: Sighting): boolean => sighting.kind !== 'fsr' || !/^disabl/.test(sighting.state);

const idOf = (sighting: Sighting): string => {
  if (sighting.kind === 'fsr') return `${sighting.snapshotId}@${sighting.zone}`;
  return sighting.kind === 'claim' ? 'claim' : sighting.id;
};

export function describeObservation(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  test('without watched things no request is sent', async () => {
    const { ours, wire } = await open();
    expect(await ours.observe(NOTHING)).toEqual([]);
    expect(wire.takeSent()).toEqual({});
  });

  testIf('a large fleet', 'a whole fleet is read in pages, never one by one', async () => {
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

  testIf(
    'fast snapshot restore',
    'one sighting for each thing that was found, none for what was not',
    async () => {
      const { ours, manyVolumes, manyDbInstances, snapshots, zone, otherZone, wait } = await open();
      await done(ours, effect('enableFsr', { snapshotId: snapshots[0] ?? '', zone }));
      await wait(1);
      const [volume = '', database = ''] = [manyVolumes.at(-1), manyDbInstances.at(-1)];
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
      expect(seen.filter(isOn).map(idOf)).toEqual([volume, `${snapshots[0]}@${zone}`, database]);
      await done(ours, effect('disableFsr', { snapshotId: snapshots[0] ?? '', zone }));
    },
  );

  testIf('gradual progress', 'a volume is seen to be made and to fill', async () => {
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
    'DescribeSnapshots',
    'DescribeDBInstances',
    'DescribeDBSnapshots',
    'GetParameter',
  ])('what was not read is unknown, not absent: %s', async (operation) => {
    const { ours, wire, manyVolumes, manyDbInstances, snapshots, zone, dbSnapshot, runbook } = await open();
    const volumes = manyVolumes.slice(0, 1);
    const watch = {
      ...{ volumes, hydrating: volumes, dbInstances: manyDbInstances.slice(0, 1) },
      ...{ snapshots: snapshots.slice(0, 1), dbSnapshots: [dbSnapshot], claim: { runbook, sources: [] } },
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
    const seen = await ours.observe(watch);
    expect(new Set(seen.filter(isOn).map(({ kind }) => kind))).toEqual(new Set(observedKinds(lacks)));
  });
}
