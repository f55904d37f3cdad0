import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CreateSnapshotCommand, CreateVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { openWorld } from '../../src/simulator/index.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, inventory, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

// A process that dies and is started again asks some things once more. What it meets from then on is what it would have met anyway.

const directory = mkdtempSync(join(tmpdir(), 'restarts-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SNAPSHOTS = Array.from({ length: 30 }, (_, number) => snapshot(`snap-${number}`, { fullSizeGiB: 1 }));
const storm = (options: Parameters<typeof stage>[0] = {}): Stage =>
  stage({ faults: 'storm', inventory: inventory({ snapshots: SNAPSHOTS }), ...options });

const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: Error) => error.name,
  );
const look = ({ world }: Stage, MaxResults = 100) =>
  outcome(world.ec2.send(new DescribeVolumesCommand({ MaxResults })));
const make = ({ world }: Stage, number: number) =>
  outcome(
    world.ec2.send(
      new CreateVolumeCommand({
        ...{ AvailabilityZone: 'us-east-1a', VolumeType: 'gp3', ClientToken: `t${number}` },
        ...{ SnapshotId: `snap-${number % 30}`, VolumeInitializationRate: 100 },
      }),
    ),
  );

/** What a client meets that looks and makes, each minute; `disturb` may do more in between. */
async function course(here: Stage, disturb: (minute: number) => Promise<unknown> = async () => undefined) {
  const met: string[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    here.wait(MINUTE_MS);
    met.push(await look(here), await make(here, minute));
    await disturb(minute);
  }
  return { met, volumes: here.world.volumes() };
}

test('reads that are made once more shift nothing', async () => {
  const [here, undisturbed] = [storm(), storm()];
  const disturbed = await course(here, async (minute) => {
    if (minute % 3 === 0) await look(here);
    if (minute % 5 === 0) await look(here, 50);
  });
  expect(disturbed).toEqual(await course(undisturbed));
  expect(new Set(disturbed.met).size).toBeGreaterThan(3);
});

test('a new process that asks again at the same instant meets what the old one met', async () => {
  const here = storm();
  const met = new Set<string>();
  for (let minute = 0; minute < 60; minute += 1) {
    here.wait(MINUTE_MS);
    const [looked, made] = [await look(here), await make(here, minute)];
    here.world.reconnect();
    expect([await look(here), await make(here, minute)]).toEqual([looked, made]);
    met.add(looked).add(made);
  }
  expect(met.size).toBeGreaterThan(3);
  expect(here.world.volumes()).toEqual((await course(storm())).volumes);
});

test('a volume asked for again later, after it was made, is given again without a fault', async () => {
  const here = storm();
  const { met } = await course(here);
  const made = Array.from({ length: 60 }, (_, minute) => minute).filter(
    (minute) => met[2 * minute + 1] === 'done',
  );
  expect(made.length).toBeGreaterThan(20);
  for (const minute of made) {
    here.wait(SECOND_MS);
    expect(await make(here, minute)).toBe('done');
  }
});

test('who asks again at once, on a clock that stands still, gets through', async () => {
  const here = storm();
  for (let minute = 0; minute < 100; minute += 1) {
    here.wait(MINUTE_MS);
    let asked = 1;
    while ((await look(here)) !== 'done') asked += 1;
    expect(asked).toBeLessThan(10);
  }
});

test('all of a world is found again: snapshots, parameters, clusters', async () => {
  const path = join(directory, 'world.sqlite');
  const cluster = { id: 'aurora', engine: 'aurora-postgresql', engineVersion: '16.4' };
  const here = stage({ path, inventory: inventory({ dbClusters: [cluster] }) });
  await here.world.ec2.send(new CreateSnapshotCommand({ VolumeId: 'vol-1' }));
  await here.world.ssm.send(new PutParameterCommand({ Name: '/a', Value: '1', Type: 'String' }));
  here.wait(MINUTE_MS);
  const before = here.world.snapshotOf();
  here.world.close();
  const again = openWorld({ path, seed: 1, faults: 'none', clock: here.clock });
  expect(again.snapshotOf()).toEqual(before);
  expect((await again.rds.send(new DescribeDBClustersCommand({}))).DBClusters).toHaveLength(1);
  here.wait(HOUR_MS);
  expect(again.snapshots().at(-1)).toMatchObject({ state: 'completed', fromInventory: false });
});

test('a world of an earlier version is loaded: what it did not keep is not there', async () => {
  const path = join(directory, 'old.sqlite');
  const here = stage({ path });
  here.world.close();
  const database = new DatabaseSync(path);
  database.exec("DELETE FROM entity WHERE kind IN ('dbCluster', 'dbClusterSnapshot', 'parameter')");
  for (const field of [
    'untold',
    'replicaLagSeconds',
    'fullSizeUntold',
    'creditsUntold',
    'attachedUntold',
    'course',
  ])
    database.exec(`UPDATE entity SET body = json_remove(body, '$.value.${field}')`);
  // It had one attachment a volume.
  const attachment = `json_object('instanceId', 'i-1', 'device', '/dev/sdf', 'at', ${BEGIN - MINUTE_MS})`;
  const withOne = `json_set(json_remove(body, '$.value.attachments'), '$.value.attachment', ${attachment})`;
  database.exec(`UPDATE entity SET body = ${withOne} WHERE kind = 'volume'`);
  database.close();
  const again = openWorld({ path, seed: 1, faults: 'none', clock: here.clock });
  expect(again.volumes()).toMatchObject([
    { state: 'in-use', attachments: [{ instanceId: 'i-1', device: '/dev/sdf', state: 'attached' }] },
  ]);
  expect(again.snapshots()).toHaveLength(7);
  expect(again.snapshots().every(({ fromInventory }) => fromInventory)).toBe(true);
  expect(again.parameters()).toEqual([]);
  const { DBInstances } = await again.rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'scratch' }),
  );
  expect(DBInstances?.[0]?.PubliclyAccessible).toBe(false);
  await again.ssm.send(new PutParameterCommand({ Name: '/a', Value: '1', Type: 'String' }));
  expect(again.parameters()).toEqual([{ name: '/a', value: '1' }]);
});
