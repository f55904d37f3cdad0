import type {
  CheckpointDurableExecutionRequest,
  CheckpointDurableExecutionResponse,
  ErrorObject,
  GetDurableExecutionStateRequest,
  GetDurableExecutionStateResponse,
  Operation,
  OperationUpdate,
} from '@aws/durable-execution-sdk-js';
import type { Instant } from '../../../src/time.ts';

/** AWS's quotas of one execution; a test lowers them. */
export interface Limits {
  readonly operations: number;
  readonly checkpointBytes: number;
  readonly payloadBytes: number;
}

export const AWS_LIMITS: Limits = {
  operations: 3_000,
  checkpointBytes: 100_000_000,
  payloadBytes: 256 * 1_024,
};

/** A request that the service refuses, as the SDK's client throws it. */
export class ServiceRefusal extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, message: string, httpStatusCode = 400) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode };
  }
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

/** An operation as the service keeps it: its times are virtual. */
interface Kept extends Omit<Operation, 'StartTimestamp' | 'EndTimestamp'> {
  readonly Id: string;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  /** When the wait or the delay before the next attempt ends. */
  readonly dueAt?: Instant;
}

/** That of the service, and that of the processes which the SDK runs in. */
interface Clocks {
  readonly now: () => Instant;
  readonly clientNow: () => Instant;
}

type Type = NonNullable<Operation['Type']>;
type OperationState = NonNullable<Operation['Status']>;

/** Operations of one answer; an execution with more is read in pages. */
const PAGE = 100;

/**
 * One durable execution as the service stores it: its operations, the token that fences its invocations, and what it has used. Knows neither transport
 * nor invocations.
 */
export class ExecutionState {
  readonly arn: string;
  readonly name: string;
  readonly functionArn: string;
  readonly input: string;
  readonly startedAt: Instant;
  status: Status = 'RUNNING';
  result: string | undefined;
  error: ErrorObject | undefined;
  operationCount = 0;
  checkpointBytes = 0;
  readonly #limits: Limits;
  readonly #now: () => Instant;
  readonly #clientNow: () => Instant;
  readonly #operations = new Map<string, Kept>();
  /** Changed since an answer last showed them. */
  readonly #news = new Set<string>();
  #tokens = 0;

