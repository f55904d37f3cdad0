import type { DurableContext, RetryDecision } from '@aws/durable-execution-sdk-js';
import { adviceText } from '../../../advice.ts';
import { LifeboatError, type ErrorCode } from '../../../errors.ts';
import { MINUTE_MS, SECOND_MS, type Instant } from '../../../time.ts';
import { BUDGET, Spent, type Budget } from './budget.ts';
import type { Cloud } from './cloud.ts';
import { executionName } from './generations.ts';
import type { RunRequest } from '../requests.ts';
import { driveSlice, type SliceEnd } from './slice.ts';

/** About an hour and a half: a table may be throttled, or a role may be broken, for so long. Then people are told. */
const STEP_RETRIES = { attempts: 24, firstMs: 2 * SECOND_MS, longestMs: 5 * MINUTE_MS };
/** A receiver that is down when the run ends gets so many more chances before the report is written: a notice is given up after four minutes anyway. */
const MOST_TELLINGS = 5;
/** A durable wait counts whole seconds. */
const SHORTEST_REST_SECONDS = 1;

/** How an execution ended. */
export type ExecutionEnd =
  | Exclude<SliceEnd, { readonly kind: 'rests' | 'held' | 'tells' }>
  /** The successor goes on. */
  | { readonly kind: 'handed-over'; readonly to: string }
  | Refusal;

/** No run begins. A sender that waits for it reads this from the execution. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
}

type Context = Pick<
  DurableContext,
  'step' | 'wait' | 'createCallback' | 'lambdaContext' | 'executionContext'
>;

/** The result of a step, with what every replay must count the same. */
interface Recorded<T> {
  readonly value: T;
  readonly attempt: number;
  readonly at: Instant;
}

/** Ends a wait early when another process completes its callback. */
interface Bell {
  readonly callbackId: string;
  readonly rings: Promise<void>;
  hasRung: boolean;
}

/**
 * Drives one run in a durable execution: steps that tick, and waits in between. Code outside of steps is replayed, so it depends on nothing but recorded
 * results: not on whether a wait ended by itself or by a callback, which a replay cannot tell.
 */
export async function execute(
  request: RunRequest,
  context: Context,
  cloud: Cloud,
  budget: Budget = BUDGET,
): Promise<ExecutionEnd> {
  return new Execution(request, context, cloud, budget).run();
}

class Execution {
  readonly #request: RunRequest;
  readonly #context: Context;
  readonly #cloud: Cloud;
  readonly #budget: Budget;
  readonly #spent = new Spent();

  constructor(request: RunRequest, context: Context, cloud: Cloud, budget: Budget) {
    this.#request = request;
    this.#context = context;
    this.#cloud = cloud;
    this.#budget = budget;
  }

  async run(): Promise<ExecutionEnd> {
    try {
      return (await this.#begin()) ?? (await this.#drive());
    } catch (error) {
      // The run is as its last slice left it: `resume` continues it, here or on a laptop.
      await this.#step('give-up', async () => (await evidence()).giveUp(this.#cloud, this.#request, error));
      throw error;
    }
  }

  async #begin(): Promise<ExecutionEnd | undefined> {
    const request = this.#request;
    if (request.kind !== 'begin') return undefined;
    return this.#step('begin', async (): Promise<ExecutionEnd | undefined> => {
      const begun = await this.#cloud.begin(request, this.#versionArn());
      if (begun.refused === undefined) return undefined;
      await (await evidence()).tellRefusal(this.#cloud, request, begun.refused);
      const { code, message, next } = begun.refused;
      return { kind: 'refused', code, message, next: adviceText(next, this.#cloud.commandOptions) };
    });
  }

  async #drive(): Promise<ExecutionEnd> {
    let bell: Bell | undefined;
    let wasRegistered = false;
    let tellings = 0;
    for (;;) {
      bell ??= await this.#hang();
      const { end, isRung }: { end: SliceEnd; isRung: boolean } = await this.#slice(bell, wasRegistered);
      if (end.kind === 'other-version') return this.#handOver(end.function);
      if (end.kind === 'superseded') return end;
      if (end.kind === 'ended' || (end.kind === 'tells' && tellings === MOST_TELLINGS)) {
        await this.#leaveEvidence();
        return { kind: 'ended', outcome: end.outcome };
      }
      if (end.kind === 'tells') tellings += 1;
      if (this.#spent.exceeds(this.#budget)) return this.#handOver(this.#versionArn());
      wasRegistered = end.kind === 'rests' && end.isRegistered;
      // Whether it has rung is taken from the step's result: in a replay it may have rung earlier than then.
      if (isRung) bell = undefined;
      await this.#rest(end.restMs, bell);
    }
  }

  /** The run has ended, whatever becomes of its report: it is counted first, and a report that cannot be kept is in the journal all the same. */
  async #leaveEvidence(): Promise<void> {
    const { runId } = this.#request;
    await this.#step('count', async () => (await evidence()).countEnd(this.#cloud, runId));
    try {
      await this.#step('report', async () => (await evidence()).keepReport(this.#cloud, runId));
    } catch (error) {
      await this.#step('no-report', async () => (await evidence()).tellUnkept(this.#cloud, runId, error));
    }
  }

