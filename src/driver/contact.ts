import { HOUR_MS, MINUTE_MS, type Instant } from '../time.ts';
import type { Answer, Failure, FailureClass } from '../workflow/base/effects.ts';

/** A blip is no news. */
const TELL_AFTER_MS = 5 * MINUTE_MS;
/** Then a person should know: signing in again or mending a network is not for a program. */
const WAIT_AT_MOST_MS = HOUR_MS;

const OUT_OF_REACH: ReadonlySet<FailureClass> = new Set(['unreachable', 'credentials']);

/** Since when nothing has been heard of AWS, and what failed first. */
export interface Outage {
  readonly since: Instant;
  readonly failure: Failure;
}

/**
 * Whether AWS can be reached and read. While it cannot, nothing is judged: what was not seen may be well. Two things tell: the looks, and
 * what comes of requests. A look that succeeds says nothing about requests that are refused for want of credentials, nor the other way round.
 */
export class Contact {
  #unseen: Outage | undefined;
  #unheard: Outage | undefined;

  /** A look failed, or (without `failure`) succeeded. */
  looked(at: Instant, failure?: Failure): void {
    this.#unseen = failure === undefined ? undefined : (this.#unseen ?? { since: at, failure });
  }

  /** One round of requests was answered. */
  heard(at: Instant, answers: readonly Answer[]): void {
    const failures = answers.flatMap((answer) =>
      !answer.ok && OUT_OF_REACH.has(answer.failure.class) ? [answer.failure] : [],
    );
    const [failure] = failures;
    const isCut = failure !== undefined && failures.length === answers.length;
    this.#unheard = isCut ? (this.#unheard ?? { since: at, failure }) : undefined;
  }

  get isLost(): boolean {
    return this.#unseen !== undefined || this.#unheard !== undefined;
  }

  /** The longest silence, once it is worth telling. A permission that was taken away does not come back by itself: that is told at once. */
  silenceAt(at: Instant): Outage | undefined {
    const silences = [this.#unseen, this.#unheard].filter((silence) => silence !== undefined);
    const longest = silences.sort((one, other) => one.since - other.since)[0];
    if (longest === undefined) return undefined;
    return longest.failure.class === 'denied' || at - longest.since >= TELL_AFTER_MS ? longest : undefined;
  }

  /** Why a person is wanted, once it has lasted too long. */
  giveUpAt(at: Instant): Outage | undefined {
    const silence = this.silenceAt(at);
    return silence !== undefined && at - silence.since >= WAIT_AT_MOST_MS ? silence : undefined;
  }
}
