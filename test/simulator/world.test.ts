import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CopySnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import {
  DescribeDBInstancesCommand,
  PromoteReadReplicaCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import {
  FAULT_PROFILES,
  MAKING_FAULTS_PER_SOURCE,
  openWorld,
  SimulatedClock,
} from '../../src/simulator/index.ts';
import type { World, WorldSnapshot } from '../../src/simulator/index.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const directories: string[] = [];
afterAll(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'world-'));
  directories.push(directory);
  return join(directory, 'world.sqlite');
}

const createVolume = (world: World, token: string, changes: object = {}) =>
  world.ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: 'us-east-1a',
      VolumeType: 'gp3',
      SnapshotId: 'snap-1',
      ClientToken: token,
      ...changes,
    }),
  );

/** A course of calls, most of which change something; failures are part of it. */
async function course({ world, wait }: Stage): Promise<string[]> {
  const outcomes: string[] = [];
  const note = async (call: Promise<unknown>) =>
    outcomes.push(
      await call.then(
        () => 'done',
        (error: Error) => error.name,
      ),
    );
  await note(
    world.ec2.send(
      new EnableFastSnapshotRestoresCommand({
        SourceSnapshotIds: ['snap-tib'],
        AvailabilityZones: ['us-east-1a'],
      }),
    ),
  );
  for (let number = 0; number < 20; number += 1) {
    wait(MINUTE_MS);
    await note(createVolume(world, `t${number}`, { VolumeInitializationRate: 100 + number }));
    await note(world.ec2.send(new DescribeVolumesCommand({ MaxResults: 5 })));
  }
  await note(
    world.rds.send(
      new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: 'r-1',
        DBSnapshotIdentifier: 'orders-1',
      }),
    ),
  );
  wait(HOUR_MS);
  await note(world.ec2.send(new DeleteVolumeCommand({ VolumeId: world.volumes().at(-1)?.id })));
  return outcomes;
}

test('the clock never goes back', () => {
  const clock = new SimulatedClock(100);
  clock.advanceTo(50);
  expect(clock.now()).toBe(100);
  clock.advanceTo(101);
  expect(clock.now()).toBe(101);
});

test.each(['none', 'storm'] as const)(
  'the same seed gives the same world and the same answers (%s)',
  async (faults) => {
    const runs: { outcomes: string[]; end: WorldSnapshot }[] = [];
    for (const seed of [7, 7, 8]) {
      const here = stage({ seed, faults, inventory: inventory({ quotas: { provisionedInitMiBps: 1_000 } }) });
      runs.push({ outcomes: await course(here), end: here.world.snapshotOf() });
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]?.end).not.toEqual(runs[0]?.end);
  },
);

test('a world that is reopened is the one that was left, without any ceremony', async () => {
  const path = newPath();
  const here = stage({
    path,
    faults: 'storm',
    inventory: inventory({ quotas: { provisionedInitMiBps: 900, fsrSnapshots: 5 } }),
  });
  await course(here);
  here.world.saveClock(here.clock.now());
  const clock = new SimulatedClock(0);
  const again = openWorld({ path, seed: 1, faults: 'storm', clock });
  expect(again.savedClock()).toBe(here.clock.now());
  clock.advanceTo(again.savedClock() ?? 0);
  expect(again.snapshotOf()).toEqual(here.world.snapshotOf());
  expect(again.faults()).toEqual(here.world.faults());
});

test('a world that is reopened goes on as if it had not been', async () => {
  const path = newPath();
  const here = stage({ path, faults: 'storm' });
  const undisturbed = stage({ faults: 'storm' });
  await course(here);
  await course(undisturbed);
  here.world.close();
  const reopened = openWorld({ path, seed: 1, faults: 'storm', clock: here.clock });
  const end = await course({ ...here, world: reopened });
  expect(end).toEqual(await course(undisturbed));
  expect(reopened.snapshotOf()).toEqual(undisturbed.world.snapshotOf());
});

