import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import type { DurableExecutionClient, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import type { Clock } from '../../../src/driver/base/ports.ts';
import type { Instant } from '../../../src/time.ts';
import { VirtualProcess, type ServiceTime } from './virtual-time.ts';

/** Never resolves: what a killed process waits for. */
const NEVER = new Promise<never>(() => undefined);

/** Decides at each call of a sandbox whether the process dies there. `point`: of all sandboxes, counted from 1. */
export type Chaos = (point: number, sandbox: Sandbox) => 'lives' | 'dies';

/** Counts calls over all sandboxes of a service. */
export interface Points {
  count: number;
}

/** The invocation that a call belongs to. */
const currentProcess = new AsyncLocalStorage<VirtualProcess>();

/** Makes the handler of a new process. Called once for a sandbox: what it keeps in memory survives from one invocation to the next. */
export type Boot = (sandbox: Sandbox) => DurableLambdaHandler;

/**
 * One sandbox of Lambda: a process that is frozen between invocations and may be killed at any call. Every call of the code under test to the outside goes
 * through {@link Sandbox.guard}.
 */
export class Sandbox {
  readonly functionArn: string;
  readonly handler: DurableLambdaHandler;
  /** The same object for all invocations, like the clock of a machine. */
  readonly clock: Clock;
  readonly #time: ServiceTime;
  readonly #chaos: Chaos;
  readonly #points: Points;
  #process: VirtualProcess | undefined;
  #passed = 0;
  #deadline: Instant = 0;
  #isDead = false;
  #die: () => void = () => undefined;
  #held: { readonly at: number; readonly reached: () => void; readonly released: Promise<void> } | undefined;
  #isHolding = false;
  #isFrozen = true;
  readonly #frozen: (() => void)[] = [];
  /** How often it was killed, held, or thawed with what an earlier invocation had left behind: each time a counted request may never be sent. */
  stops = 0;
  /** How far its clock is wrong, ms. */
  skewMs = 0;

  constructor(functionArn: string, boot: Boot, time: ServiceTime, points: Points, chaos: Chaos) {
    this.functionArn = functionArn;
    this.#time = time;
    this.#points = points;
    this.#chaos = chaos;
    this.clock = {
      now: () => this.#time.now + this.skewMs,
      passed: () => this.#process?.passed() ?? this.#passed,
      sleepUntil: (at, wake) => this.guard(() => this.#sleep(at, wake)),
    };
    this.handler = boot(this);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** It computes, or waits: a process that was killed or is held gives no heartbeat. */
  get isLively(): boolean {
    return !this.#isDead && !this.#isHolding;
  }

  /** Thaws the process for one invocation. `undefined`: it was killed. */
  async invoke(event: object, context: Context, timeoutMs: number): Promise<unknown> {
    const process = new VirtualProcess(this.#time, this.#passed, () => this.skewMs);
    this.#process = process;
    this.#isFrozen = false;
    for (const thaw of this.#frozen.splice(0)) thaw();
    this.#deadline = this.#time.now + timeoutMs;
    const death = new Promise<undefined>((resolve) => (this.#die = () => resolve(undefined)));
    const cancel = this.#time.at(this.#deadline, () => this.kill());
    try {
      const invoked = currentProcess.run(process, () => this.handler(event as never, context));
      return await Promise.race([invoked, death]);
    } finally {
      cancel();
      this.#passed = process.passed();
      process.end();
      this.#process = undefined;
      this.#isFrozen = true;
    }
  }

  async #sleep(at: Instant, wake?: AbortSignal): Promise<void> {
    if (currentProcess.getStore() === this.#process) return this.#process?.sleepUntil(at, wake);
    return new Promise((resolve) => void this.#time.at(at, resolve));
  }

  remainingMs(): number {
    return this.#deadline - this.#time.now;
  }

  /** The process is gone: nothing that it waits for ever happens. */
  kill(): void {
    this.#isDead = true;
    this.stops += 1;
    if (this.#isHolding) this.#time.rouse();
    this.#isHolding = false;
    this.#process?.end();
    this.#die();
  }

  /** The sandbox stops before its `at`-th point from now on, until it is released: like a process that is not scheduled. */
  holdAt(at: number): { readonly reached: Promise<void>; readonly release: () => void } {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((resolve) => {
      this.#held = { at: this.#points.count + at, reached: resolve, released };
    });
    return { reached, release };
  }

  /** A call to the outside: the process may die before it, or after it and without its answer. */
  async guard<T>(call: () => Promise<T>): Promise<T> {
    if (currentProcess.getStore() !== this.#process) return this.#afterThaw(call);
    await this.#point();
    const outcome = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    await this.#point();
    return outcome();
  }

  /**
   * A call of an invocation that has ended: what it left behind is frozen with the process, goes on when the next invocation thaws it, and does not
   * keep time from passing.
   */
  async #afterThaw<T>(call: () => Promise<T>): Promise<T> {
    this.stops += 1;
    if (this.#isFrozen) await new Promise<void>((resolve) => this.#frozen.push(resolve));
    return this.#isDead ? NEVER : call();
  }

  /** All methods of an object as guarded calls. Properties and methods that return no promise are passed through. */
  guarded<T extends object>(target: T, ways: readonly (keyof T & string)[]): T {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
        if (!ways.some((way) => way === name)) return call;
        return (...args: unknown[]) => this.guard(() => call(...args));
      },
    });
  }

  async #point(): Promise<void> {
    if (this.#isDead) return NEVER;
    this.#points.count += 1;
    const { count } = this.#points;
    if (this.#held !== undefined && count >= this.#held.at) {
      const { reached, released } = this.#held;
      this.#held = undefined;
      this.#isHolding = true;
      this.stops += 1;
      this.#time.rest();
      reached();
      await released;
      if (this.#isDead) return NEVER;
      this.#isHolding = false;
      this.#time.rouse();
    }
    if (this.#chaos(count, this) === 'lives') return undefined;
    this.kill();
    return NEVER;
  }
}

/** The SDK's client for the invocations of one sandbox. */
export function clientOf(sandbox: Sandbox, client: DurableExecutionClient): DurableExecutionClient {
  return sandbox.guarded(client, ['checkpoint', 'getExecutionState']);
}
