import type { Context } from 'aws-lambda';
import type { DurableExecutionClient, DurableExecutionInvocationOutput } from '@aws/durable-execution-sdk-js';
import { MINUTE_MS, SECOND_MS, type Instant } from '../../../src/time.ts';
import { Sandbox, type Boot, type Chaos, type Points } from './sandbox.ts';
import { AWS_LIMITS, ExecutionState, ServiceRefusal, type Limits } from './state.ts';
import type { ServiceTime } from './virtual-time.ts';

export interface ServiceOptions {
  readonly limits?: Limits;
  /** Of one invocation. */
  readonly timeoutMs?: number;
  readonly executionTimeoutMs?: number;
  readonly chaos?: Chaos;
  /** The clock of the processes that are invoked: the SDK compares its times with that. Default: the machine's. */
  readonly clientNow?: () => Instant;
  /** What becomes of a checkpoint, by its number over all executions, from 1. `lost`: it never arrives; `unanswered`: it is kept, and its answer is lost. */
  readonly checkpoints?: (number: number) => 'arrives' | 'lost' | 'unanswered';
}

/** How soon the service invokes again after an invocation was killed or has thrown. */
const AGAIN_MS = 2 * SECOND_MS;
/** More failed invocations in a row than any test provokes. */
const MOST_FAILURES = 50;

/** What an invocation used. */
export interface Usage {
  readonly ms: number;
}

interface Execution {
  readonly state: ExecutionState;
  /** Invocations that run. */
  running: number;
  failures: number;
  cancelTimer: () => void;
}

/**
 * Durable executions in virtual time: starts and suspends invocations of real handlers, keeps their checkpoints, enforces the quotas, and loses and kills
 * what a test says. It knows no transport: {@link DurableService.client} is what the SDK calls.
 */
export class DurableService {
  readonly #time: ServiceTime;
  readonly #options: ServiceOptions;
  readonly #boots = new Map<string, Boot>();
  readonly #executions = new Map<string, Execution>();
  readonly #idle: Sandbox[] = [];
  readonly #points: Points = { count: 0 };
  readonly #listeners = new Set<() => void>();
  #checkpoints = 0;
  /** Every sandbox that was started, dead ones included. */
  readonly sandboxes: Sandbox[] = [];
  readonly invocations: { readonly name: string; readonly ms: number; readonly ended: string }[] = [];
  /** An exception that no execution can have meant: shown by {@link untilIdle}. */
  #bug: unknown;

  constructor(time: ServiceTime, options: ServiceOptions = {}) {
    this.#time = time;
    this.#options = options;
  }

  /** Calls of all sandboxes to the outside so far. */
  get points(): number {
    return this.#points.count;
  }

  get checkpoints(): number {
    return this.#checkpoints;
  }

  /** A version of a function, by its qualified ARN. */
  deploy(functionArn: string, boot: Boot): void {
    this.#boots.set(functionArn, boot);
  }