test('what was deleted for good is gone after a reopening, and what came later stands behind the rest', async () => {
  const path = newPath();
  const here = stage({ path });
  await here.world.sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  const send = ({ sqs }: World, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: 'q', MessageBody }));
  for (const body of ['one', 'two', 'three']) await send(here.world, body);
  const { Messages = [] } = await here.world.sqs.send(new ReceiveMessageCommand({ QueueUrl: 'q' }));
  const ReceiptHandle = Messages[0]?.ReceiptHandle;
  await here.world.sqs.send(new DeleteMessageCommand({ QueueUrl: 'q', ReceiptHandle }));
  await send(here.world, 'four');
  here.world.close();
  const again = openWorld({ path, seed: 1, faults: 'none', clock: here.clock });
  await send(again, 'five');
  expect(again.messages('q').map(({ body }) => body)).toEqual(['two', 'three', 'four', 'five']);
});

test('client tokens are remembered over a reopening', async () => {
  const path = newPath();
  const here = stage({ path });
  const { VolumeId } = await createVolume(here.world, 'once');
  const again = openWorld({ path, seed: 1, faults: 'none', clock: here.clock });
  expect((await createVolume(again, 'once')).VolumeId).toBe(VolumeId);
  expect(again.volumes()).toHaveLength(2);
});

test.each([
  ['is not a database', 'this is no world', 'WORLD_DAMAGED'],
  ['is of a newer version', undefined, 'FORMAT_TOO_NEW'],
])('a file that %s is refused with what to do', (_, text, code) => {
  const path = newPath();
  if (text !== undefined) writeFileSync(path, text.repeat(100));
  else new DatabaseSync(path).exec('PRAGMA user_version = 99');
  const open = () =>
    openWorld({ path, inventory: inventory(), seed: 1, faults: 'none', clock: new SimulatedClock(0) });
  expect(open).toThrow(expect.objectContaining({ code, next: expect.any(String) }));
});

test('a world whose rows make no sense is refused with what to do', () => {
  const path = newPath();
  stage({ path }).world.close();
  new DatabaseSync(path).exec("UPDATE entity SET body = '{' WHERE kind = 'volume'");
  const open = () => openWorld({ path, seed: 1, faults: 'none', clock: new SimulatedClock(0) });
  expect(open).toThrow(expect.objectContaining({ code: 'WORLD_DAMAGED' }));
});

test('peaks are never below what was there at the beginning', () => {
  const fsr = [{ zone: 'us-east-1a', state: 'enabled' }];
  const here = stage({
    inventory: inventory({ snapshots: [snapshot('snap-1', { fsr }), snapshot('snap-2', { fsr })] }),
  });
  expect(here.world.quotaUsage().map(({ quota, peak }) => [quota, peak])).toEqual([
    ['fsrSnapshots', 2],
    ['provisionedInitMiBps', 0],
    ['volumeCopies', 0],
    ['dbInstances', 2],
    ['storageTiB.gp3', 100 / 1024],
  ]);
});

test('without an inventory and without a file there is no world', () => {
  const open = () => openWorld({ path: ':memory:', seed: 1, faults: 'none', clock: new SimulatedClock(0) });
  expect(open).toThrow(expect.objectContaining({ code: 'RUN_NOT_POSSIBLE' }));
});

test('the buckets of an operation empty and refill in virtual time', async () => {
  const here = stage();
  const describeInstances = () => here.world.rds.send(new DescribeDBInstancesCommand({ MaxRecords: 20 }));
  for (let number = 0; number < 100; number += 1) await describeInstances();
  expect((await refusal(describeInstances())).name).toBe('ThrottlingException');
  here.wait(SECOND_MS);
  for (let number = 0; number < 20; number += 1) await describeInstances();
  expect((await refusal(describeInstances())).name).toBe('ThrottlingException');
  expect(here.world.calls()).toEqual([{ operation: 'DescribeDBInstances', total: 122, throttled: 2 }]);
});

