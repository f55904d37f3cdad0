import {
  CreateSnapshotCommand,
  CopyVolumesCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DisableFastSnapshotRestoresCommand,
  EC2Client,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient, SSMServiceException } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { probePermissions } from '../../src/aws/permissions.ts';
import type { Probe, WantedActions } from '../../src/kinds/probes.ts';
import { ec2Error, VOLUME_SPEC, without } from './fixtures.ts';

const ec2Mock = mockClient(EC2Client);
const ssmMock = mockClient(SSMClient);
const ec2 = new EC2Client({ region: 'us-east-1' });
const ssm = new SSMClient({ region: 'us-east-1' });

const WOULD = ec2Error('DryRunOperation', 412);
const DENIED = ec2Error('UnauthorizedOperation', 403);
const WANTED: WantedActions = {
  runbook: 'orders',
  createVolume: VOLUME_SPEC,
  deletesVolumes: true,
  createSnapshotOf: 'vol-1',
  fastSnapshotRestore: { snapshotId: 'snap-1', zone: 'us-east-1a' },
};
const MUTATING = [
  CreateVolumeCommand,
  CreateSnapshotCommand,
  EnableFastSnapshotRestoresCommand,
  DisableFastSnapshotRestoresCommand,
  DeleteVolumeCommand,
] as const;

beforeEach(() => {
  ec2Mock.reset();
  ssmMock.reset();
  ec2Mock.onAnyCommand().rejects(WOULD);
});

const verdicts = (probes: readonly Probe[]) => probes.map(({ action, verdict }) => `${action} ${verdict}`);

test('what dry runs allow is allowed, and every one of them says that it is one', async () => {
  expect(verdicts(await probePermissions({ ec2 }, WANTED))).toEqual([
    'ec2:CreateVolume allowed',
    'ec2:CreateTags allowed',
    'ec2:CreateSnapshot allowed',
    'ec2:EnableFastSnapshotRestores allowed',
    'ec2:DisableFastSnapshotRestores allowed',
    'ec2:DeleteVolume allowed',
  ]);
  const inputs = ec2Mock.calls().map(({ args }) => args[0].input as { readonly DryRun?: boolean });
  expect(inputs).toHaveLength(6);
  expect(inputs.every(({ DryRun }) => DryRun === true)).toBe(true);
});

test('only what the plan would do is asked', async () => {
  expect(await probePermissions({ ec2 }, { runbook: 'orders' })).toEqual([]);
  expect(ec2Mock.calls()).toEqual([]);
});

test('a deletion is only ever asked of a volume that does not exist', async () => {
  await probePermissions({ ec2 }, WANTED);
  expect(ec2Mock.commandCalls(DeleteVolumeCommand)[0]?.args[0].input.VolumeId).toBe('vol-00000000000000000');
});

test('a denied action is named with what AWS said', async () => {
  ec2Mock.on(EnableFastSnapshotRestoresCommand).rejects(DENIED);
  const probes = await probePermissions({ ec2 }, WANTED);
  expect(probes.filter(({ verdict }) => verdict !== 'allowed')).toEqual([
    {
      action: 'ec2:EnableFastSnapshotRestores',
      verdict: 'denied',
      why: 'UnauthorizedOperation: UnauthorizedOperation happened',
    },
  ]);
});

