import {
  CreateVolumeCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeVolumesCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const ZONE = 'us-east-1a';

const enable = ({ world }: Stage, ...ids: string[]) =>
  world.ec2.send(
    new EnableFastSnapshotRestoresCommand({ SourceSnapshotIds: ids, AvailabilityZones: [ZONE] }),
  );
const disable = ({ world }: Stage, ...ids: string[]) =>
  world.ec2.send(
    new DisableFastSnapshotRestoresCommand({ SourceSnapshotIds: ids, AvailabilityZones: [ZONE] }),
  );
const stateOf = ({ world }: Stage, id: string) =>
  world.fsr().find(({ snapshotId }) => snapshotId === id)?.state;

async function fastRestored(here: Stage, token: string, changes: object = {}): Promise<boolean | undefined> {
  const made = await here.world.ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: ZONE,
      VolumeType: 'gp3',
      SnapshotId: 'snap-tib',
      ClientToken: token,
      ...changes,
    }),
  );
  expect(made.FastRestored).toBeUndefined();
  return here.world.volumes().find(({ id }) => id === made.VolumeId)?.fastRestored;
}

test('eleven snapshots in one call are refused with the words of AWS', async () => {
  const here = stage();
  const error = await refusal(enable(here, ...Array.from({ length: 11 }, (_, n) => `snap-${n}`)));
  expect(error.name).toBe('InvalidRequest');
  expect(error.message).toBe(
    'Number of values of parameter SourceSnapshotIds must be less than or equal to 10.',
  );
});

test('enabling, optimizing for about an hour per TiB, enabled, disabling, disabled', async () => {
  const here = stage();
  const answer = await enable(here, 'snap-tib');
  expect(answer.Successful?.[0]).toMatchObject({
    SnapshotId: 'snap-tib',
    AvailabilityZone: ZONE,
    State: 'enabling',
  });
  here.wait(MINUTE_MS);
  expect(stateOf(here, 'snap-tib')).toBe('optimizing');
  here.wait(44 * MINUTE_MS);
  expect(stateOf(here, 'snap-tib')).toBe('optimizing');
  here.wait(35 * MINUTE_MS);
  expect(stateOf(here, 'snap-tib')).toBe('enabled');
  await disable(here, 'snap-tib');
  expect(stateOf(here, 'snap-tib')).toBe('disabling');
  here.wait(2 * MINUTE_MS);
  expect(stateOf(here, 'snap-tib')).toBe('disabled');
  const described = await here.world.ec2.send(new DescribeFastSnapshotRestoresCommand({}));
  expect(described.FastSnapshotRestores?.[0]).toMatchObject({
    State: 'disabled',
    EnabledTime: expect.any(Date),
  });
});

test('what is refused does not stop the rest', async () => {
  const here = stage();
  const answer = await enable(here, 'snap-1', 'snap-archived', 'snap-huge', 'snap-none', 'snap-pending');
  expect(answer.Successful?.map(({ SnapshotId }) => SnapshotId)).toEqual(['snap-1']);
  expect(
    answer.Unsuccessful?.map((item) => [
      item.SnapshotId,
      item.FastSnapshotRestoreStateErrors?.[0]?.Error?.Code,
    ]),
  ).toEqual([
    ['snap-archived', 'IncorrectState'],
    ['snap-huge', 'InvalidParameterValue'],
    ['snap-none', 'InvalidSnapshot.NotFound'],
    ['snap-pending', 'IncorrectState'],
  ]);
});

test('the quota counts snapshots, not zones, and what was on before', async () => {
  const on = { zone: 'us-east-1b', state: 'enabled' };
  const snapshots = [snapshot('snap-on', { fsr: [on] }), snapshot('snap-2'), snapshot('snap-3')];
  const here = stage({ inventory: inventory({ snapshots, quotas: { fsrSnapshots: 2 } }) });
  expect((await enable(here, 'snap-on', 'snap-2')).Successful).toHaveLength(2);
  const third = await enable(here, 'snap-3');
  expect(third.Unsuccessful?.[0]?.FastSnapshotRestoreStateErrors?.[0]?.Error?.Code).toBe(
    'ResourceLimitExceeded',
  );
  await disable(here, 'snap-2');
  expect((await enable(here, 'snap-3')).Successful).toHaveLength(0);
  here.wait(2 * MINUTE_MS);
  expect((await enable(here, 'snap-3')).Successful).toHaveLength(1);
  expect(here.world.quotaUsage()[0]).toEqual({
    quota: 'fsrSnapshots',
    limit: 2,
    used: 2,
    peak: 2,
    refused: 2,
  });
});