test('unfiltered describes have the smaller bucket, and leave the other alone', async () => {
  const here = stage();
  for (let number = 0; number < 50; number += 1) await here.world.ec2.send(new DescribeVolumesCommand({}));
  const error = await refusal(here.world.ec2.send(new DescribeVolumesCommand({})));
  expect(error).toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } });
  expect((await here.world.ec2.send(new DescribeVolumesCommand({ MaxResults: 5 }))).Volumes).toHaveLength(1);
});

test('a command that is not simulated is refused by name', async () => {
  const { world } = stage();
  const error = await refusal(
    world.ec2.send(new CopySnapshotCommand({ SourceSnapshotId: 'snap-1', SourceRegion: 'us-west-2' })),
  );
  expect(error.name).toBe('InvalidAction');
  expect(error.message).toContain('CopySnapshotCommand');
});

test('snapshots, instances and zones come from the inventory', async () => {
  const { world } = stage();
  const { Snapshots = [] } = await world.ec2.send(
    new DescribeSnapshotsCommand({ OwnerIds: ['self'], SnapshotIds: ['snap-1', 'snap-archived'] }),
  );
  expect(Snapshots).toMatchObject([
    {
      SnapshotId: 'snap-1',
      State: 'completed',
      VolumeSize: 100,
      FullSnapshotSizeInBytes: 60 * 1024 ** 3,
      StorageTier: 'standard',
    },
    { SnapshotId: 'snap-archived', StorageTier: 'archive' },
  ]);
  const unknown = world.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: ['snap-elsewhere'] }));
  expect((await refusal(unknown)).name).toBe('InvalidSnapshot.NotFound');
  const { Reservations = [] } = await world.ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-1'] }));
  expect(Reservations[0]?.Instances?.[0]).toMatchObject({
    InstanceId: 'i-1',
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf' }],
  });
  const { AvailabilityZones = [] } = await world.ec2.send(new DescribeAvailabilityZonesCommand({}));
  expect(AvailabilityZones.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId])).toEqual([
    ['us-east-1a', 'use1-az1'],
    ['us-east-1b', 'use1-az2'],
  ]);
});

/** Asks until the answer comes, as a client that retries does. */
async function insist<T>(here: Stage, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 60) throw error;
      here.wait(10 * SECOND_MS);
    }
  }
}

test('under storm every fault strikes, and who insists gets through', async () => {
  const snapshots = Array.from({ length: 60 }, (_, n) =>
    snapshot(`snap-${n}`, { sizeGiB: 10, fullSizeGiB: 10 }),
  );
  const dbInstances = Array.from({ length: 60 }, (_, n) => ({
    ...{ id: `copy-${n}`, replicaOf: 'elsewhere', engine: 'mysql', engineVersion: '8.0.39' },
    ...{ class: 'db.t4g.medium', storageGiB: 20 },
  }));
  const here = stage({ faults: 'storm', inventory: inventory({ snapshots, dbInstances }) });
  for (let number = 0; number < 240; number += 1) {
    const SnapshotId = `snap-${number % 60}`;
    await insist(here, () =>
      createVolume(here.world, `t${number}`, { SnapshotId, VolumeInitializationRate: 100 }),
    );
    if (number < 60) {
      const input = { SourceSnapshotIds: [SnapshotId], AvailabilityZones: ['us-east-1a'] };
      await insist(here, () => here.world.ec2.send(new EnableFastSnapshotRestoresCommand(input)));
      // Not idempotent: it is asked for once.
      const promote = new PromoteReadReplicaCommand({ DBInstanceIdentifier: `copy-${number}` });
      await here.world.rds.send(promote).catch(() => undefined);
    }
  }
  here.wait(2 * HOUR_MS);
  const simulated = Object.entries(FAULT_PROFILES.storm).flatMap(([fault, rate]) =>
    rate === 0 || fault === 'processCrash' ? [] : [fault],
  );
  expect(
    here.world
      .faults()
      .map(({ fault }) => fault)
      .sort(),
  ).toEqual(simulated.sort());
  const made = here.world.volumes().filter(({ fromInventory }) => !fromInventory);
  // An answer that was lost, asked for again under its token, has made nothing twice.
  expect(made).toHaveLength(240);
  const unlucky = new Map<string, number>();
  for (const { snapshotId = '', state, hydration } of made) {
    if (state !== 'available' || hydration < 100) unlucky.set(snapshotId, (unlucky.get(snapshotId) ?? 0) + 1);
  }
  expect(unlucky.size).toBeGreaterThan(10);
  expect(Math.max(...unlucky.values())).toBeLessThanOrEqual(MAKING_FAULTS_PER_SOURCE);
});

