import { HOUR_MS, MINUTE_MS, type Instant } from '../../time.ts';
import type { Answer, Failure, FailureClass } from '../../workflow/base/effects.ts';

/** Shorter outages are not reported to the operator. */
const TELL_AFTER_MS = 5 * MINUTE_MS;
/** After an outage of this length the run pauses: the driver can neither sign in again nor repair a network, so an operator must act. */
const WAIT_AT_MOST_MS = HOUR_MS;

const OUT_OF_REACH: ReadonlySet<FailureClass> = new Set(['unreachable', 'credentials']);

/** Since when AWS has not answered, and what failed first. */
export interface Outage {
  readonly since: Instant;
  readonly failure: Failure;
}

export interface ContactMemo {
  /** Outage of looks (reads). */
  readonly unseen?: Outage;
  /** Outage of requests. */
  readonly unheard?: Outage;
}

/**
 * Whether AWS can be reached and read. While it cannot, no resource is judged: a resource that was not seen may be healthy. Two sources tell: the looks, and
 * the outcome of requests. They are tracked apart, because looks can succeed while requests fail for missing credentials, and vice versa.
 */
export class Contact {
  #memo: ContactMemo;

  constructor(memo: ContactMemo = {}) {
    this.#memo = memo;
  }

  get memo(): ContactMemo {
    return this.#memo;
  }

  /** A look failed, or (without `failure`) succeeded. */
  looked(at: Instant, failure?: Failure): void {
    this.#set('unseen', at, failure);
  }

  /** One round of requests was answered. */
  heard(at: Instant, answers: readonly Answer[]): void {
    const failures = answers.flatMap((answer) =>
      !answer.ok && OUT_OF_REACH.has(answer.failure.class) ? [answer.failure] : [],
    );
    this.#set('unheard', at, failures.length === answers.length ? failures[0] : undefined);
  }

  /** An operator resumed the run: the limit after which an outage pauses the run starts over. */
  beginAnew(at: Instant): void {
    this.#memo = Object.fromEntries(
      Object.entries(this.#memo).map(([name, outage]: [string, Outage]) => [name, { ...outage, since: at }]),
    );
  }

  get isLost(): boolean {
    return this.#memo.unseen !== undefined || this.#memo.unheard !== undefined;
  }

  /** The longest outage, once it is long enough to report. A denied permission is reported at once, because it does not come back by itself. */
  outageAt(at: Instant): Outage | undefined {
    const outages = [this.#memo.unseen, this.#memo.unheard].filter((outage) => outage !== undefined);
    const longest = outages.sort((one, other) => one.since - other.since)[0];
    if (longest === undefined) return undefined;
    return longest.failure.class === 'denied' || at - longest.since >= TELL_AFTER_MS ? longest : undefined;
  }

  /** The outage that an operator must handle, once it has lasted too long. */
  giveUpAt(at: Instant): Outage | undefined {
    const outage = this.outageAt(at);
    return outage !== undefined && at - outage.since >= WAIT_AT_MOST_MS ? outage : undefined;
  }

  #set(name: keyof ContactMemo, at: Instant, failure: Failure | undefined): void {
    const { [name]: known, ...others } = this.#memo;
    if (failure !== undefined) this.#memo = { ...others, [name]: known ?? { since: at, failure } };
    else if (known !== undefined) this.#memo = others;
  }
}