  constructor(
    { arn, name, functionArn, input }: Pick<ExecutionState, 'arn' | 'name' | 'functionArn' | 'input'>,
    limits: Limits,
    { now, clientNow }: Clocks,
  ) {
    this.arn = arn;
    this.name = name;
    this.functionArn = functionArn;
    this.input = input;
    this.startedAt = now();
    this.#limits = limits;
    this.#now = now;
    this.#clientNow = clientNow;
    this.#put({
      Id: name,
      Type: 'EXECUTION' as Type,
      Status: 'STARTED' as OperationState,
      ExecutionDetails: { InputPayload: input },
      startedAt: this.startedAt,
    });
    this.#news.clear();
  }

  get isOpen(): boolean {
    return this.status === 'RUNNING';
  }

  /** Something has completed that no invocation has seen. */
  get hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** Whether a timer or another process could still move the execution on. */
  get isWaiting(): boolean {
    return [...this.#operations.values()].some(
      ({ Type, Status }) => Status === 'PENDING' || (Status === 'STARTED' && Type !== 'EXECUTION'),
    );
  }

  /** For a new invocation: earlier ones cannot write any more. */
  renewToken(): string {
    this.#tokens += 1;
    return this.#token;
  }

  get #token(): string {
    return `${this.name}#${this.#tokens}`;
  }

  /** The first page of the state, with what has changed since the last invocation. */
  firstPage(): { readonly page: GetDurableExecutionStateResponse; readonly updated: readonly string[] } {
    const updated = [...this.#news];
    this.#news.clear();
    return { page: this.#page(0), updated };
  }

  page({ CheckpointToken, Marker }: GetDurableExecutionStateRequest): GetDurableExecutionStateResponse {
    this.#requireToken(CheckpointToken);
    return this.#page(Number(Marker));
  }

  #page(from: number): GetDurableExecutionStateResponse {
    const all = [...this.#operations.values()];
    const next = from + PAGE;
    return {
      Operations: all.slice(from, next).map((each) => this.#shown(each)),
      ...(next < all.length && { NextMarker: String(next) }),
    };
  }

  /** @throws ServiceRefusal for an old token, a closed execution, or above a limit: nothing is written then */
  checkpoint({
    CheckpointToken,
    Updates = [],
  }: CheckpointDurableExecutionRequest): CheckpointDurableExecutionResponse {
    this.#requireToken(CheckpointToken);
    this.passTime();
    for (const update of Updates) this.#refuseOverLimit(update);
    for (const update of Updates) this.#apply(update);
    const changed = [...this.#news].flatMap((id) => this.#operations.get(id) ?? []);
    this.#news.clear();
    return {
      CheckpointToken: this.renewToken(),
      NewExecutionState: { Operations: changed.map((each) => this.#shown(each)) },
    };
  }

  /** Waits and delays that are over by now. */
  passTime(): void {
    for (const operation of this.#operations.values()) {
      if (operation.dueAt === undefined || operation.dueAt > this.#now()) continue;
      const isWait = operation.Type === 'WAIT';
      if (operation.Status === (isWait ? 'STARTED' : 'PENDING'))
        this.#change(operation.Id, isWait ? 'SUCCEEDED' : 'READY', {});
    }
  }

  /** When the next wait or delay is over. */
  get dueAt(): Instant | undefined {
    const due = [...this.#operations.values()].flatMap(({ Status, dueAt }) =>
      dueAt !== undefined && (Status === 'STARTED' || Status === 'PENDING') ? [dueAt] : [],
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Completes a callback; false when it is no open callback of this execution. */
  completeCallback(
    callbackId: string,
    outcome: { readonly result?: string; readonly error?: ErrorObject },
  ): boolean {
    const callback = [...this.#operations.values()].find(
      ({ CallbackDetails }) => CallbackDetails?.CallbackId === callbackId,
    );
    if (callback?.Status !== 'STARTED' || !this.isOpen) return false;
    const { result, error } = outcome;
    this.#change(callback.Id, error === undefined ? 'SUCCEEDED' : 'FAILED', {
      CallbackDetails: {
        CallbackId: callbackId,
        ...(result !== undefined && { Result: result }),
        ...(error !== undefined && { Error: error }),
      },
    });
    return true;
  }

  /** Names and states of all operations, for tests. */
  history(): readonly string[] {
    return [...this.#operations.values()].map(({ Name, Type, Status }) => `${Name ?? Type} ${Status}`);
  }

  #requireToken(token: string | undefined): void {
    if (!this.isOpen || token !== this.#token)
      throw new ServiceRefusal('InvalidParameterValueException', 'Invalid Checkpoint Token');
  }

  #refuseOverLimit({ Action, Payload = '', Name, Type: type }: OperationUpdate): void {
    const { operations, checkpointBytes, payloadBytes } = this.#limits;
    const refuse = (what: string): never => {
      throw new ServiceRefusal('InvalidParameterValueException', `${what} of ${this.name} (${type} ${Name})`);
    };
    const bytes = Buffer.byteLength(Payload);
    if (bytes > payloadBytes) refuse(`A payload of ${bytes} bytes`);
    if (this.checkpointBytes + bytes > checkpointBytes) refuse('Too many checkpoint bytes');
    if (Action === 'START' && this.operationCount >= operations) refuse('Too many operations');
  }

  #apply({ Id, Type: type, SubType, Name, Action, ...update }: OperationUpdate): void {
    const known = this.#operations.get(Id ?? '');
    this.checkpointBytes += Buffer.byteLength(JSON.stringify(update)) + 200;
    if (known === undefined) {
      this.operationCount += 1;
      this.#put({
        Id: Id ?? '',
        ...(Name !== undefined && { Name }),
        Type: type,
        ...(SubType !== undefined && { SubType }),
        Status: 'STARTED' as OperationState,
        startedAt: this.#now(),
        ...this.#begun(type, Id ?? '', update),
      });
      if (Action === 'START') return;
    }
    const { Error: error, Payload } = update;
    const attempt = this.#operations.get(Id ?? '')?.StepDetails?.Attempt ?? 0;
    switch (Action) {
      case 'START':
        return this.#change(Id, 'STARTED', {});
      case 'SUCCEED':
        return this.#change(Id, 'SUCCEEDED', {
          StepDetails: { Attempt: attempt, ...(Payload !== undefined && { Result: Payload }) },
        });
      case 'FAIL':
        return this.#change(Id, 'FAILED', { StepDetails: { Attempt: attempt, Error: error } });
      case 'RETRY':
        this.operationCount += 1;
        return this.#change(Id, 'PENDING', {
          dueAt: this.#now() + 1_000 * (update.StepOptions?.NextAttemptDelaySeconds ?? 1),
          StepDetails: { Attempt: attempt + 1, Error: error },
        });
      default:
        throw new ServiceRefusal('InvalidParameterValueException', `There is no action ${Action}.`);
    }
  }

  #begun(type: Operation['Type'], id: string, { WaitOptions }: Pick<OperationUpdate, 'WaitOptions'>): object {
    if (type === 'WAIT') return { dueAt: this.#now() + 1_000 * (WaitOptions?.WaitSeconds ?? 0) };
    if (type === 'CALLBACK') return { CallbackDetails: { CallbackId: `${this.name}/${id}` } };
    return {};
  }

  #put(operation: Kept): void {
    this.#operations.set(operation.Id, operation);
    this.#news.add(operation.Id);
  }

  #change(id: string | undefined, status: string, change: Partial<Kept>): void {
    const operation = this.#operations.get(id ?? '');
    if (operation === undefined)
      throw new ServiceRefusal('ResourceNotFoundException', `No operation ${id}`, 404);
    const isEnd = status === 'SUCCEEDED' || status === 'FAILED';
    this.#put({
      ...operation,
      ...change,
      Status: status as OperationState,
      ...(isEnd && { endedAt: this.#now() }),
    });
  }

  /** As the SDK reads it: it compares times with the clock of its process, so they are given relative to that. */
  #shown({ startedAt, endedAt, dueAt, ...operation }: Kept): Operation {
    const shown = (at: Instant): Date => new Date(this.#clientNow() + at - this.#now());
    return {
      ...operation,
      StartTimestamp: shown(startedAt),
      ...(endedAt !== undefined && { EndTimestamp: shown(endedAt) }),
      ...(dueAt !== undefined &&
        operation.Type === 'WAIT' && { WaitDetails: { ScheduledEndTimestamp: shown(dueAt) } }),
      ...(dueAt !== undefined &&
        operation.Type === 'STEP' && {
          StepDetails: { ...operation.StepDetails, NextAttemptTimestamp: shown(dueAt) },
        }),
    };
  }
}
