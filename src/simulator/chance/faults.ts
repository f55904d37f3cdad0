/** What can go wrong, and how often; each a probability from 0 to 1. */
export interface FaultRates {
  /** Per call: refused by a throttle that the token buckets do not explain (other clients of the account). */
  readonly throttle: number;
  /** Per call: HTTP 500, and nothing happened. */
  readonly serverError: number;
  /** Per call: it succeeded, and the answer is a time-out or a broken connection. */
  readonly answerLost: number;
  /** Per create: the zone, the class or the provisioned initialization has none now. */
  readonly capacity: number;
  /** Per thing made: `creating` for ever. */
  readonly stuckCreating: number;
  /** Per thing made: initialisation stops at some percentage. */
  readonly stalledHydration: number;
  /**
   * Per thing made: a volume or snapshot ends in `error`, a DB instance in `incompatible-restore` or `failed`, a DB snapshot in `failed`. A promotion
   * ends with what is still a replica.
   */
  readonly failing: number;
  /** Per thing made: it exists, and then is gone. */
  readonly vanishing: number;
  /** Per change of a thing that exists: an attachment stays `attaching`, a detachment `busy`, a promotion `modifying`. */
  readonly hanging: number;
  /** Per DB instance made or promoted: it holds its data and needs a modification: `storage-full`, `incompatible-parameters` or `incompatible-option-group`. */
  readonly ailing: number;
  /** Per thing made: it is not configured as it was asked for. */
  readonly differing: number;
  /** Per snapshot and zone enabled: fast snapshot restore optimises for a very long time. */
  readonly fsrStuck: number;
  /** Per decision of the host: the process dies there. The host draws it; the simulator only keeps the number. */
  readonly processCrash: number;
}

/**
 * The profiles of `--faults`:
 *
 * | per                  | fault            | none | flaky | storm | drift |
 * | -------------------- | ---------------- | ---- | ----- | ----- | ----- |
 * | call                 | throttle         | 0    | 1 %   | 10 %  | 0     |
 * | call                 | serverError      | 0    | 0.5 % | 4 %   | 0     |
 * | call                 | answerLost       | 0    | 0.5 % | 5 %   | 0     |
 * | create               | capacity         | 0    | 1 %   | 8 %   | 0     |
 * | thing made           | stuckCreating    | 0    | 0.5 % | 4 %   | 0     |
 * | thing made           | stalledHydration | 0    | 0.5 % | 4 %   | 0     |
 * | thing made           | failing          | 0    | 1 %   | 6 %   | 0     |
 * | thing made           | vanishing        | 0    | 0.5 % | 4 %   | 0     |
 * | change               | hanging          | 0    | 0.5 % | 4 %   | 0     |
 * | DB instance made     | ailing           | 0    | 0     | 0     | 30 %  |
 * | thing made           | differing        | 0    | 0     | 0     | 30 %  |
 * | snapshot and zone    | fsrStuck         | 0    | 1 %   | 10 %  | 0     |
 * | decision             | processCrash     | 0    | 0.1 % | 1 %   | 0     |
 *
 * `drift` makes usable things that differ from the request, so that a run halts and an operator decides.
 *
 * What chance has refused has another chance later, and one source (a snapshot, a DB instance) meets at most {@link MAKING_FAULTS_PER_SOURCE} faults of
 * the things made from it: every run can end.
 */
export const FAULT_PROFILES = {
  none: {
    throttle: 0,
    serverError: 0,
    answerLost: 0,
    capacity: 0,
    stuckCreating: 0,
    stalledHydration: 0,
    failing: 0,
    vanishing: 0,
    hanging: 0,
    ailing: 0,
    differing: 0,
    fsrStuck: 0,
    processCrash: 0,
  },
  flaky: {
    throttle: 0.01,
    serverError: 0.005,
    answerLost: 0.005,
    capacity: 0.01,
    stuckCreating: 0.005,
    stalledHydration: 0.005,
    failing: 0.01,
    vanishing: 0.005,
    hanging: 0.005,
    ailing: 0,
    differing: 0,
    fsrStuck: 0.01,
    processCrash: 0.001,
  },
  storm: {
    throttle: 0.1,
    serverError: 0.04,
    answerLost: 0.05,
    capacity: 0.08,
    stuckCreating: 0.04,
    stalledHydration: 0.04,
    failing: 0.06,
    vanishing: 0.04,
    hanging: 0.04,
    ailing: 0,
    differing: 0,
    fsrStuck: 0.1,
    processCrash: 0.01,
  },
  drift: {
    throttle: 0,
    serverError: 0,
    answerLost: 0,
    capacity: 0,
    stuckCreating: 0,
    stalledHydration: 0,
    failing: 0,
    vanishing: 0,
    hanging: 0,
    ailing: 0.3,
    differing: 0.3,
    fsrStuck: 0,
    processCrash: 0,
  },
} as const satisfies Record<string, FaultRates>;

export type FaultProfileName = keyof typeof FAULT_PROFILES;
export type FaultName = keyof FaultRates;

/** Faults of making and changing (stuck, stalled, failing, vanishing, hanging; stuck FSR) that one source meets in the life of a world. */
export const MAKING_FAULTS_PER_SOURCE = 3;
