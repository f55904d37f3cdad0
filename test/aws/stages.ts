import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { createExecutor } from '../../src/aws/executor.ts';
import type { EffectType, EffectOf, EffectResults, Failure } from '../../src/workflow/base/effects.ts';
import type { CallAws, Executor } from '../../src/workflow/base/executor.ts';
import { REGION } from './effects.ts';
import { countedSettle, failureOf, NEVER_SETTLES, recordingCall, resultOf, RUN } from './fixtures.ts';

export interface ServiceStage {
  readonly perform: Executor['perform'];
  readonly observe: Executor['observe'];
  /** The result of one effect that must succeed. */
  readonly result: <K extends EffectType>(asked: EffectOf<K>) => Promise<EffectResults[K]>;
  /** The failure of one effect that must fail. */
  readonly failure: <K extends EffectType>(asked: EffectOf<K>) => Promise<Failure>;
  /** The operations that were called, in their order. */
  readonly operations: () => readonly string[];
  /** How often the executor waited for reads to settle; a stage that is not to settle fails then. */
  readonly settled: () => number;
}

type Create = (call: CallAws, settle: () => Promise<void>) => Executor;

/** A new executor before each test. */
function stage(create: Create, reset: () => void, settles: boolean): ServiceStage {
  let executor: Executor;
  let recorder: ReturnType<typeof recordingCall>;
  let clock: ReturnType<typeof countedSettle>;
  beforeEach(() => {
    reset();
    recorder = recordingCall();
    clock = countedSettle();
    executor = create(recorder.call, settles ? clock.settle : NEVER_SETTLES.settle);
  });
  return {
    perform: (asked) => executor.perform(asked),
    observe: (watch) => executor.observe(watch),
    result: async (asked) => resultOf(asked, await executor.perform([asked])),
    failure: async (asked) => failureOf(asked, await executor.perform([asked])),
    operations: () => recorder.operations,
    settled: () => clock.settled(),
  };
}

const region = REGION;

export function stageEc2({ settles = false } = {}) {
  const ec2 = mockClient(EC2Client);
  const create: Create = (call, settle) =>
    createExecutor({ ec2: new EC2Client({ region }), region, call, ...RUN, settle });
  return { ec2, ...stage(create, () => ec2.reset(), settles) };
}

export function stageRds({ settles = false } = {}) {
  const rds = mockClient(RDSClient);
  const create: Create = (call, settle) =>
    createExecutor({ rds: new RDSClient({ region }), region, call, ...RUN, settle });
  return { rds, ...stage(create, () => rds.reset(), settles) };
}
