import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type CreateTagsRequest,
  type DeleteTagsRequest,
  type DescribeVolumesRequest,
} from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  RemoveTagsFromResourceCommand,
  type AddTagsToResourceMessage,
  type DescribeDBInstancesMessage,
  type RemoveTagsFromResourceMessage,
} from '@aws-sdk/client-rds';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
  type PutParameterRequest,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { createExecutor } from '../../src/aws/executor.ts';
import type { Claim, EffectOf } from '../../src/workflow/base/effects.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import type { Thing } from '../../src/kinds/things.ts';
import { effect, existing, REGION } from './effects.ts';
import { recordingCall, resultOf, RUN, ssmError } from './fixtures.ts';

export const AT = Date.UTC(2026, 10, 20, 3);
export const NAME = '/lifeboat/orders/run';

export function claimOf(runId: string, mode: Claim['mode'] = 'restore'): Claim {
  const when = { at: AT, incidentAt: AT - 60_000, damagedAt: AT - 120_000 };
  return { runId, runbook: 'orders', mode, by: 'alex', host: 'ops-7', ...when };
}

/** SSM, volumes and DB instances as far as claims go: the SDK mocked, what was written kept. */
export class ClaimAccount {
  readonly ssm = mockClient(SSMClient);
  readonly ec2 = mockClient(EC2Client);
  readonly rds = mockClient(RDSClient);
  value: string | undefined;
  /** Tags of the volumes and DB instances that exist. */
  readonly tags = new Map<string, Map<string, string>>();
  /** What happens while reads settle. */
  meanwhile: () => void = () => undefined;
  settled = 0;
  readonly operations: string[];
  readonly #call;

  constructor() {
    const recorder = recordingCall();
    this.operations = recorder.operations;
    this.#call = recorder.call;
    this.reset();
  }

  reset(): void {
    this.value = undefined;
    this.settled = 0;
    this.meanwhile = () => undefined;
    this.tags.clear();
    this.operations.splice(0);
    for (const mock of [this.ssm, this.ec2, this.rds]) mock.reset();
    this.#answerParameters();
    this.#answerTags();
  }

  #answerParameters(): void {
    this.ssm.on(PutParameterCommand).callsFake(({ Overwrite, Value }: PutParameterRequest) => {
      if (Overwrite !== true && this.value !== undefined) throw ssmError('ParameterAlreadyExists');
      this.value = Value;
      return {};
    });
    const present = () => {
      if (this.value === undefined) throw ssmError('ParameterNotFound');
    };
    this.ssm.on(GetParameterCommand).callsFake(() => {
      present();
      return { Parameter: { Name: NAME, Value: this.value } };
    });
    this.ssm.on(DeleteParameterCommand).callsFake(() => {
      present();
      this.value = undefined;
      return {};
    });
  }

  #answerTags(): void {
    const listed = (id: string) => [...(this.tags.get(id) ?? [])].map(([Key, Value]) => ({ Key, Value }));
    const existing = (ids: readonly string[] | undefined) => (ids ?? []).filter((id) => this.tags.has(id));
    this.ec2
      .on(DescribeVolumesCommand)
      .callsFake(({ Filters }: DescribeVolumesRequest) => ({
        Volumes: existing(Filters?.[0]?.Values).map((VolumeId) => ({ VolumeId, Tags: listed(VolumeId) })),
      }))
      .on(CreateTagsCommand)
      .callsFake(({ Resources, Tags }: CreateTagsRequest) => {
        for (const id of Resources ?? [])
          for (const { Key, Value } of Tags ?? []) this.tags.get(id)?.set(Key ?? '', Value ?? '');
        return {};
      })
      .on(DeleteTagsCommand)
      .callsFake(({ Resources, Tags }: DeleteTagsRequest) => {
        for (const id of Resources ?? [])
          for (const { Key = '', Value } of Tags ?? [])
            if (this.tags.get(id)?.get(Key) === Value) this.tags.get(id)?.delete(Key);
        return {};
      });
    const idOf = (arn: string | undefined) => arn?.split(':').at(-1) ?? '';
    this.rds
      .on(DescribeDBInstancesCommand)
      .callsFake(({ Filters }: DescribeDBInstancesMessage) => ({
        DBInstances: existing(Filters?.[0]?.Values).map((id) => ({
          DBInstanceIdentifier: id,
          DBInstanceArn: `arn:aws:rds:us-east-1:111111111111:db:${id}`,
          TagList: listed(id),
        })),
      }))
      .on(AddTagsToResourceCommand)
      .callsFake(({ ResourceName, Tags }: AddTagsToResourceMessage) => {
        for (const { Key, Value } of Tags ?? [])
          this.tags.get(idOf(ResourceName))?.set(Key ?? '', Value ?? '');
        return {};
      })
      .on(RemoveTagsFromResourceCommand)
      .callsFake(({ ResourceName, TagKeys }: RemoveTagsFromResourceMessage) => {
        for (const key of TagKeys ?? []) this.tags.get(idOf(ResourceName))?.delete(key);
        return {};
      });
  }

  /** Every request to SSM is answered so. */
  breakSsm(error: Error): void {
    this.ssm.on(PutParameterCommand).rejects(error);
    this.ssm.on(GetParameterCommand).rejects(error);
    this.ssm.on(DeleteParameterCommand).rejects(error);
  }

  exists(...ids: readonly string[]): void {
    for (const id of ids) this.tags.set(id, new Map());
  }

  claimTagOf(id: string): string | undefined {
    return this.tags.get(id)?.get('lifeboat:claim');
  }

  /** The executor of one run. */
  run(runId: string, without: readonly ('ssm' | 'ec2' | 'rds')[] = []): Executor {
    const region = { region: 'us-east-1' };
    const all = { ssm: new SSMClient(region), ec2: new EC2Client(region), rds: new RDSClient(region) };
    const given = Object.fromEntries(
      Object.entries(all).filter(([name]) => !without.some((one) => one === name)),
    );
    return createExecutor({
      ...(given as Partial<typeof all>),
      ...RUN,
      runId,
      region: REGION,
      call: this.#call,
      settle: async () => {
        this.settled += 1;
        this.meanwhile();
      },
    });
  }

  async claim(one: EffectOf<'claim'>, executor = this.run(one.claim.runId)) {
    return resultOf(one, await executor.perform([one]));
  }
}

export const VOLUME: Thing = existing('volume', 'vol-1');
export const DATABASE: Thing = existing('dbInstance', 'orders-prod');

export function asking(
  claim: Claim,
  sources: readonly Thing[] = [],
  changes: Partial<Pick<EffectOf<'claim'>, 'attempt' | 'doubtful' | 'failures'>> = {},
): EffectOf<'claim'> {
  return { ...effect('claim', { claim, sources }), ...changes };
}

export function letting(
  sources: readonly Thing[] = [],
  changes: Partial<Pick<EffectOf<'release'>, 'failures'>> = {},
): EffectOf<'release'> {
  return { ...effect('release', { runbook: 'orders', sources }), ...changes };
}