  #slice(bell: Bell, wasRegistered: boolean): Promise<{ end: SliceEnd; isRung: boolean }> {
    const { runId } = this.#request;
    const { callbackId } = bell;
    const generation = this.#generation;
    const remainingMs = (): number => this.#context.lambdaContext.getRemainingTimeInMillis();
    return this.#step('drive', async () => {
      const isRung = bell.hasRung;
      const versionArn = this.#versionArn();
      const options = { runId, generation, versionArn, callbackId, wasRegistered, remainingMs };
      return { end: await driveSlice(this.#cloud, options), isRung };
    });
  }

  /** A callback has no time limit: it is used until somebody completes it. */
  async #hang(): Promise<Bell> {
    const [rung, callbackId] = await this.#context.createCallback('bell');
    this.#spent.operation();
    const bell: Bell = { callbackId, rings: Promise.resolve(), hasRung: false };
    const ring = (): void => {
      bell.hasRung = true;
    };
    return Object.assign(bell, { rings: rung.then(ring, ring) });
  }

  /** Waits, without a process, until the time has passed or the bell has rung. */
  async #rest(restMs: number, bell: Bell | undefined): Promise<void> {
    const seconds = Math.max(SHORTEST_REST_SECONDS, Math.ceil(restMs / SECOND_MS));
    this.#spent.operation();
    const rest = this.#context.wait('rest', { seconds });
    await (bell === undefined ? rest : Promise.race([rest, bell.rings]));
  }

  /** Another execution goes on: the same name starts one execution, so the step may be repeated. */
  async #handOver(functionArn: string): Promise<ExecutionEnd> {
    const { runId } = this.#request;
    const generation = this.#generation + 1;
    const to = executionName(runId, generation);
    await this.#step('hand-over', () =>
      this.#cloud.startExecution(functionArn, to, { kind: 'continue', runId, generation }),
    );
    return { kind: 'handed-over', to };
  }

  get #generation(): number {
    return this.#request.kind === 'continue' ? this.#request.generation : 1;
  }

  /** This function, by the version that runs: an alias may point to another one by the time a successor starts. */
  #versionArn(): string {
    const { invokedFunctionArn, functionVersion } = this.#context.lambdaContext;
    return `${invokedFunctionArn.split(':').slice(0, 7).join(':')}:${functionVersion}`;
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const recorded = await this.#context.step(
      name,
      async ({ attempt }): Promise<Recorded<T>> => {
        try {
          const value = await work();
          return { value, attempt, at: this.#cloud.clock.now() };
        } catch (error) {
          this.#cloud.log.warn(
            { runId: this.#request.runId, step: name, attempt, error },
            'a step has failed',
          );
          throw plainError(error);
        }
      },
      { retryStrategy: retryOf },
    );
    this.#spent.step(recorded, recorded.attempt, recorded.at);
    return recorded.value;
  }
}

/** Needed at the end of a run, or when it cannot go on: a cold start does not load it. */
const evidence = async () => import('./evidence.ts');

/** Repeats with doubling delays. An error that repeating cannot mend is not repeated. */
function retryOf(error: Error, attempt: number): RetryDecision {
  const { attempts, firstMs, longestMs } = STEP_RETRIES;
  if (error.name === FINAL || attempt >= attempts) return { shouldRetry: false };
  const seconds = Math.ceil(Math.min(longestMs, firstMs * 2 ** (attempt - 1)) / SECOND_MS);
  return { shouldRetry: true, delay: { seconds } };
}

const FINAL = 'FinalError';
const FINAL_CODES: ReadonlySet<string> = new Set(['JOURNAL_TOO_NEW', 'JOURNAL_DAMAGED']);

/** What a checkpoint keeps of an error: its code and text. */
function plainError(error: unknown): Error {
  const isOurs = error instanceof LifeboatError;
  const text = isOurs
    ? `${error.code}: ${error.message} ${adviceText(error.next)}`
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
  const plain = new Error(text);
  plain.name = isOurs && FINAL_CODES.has(error.code) ? FINAL : 'StepFailed';
  return plain;
}