test('a copy is asked for where the plan makes one, with and without its tags', async () => {
  const copyVolume = { ...without(VOLUME_SPEC, 'snapshotId', 'rateMiBps'), sourceVolumeId: 'vol-1' };
  const wanted = { runbook: 'orders', copyVolume };
  expect(verdicts(await probePermissions({ ec2 }, wanted))).toEqual([
    'ec2:CopyVolumes allowed',
    'ec2:CreateTags allowed',
  ]);
  const input = ec2Mock.commandCalls(CopyVolumesCommand)[0]?.args[0].input;
  expect(input).toMatchObject({ SourceVolumeId: 'vol-1', VolumeType: 'gp3', DryRun: true });
  ec2Mock.on(CopyVolumesCommand).callsFake(({ TagSpecifications }: { TagSpecifications?: unknown }) => {
    throw TagSpecifications === undefined ? WOULD : DENIED;
  });
  expect(verdicts(await probePermissions({ ec2 }, wanted))).toEqual([
    'ec2:CopyVolumes allowed',
    'ec2:CreateTags denied',
  ]);
  ec2Mock.on(CopyVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-9', SourceVolumeId: 'vol-1' }] });
  expect(await probePermissions({ ec2 }, wanted)).toMatchObject([{ verdict: 'unverified', made: 'vol-9' }]);
});

test('whether making or tagging is denied is found out without the tags', async () => {
  ec2Mock.on(CreateVolumeCommand).callsFake(({ TagSpecifications }: { TagSpecifications?: unknown }) => {
    throw TagSpecifications === undefined ? WOULD : DENIED;
  });
  const probes = await probePermissions({ ec2 }, { runbook: 'orders', createVolume: VOLUME_SPEC });
  expect(verdicts(probes)).toEqual(['ec2:CreateVolume allowed', 'ec2:CreateTags denied']);
  ec2Mock.on(CreateVolumeCommand).rejects(DENIED);
  const both = await probePermissions({ ec2 }, { runbook: 'orders', createVolume: VOLUME_SPEC });
  expect(verdicts(both)).toEqual(['ec2:CreateVolume denied']);
});

test('a denied deletion proves nothing: the example carries none of the tags that a policy may ask for', async () => {
  ec2Mock.on(DeleteVolumeCommand).rejects(DENIED);
  expect(verdicts(await probePermissions({ ec2 }, WANTED)).at(-1)).toBe('ec2:DeleteVolume refused-untagged');
});

test.each([
  ['InvalidVolume.NotFound', 400],
  ['InvalidParameterCombination', 400],
  ['NotImplemented', 501],
])('%s proves nothing, and the next question is still asked', async (name, status) => {
  ec2Mock.on(CreateVolumeCommand).rejects(ec2Error(name, status));
  expect(verdicts(await probePermissions({ ec2 }, WANTED)).slice(0, 2)).toEqual([
    'ec2:CreateVolume unverified',
    'ec2:CreateSnapshot allowed',
  ]);
});

test('an endpoint that executes dry runs for real is sent nothing that changes anything', async () => {
  ec2Mock.on(DescribeVolumesCommand).resolves({ Volumes: [] });
  const probes = await probePermissions({ ec2 }, WANTED);
  expect(probes.every(({ verdict, why }) => verdict === 'unverified' && /for real/.test(why))).toBe(true);
  expect(MUTATING.flatMap((command) => ec2Mock.commandCalls(command as typeof CreateVolumeCommand))).toEqual(
    [],
  );
});

test.each([
  ['is denied', DENIED],
  ['fails', ec2Error('InternalError', 500)],
])('where even a read %s, nothing that changes anything is tried', async (_, error) => {
  ec2Mock.on(DescribeVolumesCommand).rejects(error);
  const probes = await probePermissions({ ec2 }, WANTED);
  expect(new Set(probes.map(({ verdict }) => verdict))).toEqual(new Set(['unverified']));
  expect(ec2Mock.calls()).toHaveLength(1);
});

test('a dry run that was carried out is told with what it made, and is the last', async () => {
  ec2Mock.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-9', SnapshotId: 'snap-1' });
  const probes = await probePermissions({ ec2 }, WANTED);
  expect(probes[0]).toMatchObject({ action: 'ec2:CreateVolume', verdict: 'unverified', made: 'vol-9' });
  expect(probes.slice(1).every(({ verdict }) => verdict === 'unverified')).toBe(true);
  expect(ec2Mock.calls()).toHaveLength(2);
});

test('once the endpoint falls silent it is not asked again', async () => {
  ec2Mock.on(CreateSnapshotCommand).rejects(Object.assign(new Error('aborted'), { name: 'AbortError' }));
  const probes = await probePermissions({ ec2 }, WANTED);
  expect(verdicts(probes).slice(2)).toEqual([
    'ec2:CreateSnapshot unverified',
    'ec2:EnableFastSnapshotRestores unverified',
    'ec2:DisableFastSnapshotRestores unverified',
    'ec2:DeleteVolume unverified',
  ]);
  expect(ec2Mock.commandCalls(DeleteVolumeCommand)).toEqual([]);
});

const ssmError = (name: string, httpStatusCode: number) =>
  new SSMServiceException({ name, message: `${name}!`, $fault: 'client', $metadata: { httpStatusCode } });

test.each([
  ['ParameterNotFound', 400, 'allowed'],
  ['AccessDeniedException', 400, 'denied'],
  ['UnknownOperationException', 400, 'unverified'],
])('the mark of a run: %s', async (name, status, verdict) => {
  ssmMock.on(GetParameterCommand, { Name: '/lifeboat/orders/run' }).rejects(ssmError(name, status));
  expect(verdicts(await probePermissions({ ssm }, { runbook: 'orders' }))).toEqual([
    `ssm:GetParameter ${verdict}`,
  ]);
});

test('a mark that is there can be read', async () => {
  ssmMock.on(GetParameterCommand).resolves({ Parameter: { Value: '{}' } });
  expect(verdicts(await probePermissions({ ssm }, { runbook: 'orders' }))).toEqual([
    'ssm:GetParameter allowed',
  ]);
});
