import type { GetDurableExecutionCommandOutput } from '@aws-sdk/client-lambda';
import { advise, lifeboat } from '../../advice.ts';
import { z } from 'zod';
import { ERROR_CODES, LifeboatError } from '../../errors.ts';
import { executionName } from '../../hosts/lambda/durable/generations.ts';
import type { ExecutionEnd, Refusal } from '../../hosts/lambda/durable/execution.ts';
import type { RunRequest } from '../../hosts/lambda/requests.ts';
import { classify, sanitise } from '../../aws/request-failures.ts';
import type { Cloud } from './cloud.ts';

/** Asks AWS seldom: what happens to a run is in its journal. */
const ASK_EVERY_MS = 10_000;

/** How the function ends an execution that begins no run. */
const refusedSchema: z.ZodType<Refusal> = z.object({
  kind: z.literal('refused'),
  code: z.enum(ERROR_CODES),
  message: z.string(),
  next: z.string(),
});

/** How it ends an execution near its limits. */
const handedOverSchema = z.object({ kind: z.literal('handed-over'), to: z.string() }) satisfies z.ZodType<
  Extract<ExecutionEnd, { readonly kind: 'handed-over' }>
>;

/** One durable execution of a function. */
export interface Execution {
  /** ARN of the function, qualified by its alias or version. */
  readonly functionArn: string;
  readonly name: string;
}

/**
 * Starts an execution and does not wait for it.
 *
 * @throws LifeboatError `NOT_DEPLOYED` for a function that does not exist; what the SDK throws
 */
export async function startExecution(
  { clients, call, region }: Cloud,
  functionArn: string,
  request: RunRequest,
): Promise<Execution> {
  const { InvokeCommand } = await import('@aws-sdk/client-lambda');
  const name = executionName(request.runId, request.kind === 'begin' ? 1 : request.generation);
  const command = new InvokeCommand({
    FunctionName: functionArn,
    InvocationType: 'Event',
    DurableExecutionName: name,
    Payload: new TextEncoder().encode(JSON.stringify(request)),
  });
  try {
    await call('Invoke', () => clients.lambda.send(command));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
    throw new LifeboatError(
      'NOT_DEPLOYED',
      `There is no function ${functionArn} in ${region}.`,
      'Deploy Lifeboat again: npx cdk deploy (docs/cloud.md).',
      { cause: error },
    );
  }
  return { functionArn, name };
}

/** Watches an execution that was started, or is about to be. */
export class ExecutionWatch {
  readonly #cloud: Cloud;
  #execution: Execution;
  readonly #runId: string;
  #askedAt = -Infinity;
  #isOver = false;

  constructor(cloud: Cloud, execution: Execution, runId: string) {
    this.#cloud = cloud;
    this.#execution = execution;
    this.#runId = runId;
  }

  /**
   * @throws LifeboatError for an execution that has refused the run, was stopped, or has failed; what the SDK throws. From one that has handed the run over
   * on, its successor is watched; one that ended otherwise has left the run to another process.
   */
  async assertAlive(): Promise<void> {
    if (this.#isOver || performance.now() - this.#askedAt < ASK_EVERY_MS) return;
    this.#askedAt = performance.now();
    const end = await this.#end();
    if (end === undefined) return;
    const { Status = 'unknown', Error: reason, Result } = end;
    const successor = Status === 'SUCCEEDED' ? successorIn(Result) : undefined;
    if (successor !== undefined) {
      this.#execution = { ...this.#execution, name: successor };
      this.#askedAt = -Infinity;
      return;
    }
    this.#isOver = true;
    if (Status === 'SUCCEEDED') return refuseAs(Result);
    throw new LifeboatError(
      'AWS_FAILED',
      `The execution ${this.#execution.name} has ended as ${Status}: ${sanitise(reason?.ErrorMessage ?? 'no reason is given')}`,
      advise`Correct the cause, then continue the run: ${lifeboat('resume', this.#runId)}.`,
    );
  }

  /** @returns undefined while it runs or is about to, and where that may not be read: the journal tells what happens to the run */
  async #end(): Promise<GetDurableExecutionCommandOutput | undefined> {
    const { clients, call } = this.#cloud;
    return unlessDenied(async () => {
      const ended = await endedArn(this.#cloud, this.#execution);
      if (ended === undefined) return undefined;
      const { GetDurableExecutionCommand } = await import('@aws-sdk/client-lambda');
      const command = new GetDurableExecutionCommand({ DurableExecutionArn: ended });
      return call('GetDurableExecution', () => clients.lambda.send(command));
    });
  }
}

/**
 * The first generation from `least` on whose execution can drive the run. The name of an execution that has ended starts nothing any more, and one that
 * failed before it drove anything has left no trace in the journal.
 */
export async function freeGeneration(
  cloud: Cloud,
  functionArn: string,
  runId: string,
  least: number,
): Promise<number> {
  for (let generation = least; ; generation += 1) {
    const execution = { functionArn, name: executionName(runId, generation) };
    if ((await unlessDenied(() => endedArn(cloud, execution))) === undefined) return generation;
  }
}

/** ARN of an execution that has ended; `undefined` while it runs or is about to. */
async function endedArn(
  { clients, call }: Cloud,
  { functionArn, name }: Execution,
): Promise<string | undefined> {
  const { ListDurableExecutionsByFunctionCommand } = await import('@aws-sdk/client-lambda');
  const input = { FunctionName: unqualified(functionArn), DurableExecutionName: name };
  const { DurableExecutions = [] } = await call('ListDurableExecutionsByFunction', () =>
    clients.lambda.send(new ListDurableExecutionsByFunctionCommand(input)),
  );
  const found = DurableExecutions.find(({ DurableExecutionName }) => DurableExecutionName === name);
  return found?.Status === 'RUNNING' ? undefined : found?.DurableExecutionArn;
}

async function unlessDenied<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (classify(error).class === 'denied') return undefined;
    throw error;
  }
}

function unqualified(functionArn: string): string {
  return functionArn.split(':').slice(0, 7).join(':');
}

function successorIn(result: string | undefined): string | undefined {
  return handedOverSchema.safeParse(JSON.parse(result ?? 'null')).data?.to;
}

/** @throws LifeboatError what the function refused the run for, if it did */
function refuseAs(result: string | undefined): void {
  const end = refusedSchema.safeParse(JSON.parse(result ?? 'null'));
  if (end.success) throw new LifeboatError(end.data.code, end.data.message, end.data.next);
}
