import type { RecordKey } from '../base/record.ts';
import type { Fate } from '../base/replay-ports.ts';
import type { LedgerEntry } from './entries.ts';
import { Fates } from './fates.ts';
import type { Attempts, LedgerCounts, RecordState } from './ledger.ts';
import type { Instant } from '../../time.ts';

/** Messages deleted from their queue whose fates are kept: queues deliver at least once, and a second delivery must not be sent again. */
const REMEMBERED_MESSAGES = 65_536;
const NEW: RecordState = { kind: 'new' };

/** What the entries of a ledger come to: a bit for each numbered record that has a fate, a few bytes for what was sent and has none. */
export class RecordStates {
  /** Sent, without a fate: twice the attempts, plus one while the outcome of the last one is unknown. */
  readonly #open = new Map<number | string, number>();
  /** Of those: what a failed attempt left to be known. */
  readonly #held = new Map<number | string, { readonly unsent: number; readonly dueAt: number }>();
  readonly #fates = new Fates();
  /** Fates of what has no number, until its queue has deleted it. */
  readonly #unnumbered = new Map<string, Fate['kind']>();
  /** Those deleted last, the oldest first. */
  readonly #gone = new Map<string, Fate['kind']>();
  /** Whether the records of a source carry ordinals: one that lost its own would be sent twice. */
  readonly #isNumbered = new Map<number, boolean>();
  readonly #counts: { -readonly [name in keyof LedgerCounts]: LedgerCounts[name] } = {
    succeeded: 0,
    rejected: 0,
    abandoned: 0,
    ambiguous: 0,
    sends: 0,
    resentUnknown: 0,
  };

  get counts(): LedgerCounts {
    return { ...this.#counts };
  }

  /** Records that were sent and have no fate. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The lowest ordinal without a fate. */
  get firstOpen(): number {
    return this.#fates.firstOpen;
  }

  of(key: RecordKey): RecordState {
    const id = this.#idOf(key);
    const state = this.#open.get(id);
    if (state !== undefined)
      return { kind: state % 2 === 1 ? 'unknown' : 'tried', ...this.#attempts(id, state) };
    const fate = this.#fateOf(id);
    return fate === undefined ? NEW : { kind: 'fate', fate };
  }

  fateOf(key: RecordKey): Fate['kind'] | undefined {
    return this.#fateOf(this.#idOf(key));
  }

  apply(entry: LedgerEntry): void {
    const id = this.#idOf(entry.key);
    if (entry.kind === 'intent') {
      this.#counts.sends += 1;
      if ((this.#open.get(id) ?? 0) % 2 === 1) this.#counts.resentUnknown += 1;
      this.#open.set(id, entry.attempt * 2 + 1);
      if (this.#held.size > 0) this.#hold(id, this.#held.get(id)?.unsent ?? 0, 0);
    } else if (entry.kind === 'failure') {
      const { pauseMs = 0, unsent = 0 } = entry;
      this.#open.set(id, entry.attempt * 2 + (entry.outcome === 'unknown' ? 1 : 0));
      this.#hold(id, unsent, pauseMs > 0 ? entry.at + pauseMs : 0);
    } else if (entry.kind === 'gone') {
      this.#forget(id);
    } else {
      this.#open.delete(id);
      this.#held.delete(id);
      // The first fate is the fate: every record counts once.
      if (this.#fateOf(id) !== undefined) return;
      this.#counts[entry.fate.kind] += 1;
      this.#noteLoss(entry);
      if (typeof id === 'number') this.#fates.set(id, entry.fate.kind);
      else this.#unnumbered.set(id, entry.fate.kind);
    }
  }

  #attempts(id: number | string, state: number): Attempts {
    const { unsent = 0, dueAt = 0 } = this.#held.get(id) ?? {};
    return { attempts: state >> 1, ...(unsent > 0 && { unsent }), ...(dueAt > 0 && { dueAt }) };
  }

  #hold(id: number | string, unsent: number, dueAt: Instant): void {
    if (unsent > 0 || dueAt > 0) this.#held.set(id, { unsent, dueAt });
    else this.#held.delete(id);
  }

  #noteLoss({ fate, requestAt }: Extract<LedgerEntry, { kind: 'outcome' }>): void {
    if (fate.kind === 'succeeded' || requestAt === undefined) return;
    this.#counts.earliestLostAt = Math.min(requestAt, this.#counts.earliestLostAt ?? requestAt);
  }

  #fateOf(id: number | string): Fate['kind'] | undefined {
    return typeof id === 'number' ? this.#fates.of(id) : (this.#unnumbered.get(id) ?? this.#gone.get(id));
  }

  #forget(id: number | string): void {
    if (typeof id === 'number') return;
    const fate = this.#unnumbered.get(id);
    if (fate === undefined) return;
    this.#unnumbered.delete(id);
    this.#gone.set(id, fate);
    if (this.#gone.size <= REMEMBERED_MESSAGES) return;
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined) this.#gone.delete(oldest);
  }

  #idOf({ source, position, ordinal }: RecordKey): number | string {
    const isNumbered = ordinal !== undefined;
    const known = this.#isNumbered.get(source);
    if (known === undefined) this.#isNumbered.set(source, isNumbered);
    else if (known !== isNumbered)
      throw new Error(
        `record ${position} of source ${source} comes ${known ? 'without its' : 'with an'} ordinal`,
      );
    return ordinal ?? (typeof position === 'number' ? `${source}@${position}` : `${source}:${position}`);
  }
}