test('credits begin at 0 and fill by one an hour for 1 TiB; without one a volume is silently not fast', async () => {
  const here = stage();
  await enable(here, 'snap-tib');
  while (stateOf(here, 'snap-tib') !== 'enabled') here.wait(MINUTE_MS);
  expect(stateOf(here, 'snap-tib')).toBe('enabled');
  expect(await fastRestored(here, 'a')).toBe(false);
  here.wait(HOUR_MS);
  expect(await fastRestored(here, 'with-a-rate', { VolumeInitializationRate: 300 })).toBe(false);
  expect(await fastRestored(here, 'b')).toBe(true);
  expect(await fastRestored(here, 'c')).toBe(false);
  expect(await fastRestored(here, 'elsewhere', { AvailabilityZone: 'us-east-1b' })).toBe(false);
  here.wait(10 * HOUR_MS);
  expect(here.world.fsr()[0]?.credits).toBe(1);
});

test('a fast volume is hydrated at once, and only DescribeVolumes says that it is fast', async () => {
  const on = { zone: ZONE, state: 'enabled', credits: 1 };
  const here = stage({
    inventory: inventory({ snapshots: [snapshot('snap-tib', { sizeGiB: 1024, fsr: [on] })] }),
  });
  expect(await fastRestored(here, 'a')).toBe(true);
  expect(here.world.volumes().at(-1)?.hydration).toBe(100);
  here.wait(10 * SECOND_MS);
  const found = await here.world.ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'fast-restored', Values: ['true'] }] }),
  );
  expect(found.Volumes).toHaveLength(1);
});

test('small snapshots hold up to ten credits', async () => {
  const on = { zone: ZONE, state: 'enabled', credits: 0 };
  const here = stage({
    inventory: inventory({ snapshots: [snapshot('snap-s', { sizeGiB: 50, fsr: [on] })] }),
  });
  here.wait(HOUR_MS / 2);
  expect(here.world.fsr()[0]?.credits).toBeCloseTo(5);
  here.wait(3 * HOUR_MS);
  expect(here.world.fsr()[0]?.credits).toBe(10);
});

test('asking twice changes nothing, and re-enabling waits until it is disabled', async () => {
  const here = stage();
  await enable(here, 'snap-1');
  const before = here.world.fsr();
  expect((await enable(here, 'snap-1')).Successful).toHaveLength(1);
  expect(here.world.fsr()).toEqual(before);
  await disable(here, 'snap-1');
  expect((await disable(here, 'snap-1')).Successful?.[0]?.State).toBe('disabling');
  expect(
    (await enable(here, 'snap-1')).Unsuccessful?.[0]?.FastSnapshotRestoreStateErrors?.[0]?.Error?.Code,
  ).toBe('IncorrectState');
  expect((await disable(here, 'snap-tib')).Unsuccessful).toHaveLength(1);
});

test('DescribeFastSnapshotRestores pages up to 200', async () => {
  const here = stage();
  await enable(here, 'snap-1', 'snap-tib');
  here.wait(10 * SECOND_MS);
  const page = (input: object) => here.world.ec2.send(new DescribeFastSnapshotRestoresCommand(input));
  const first = await page({ MaxResults: 1 });
  const second = await page({ MaxResults: 1, NextToken: first.NextToken });
  expect([first, second].map(({ FastSnapshotRestores: [item] = [] }) => item?.SnapshotId)).toEqual([
    'snap-1',
    'snap-tib',
  ]);
  expect(second.NextToken).toBeUndefined();
  expect((await refusal(page({ MaxResults: 201 }))).name).toBe('InvalidParameterValue');
  const filtered = await page({ Filters: [{ Name: 'snapshot-id', Values: ['snap-tib', 'snap-none'] }] });
  expect(filtered.FastSnapshotRestores).toHaveLength(1);
});
