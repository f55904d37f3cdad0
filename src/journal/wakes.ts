/**
 * How the durable execution of a run can be told that its wait is over: an approval or another signal arrived, or AWS reported that a resource of the run
 * has changed. Best effort: each wait also ends by itself.
 */
export interface Wake {
  readonly runId: string;
  /** The callback of the durable execution, to be completed by `SendDurableExecutionCallbackSuccess`. */
  readonly callbackId: string;
}

/**
 * Which runs rest, and how to wake them. A run registers before it reads its inbox for the last time before it rests, so that no signal falls in between:
 * a sender that writes its signal first, and then reads {@link Wakes.wakeOf}, either finds the registration or was heard.
 * Every implementation passes `test/contract/wakes.ts`.
 */
export interface Wakes {
  /** The run rests. Replaces an earlier registration. */
  expectWake(runId: string, callbackId: string): Promise<void>;
  /** The run works again, or has ended. Idempotent. */
  forgetWake(runId: string): Promise<void>;
  wakeOf(runId: string): Promise<Wake | undefined>;
  /** All runs that rest; few, and strongly consistent. */
  wakes(): Promise<readonly Wake[]>;
}
