import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Answer, Effect, EffectId } from '../workflow/base/effects.ts';
import type { Executor } from '../workflow/base/executor.ts';
import { isTokenless } from '../workflow/base/pending.ts';
import { resourceOf } from '../workflow/base/aggregate-id.ts';
import { dueEffects, requestsOf, send, type Round } from './requests/dispatcher.ts';
import type { FleetState } from './fleet/fleet-state.ts';
import { endsBeforePause, type Hearing } from './signals/interruption.ts';
import type { DriverMemo } from './memo.ts';
import type { Ranks } from './fleet/priority.ts';

interface SenderParts extends Hearing {
  readonly executor: Executor;
  readonly concurrency: number;
}

const NONE: readonly EffectId[] = [];

/** Sends due effects, one round at a time, and knows of each effect whether an earlier driver may have sent it. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #fleet: FleetState;
  readonly #ranks: Ranks;
  /** Effects chosen for the next round, not yet sent. */
  #chosen: readonly Effect[] = [];
  /** Requests that were in flight when a pause was requested. */
  #round: Round | undefined;
  #sending = NONE;
  #doubtful: DriverMemo['doubtful'];

  /**
   * AWS may have carried out what the last driver was sending. If its memo is lost, every due effect counts as possibly sent.
   */
  constructor(
    parts: SenderParts,
    fleet: FleetState,
    ranks: Ranks,
    memo: Partial<Pick<DriverMemo, 'sending' | 'doubtful'>>,
    now: Instant,
  ) {
    this.#parts = parts;
    this.#fleet = fleet;
    this.#ranks = ranks;
    const due = (): EffectId[] =>
      [...fleet.outbox.values()].filter(({ notBefore = 0 }) => notBefore <= now).map(({ id }) => id);
    const { sending = due(), doubtful = {} } = memo;
    this.#doubtful = { ...Object.fromEntries(sending.map((id) => [id, now])), ...doubtful };
    for (const [id, since] of Object.entries(this.#doubtful)) {
      const effect = fleet.outbox.get(id);
      if (effect !== undefined) fleet.outbox.set(id, doubted(effect, since));
    }
    this.#forget();
  }

  /** Must be in the journal before {@link Sender.send} is called. */
  get sending(): readonly EffectId[] {
    return this.#sending;
  }

  get doubtful(): DriverMemo['doubtful'] {
    return this.#doubtful;
  }

  /** No request is in flight. */
  get isIdle(): boolean {
    return this.#round === undefined;
  }

  /** Chooses the effects of the next round; false when none is due. Waits for the current round first. */
  choose(now: Instant): boolean {
    if (this.#round !== undefined) return true;
    this.#chosen = dueEffects(
      this.#fleet.outbox.values(),
      now,
      (aggregate) => this.#ranks.get(resourceOf(aggregate)) ?? 0,
    );
    if (this.#chosen.length > 0) this.#sending = this.#chosen.map(({ id }) => id);
    return this.#chosen.length > 0;
  }

  /**
   * Sends one round and returns the answers. After a requested pause it does not wait for missing answers: those effects stay in
   * the outbox, and the next driver treats them as possibly sent. If the run continues in this process, nothing is sent before the answers have come.
   */
  async send(pause: AbortSignal, mayBegin: () => boolean): Promise<readonly Answer[]> {
    const { executor, concurrency } = this.#parts;
    const round = this.#round ?? send(executor, requestsOf(this.#chosen, executor), concurrency, mayBegin);
    this.#round = round;
    if (await endsBeforePause(round.done, pause, this.#parts, () => round.stop())) this.#round = undefined;
    const answers = round.take();
    const answered = new Set(answers.map(({ effectId }) => effectId));
    const left = this.#sending.filter((id) => !answered.has(id));
    this.#sending = left.length === 0 || this.#round === undefined ? NONE : left;
    return answers;
  }

  /** Forgets answered effects. */
  #forget(): void {
    const entries = Object.entries(this.#doubtful);
    const left = entries.filter(([id]) => this.#fleet.outbox.has(id));
    if (left.length < entries.length) this.#doubtful = Object.fromEntries(left);
  }

  /** To be called once the answers have been applied. */
  settled(): void {
    this.#forget();
  }
}

/** Marks an effect that AWS may have carried out. Where AWS has no idempotency token for it, it is searched for, after the settle window, because reads may be stale before. */
function doubted(effect: Effect, since: Instant): Effect {
  if (!isTokenless(effect)) return { ...effect, doubtful: true };
  const showsAt = since + SETTLE_SECONDS * SECOND_MS;
  return { ...effect, doubtful: true, notBefore: Math.max(effect.notBefore ?? 0, showsAt) };
}