  /** Starts an execution, or finds the one of that name. */
  start(functionArn: string, name: string, payload: object): ExecutionState {
    if (!/^[\w-]{1,64}$/.test(name))
      throw new ServiceRefusal('InvalidParameterValueException', `An execution cannot be named ${name}.`);
    if (!this.#boots.has(functionArn))
      throw new ServiceRefusal('ResourceNotFoundException', `There is no function ${functionArn}.`, 404);
    const input = JSON.stringify(payload);
    const known = this.#executions.get(name);
    if (known !== undefined) {
      if (known.state.input === input) return known.state;
      throw new ServiceRefusal(
        'DurableExecutionAlreadyStartedException',
        `${name} has another payload.`,
        409,
      );
    }
    const arn = `${functionArn}/durable-execution/${name}/1`;
    const { limits = AWS_LIMITS, executionTimeoutMs, clientNow = Date.now } = this.#options;
    const clocks = { now: () => this.#time.now, clientNow };
    const state = new ExecutionState({ arn, name, functionArn, input }, limits, clocks);
    const execution: Execution = { state, running: 0, failures: 0, cancelTimer: () => undefined };
    this.#executions.set(name, execution);
    if (executionTimeoutMs !== undefined)
      this.#time.at(this.#time.now + executionTimeoutMs, () => this.#close(execution, 'TIMED_OUT'));
    this.#time.at(this.#time.now, () => void this.#invoke(execution));
    return state;
  }

  execution(name: string): ExecutionState {
    return this.#named(name).state;
  }

  /** By the order of their start. */
  get executions(): readonly ExecutionState[] {
    return [...this.#executions.values()].map(({ state }) => state);
  }

  /** As `StopDurableExecution`: an invocation that runs is not stopped. */
  stop(name: string): void {
    this.#close(this.#named(name), 'STOPPED');
  }

  /** Starts another invocation although one may run, as after a network partition. */
  invokeAgain(name: string): void {
    void this.#invoke(this.#named(name));
  }

  /** As `SendDurableExecutionCallbackSuccess`. */
  completeCallback(callbackId: string, result = ''): void {
    for (const execution of this.#executions.values()) {
      if (!execution.state.completeCallback(callbackId, { result })) continue;
      this.#goOn(execution);
      return;
    }
    throw new ServiceRefusal('CallbackTimeoutException', `No callback ${callbackId} is open.`);
  }

  readonly client: DurableExecutionClient = {
    checkpoint: async (request) => {
      const { state } = this.#byArn(request.DurableExecutionArn);
      this.#checkpoints += 1;
      const fate = this.#options.checkpoints?.(this.#checkpoints) ?? 'arrives';
      if (fate === 'lost') throw new ServiceRefusal('ServiceException', 'The request was lost.', 500);
      const answer = state.checkpoint(request);
      if (fate === 'unanswered') throw new ServiceRefusal('ServiceException', 'The answer was lost.', 500);
      return answer;
    },
    getExecutionState: async (request) => this.#byArn(request.DurableExecutionArn).state.page(request),
  };

  /** Resolves once no execution is open. Throws what no execution may do: suspend for ever, or fail again and again. */
  async untilIdle(): Promise<void> {
    await this.until(() => this.executions.every(({ isOpen }) => !isOpen));
  }

  /** Resolves once something has happened that makes `isSo` true. */
  async until(isSo: () => boolean): Promise<void> {
    while (this.#bug === undefined && !isSo())
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          this.#listeners.delete(heard);
          resolve();
        };
        this.#listeners.add(heard);
      });
    if (this.#bug !== undefined) throw this.#bug;
  }

  /** Ends all executions: nothing goes on behind a test that has failed. */
  #fail(bug: unknown): void {
    this.#bug = bug;
    for (const execution of this.#executions.values()) this.#close(execution, 'STOPPED');
  }

  #told(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #invoke(execution: Execution): Promise<void> {
    const { state } = execution;
    if (!state.isOpen) return;
    const sandbox = this.#thaw(state.functionArn);
    const token = state.renewToken();
    const { page, updated } = state.firstPage();
    const event = {
      DurableExecutionArn: state.arn,
      CheckpointToken: token,
      UpdatedOperationIds: updated,
      InitialExecutionState: page,
    };
    execution.running += 1;
    const began = this.#time.now;
    const { timeoutMs = 15 * MINUTE_MS } = this.#options;
    let output: DurableExecutionInvocationOutput | undefined;
    let thrown: unknown;
    try {
      output = (await sandbox.invoke(event, contextOf(sandbox, state), timeoutMs)) as typeof output;
    } catch (error) {
      thrown = error;
    }
    execution.running -= 1;
    const ended = output?.Status ?? (sandbox.isDead ? 'KILLED' : 'THREW');
    this.invocations.push({ name: state.name, ms: this.#time.now - began, ended });
    if (!sandbox.isDead) this.#idle.push(sandbox);
    this.#settle(execution, output, thrown);
    this.#told();
  }

  #settle(execution: Execution, output: DurableExecutionInvocationOutput | undefined, thrown: unknown): void {
    const { state } = execution;
    if (!state.isOpen) return;
    if (output === undefined) {
      execution.failures += 1;
      if (execution.failures > MOST_FAILURES)
        return this.#fail(thrown ?? new Error(`${state.name} dies again and again`));
      this.#time.at(this.#time.now + AGAIN_MS, () => void this.#invoke(execution));
      return;
    }
    execution.failures = 0;
    if (output.Status === 'SUCCEEDED') state.result = output.Result;
    if (output.Status === 'FAILED') state.error = output.Error;
    if (output.Status !== 'PENDING') return this.#close(execution, output.Status);
    if (!state.isWaiting && !state.hasNews) this.#fail(new Error(`${state.name} is suspended for ever`));
    this.#goOn(execution);
  }

  /** Invokes a suspended execution now if something has completed, otherwise when the next wait is over. */
  #goOn(execution: Execution): void {
    const { state } = execution;
    if (!state.isOpen || execution.running > 0) return;
    execution.cancelTimer();
    state.passTime();
    const at = state.hasNews ? this.#time.now : state.dueAt;
    if (at === undefined) return;
    execution.cancelTimer = this.#time.at(at, () => {
      state.passTime();
      if (execution.running === 0) void this.#invoke(execution);
    });
  }

  #close(execution: Execution, status: ExecutionState['status']): void {
    if (!execution.state.isOpen) return;
    execution.state.status = status;
    execution.cancelTimer();
    this.#told();
  }

  #thaw(functionArn: string): Sandbox {
    const warm = this.#idle.findIndex((each) => each.functionArn === functionArn);
    const [sandbox] = warm === -1 ? [] : this.#idle.splice(warm, 1);
    return sandbox ?? this.#boot(functionArn);
  }

  /** Every sandbox is cold from now on, as after a day without invocations. */
  coolDown(): void {
    this.#idle.length = 0;
  }

  #boot(functionArn: string): Sandbox {
    const boot = this.#boots.get(functionArn);
    if (boot === undefined) throw new Error(`no function ${functionArn}`);
    const { chaos = () => 'lives' } = this.#options;
    const sandbox = new Sandbox(functionArn, boot, this.#time, this.#points, chaos);
    this.sandboxes.push(sandbox);
    return sandbox;
  }

  #named(name: string): Execution {
    const execution = this.#executions.get(name);
    if (execution === undefined) throw new Error(`no execution ${name}`);
    return execution;
  }

  #byArn(arn: string | undefined): Execution {
    const execution = [...this.#executions.values()].find(({ state }) => state.arn === arn);
    if (execution === undefined)
      throw new ServiceRefusal('ResourceNotFoundException', `No execution ${arn}.`, 404);
    return execution;
  }
}

function contextOf(sandbox: Sandbox, { functionArn, name }: ExecutionState): Context {
  const [functionName = '', version = ''] = functionArn.split(':').slice(6);
  return {
    awsRequestId: name,
    invokedFunctionArn: functionArn,
    functionName,
    functionVersion: version,
    getRemainingTimeInMillis: () => sandbox.remainingMs(),
  } as Context;
}