test('one source meets three faults of making and no more', async () => {
  const here = stage({ faults: 'storm', inventory: inventory({ snapshots: [snapshot('snap-1')] }) });
  for (let number = 0; number < 200; number += 1)
    await insist(here, () => createVolume(here.world, `t${number}`, { VolumeInitializationRate: 300 }));
  here.wait(HOUR_MS);
  const spoilt = here.world
    .volumes()
    .filter(
      ({ fromInventory, state, hydration }) => !fromInventory && (state !== 'available' || hydration < 100),
    );
  expect(spoilt).toHaveLength(MAKING_FAULTS_PER_SOURCE);
});

test('DB instances fail, hang, vanish and stall under storm, three of a source', async () => {
  const dbSnapshots = Array.from({ length: 40 }, (_, number) => dbSnapshot(`s-${number}`));
  const here = stage({ faults: 'storm', inventory: inventory({ dbSnapshots }) });
  for (let number = 0; number < 200; number += 1) {
    const DBSnapshotIdentifier = `s-${number % 40}`;
    const input = { DBInstanceIdentifier: `r-${number}`, DBSnapshotIdentifier };
    await insist(here, async () => {
      const error = await here.world.rds.send(new RestoreDBInstanceFromDBSnapshotCommand(input)).then(
        () => undefined,
        (failure: Error) => failure,
      );
      // The answer to an earlier attempt was lost: the instance is there.
      if (error !== undefined && error.name !== 'DBInstanceAlreadyExistsFault') throw error;
    });
  }
  here.wait(12 * HOUR_MS);
  const made = here.world.dbInstances().filter(({ fromInventory }) => !fromInventory);
  expect(made).toHaveLength(200);
  const statuses = new Set(made.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([
    'available',
    'creating',
    'deleted',
    'failed',
    'incompatible-restore',
  ]);
  expect(made.some(({ status, hydration }) => status === 'available' && hydration < 100)).toBe(true);
  const unlucky = new Map<string, number>();
  for (const { origin, status, hydration } of made) {
    if (status !== 'available' || hydration < 100)
      unlucky.set(origin?.id ?? '', (unlucky.get(origin?.id ?? '') ?? 0) + 1);
  }
  expect(Math.max(...unlucky.values())).toBeLessThanOrEqual(MAKING_FAULTS_PER_SOURCE);
});

test('without faults nothing goes wrong', async () => {
  const here = stage();
  await course(here);
  expect(here.world.faults()).toEqual([]);
});

test('six hours of watching a thousand volumes is a matter of calls, not of time', async () => {
  const here = stage({ inventory: inventory({ snapshots: [snapshot('snap-1')] }) });
  const ids: string[] = [];
  for (let number = 0; number < 1_000; number += 1) {
    here.wait(200);
    ids.push((await createVolume(here.world, `t${number}`)).VolumeId ?? '');
  }
  for (let tick = 0; tick < 72; tick += 1) {
    here.wait(5 * MINUTE_MS);
    const seen = await Promise.all(
      [ids.slice(0, 500), ids.slice(500)].map((VolumeIds) =>
        here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds })),
      ),
    );
    expect(seen.flatMap(({ Volumes = [] }) => Volumes)).toHaveLength(1_000);
  }
  expect(here.clock.now() - BEGIN).toBeGreaterThan(6 * HOUR_MS);
  expect(here.world.calls()).toEqual([
    { operation: 'CreateVolume', total: 1_000, throttled: 0 },
    { operation: 'DescribeVolumes', total: 144, throttled: 0 },
  ]);
});
