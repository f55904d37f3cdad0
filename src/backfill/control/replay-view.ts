import type { SendSample } from '../base/replay-ports.ts';
import { Average, surely } from './average.ts';

/** Answers are judged in windows: large enough to be significant, short enough to react in time. */
const WINDOW_MS = 200;
const WINDOW_ANSWERS = 10;
const LONGEST_WINDOW_MS = 1_000;
/** Tolerated share of failed answers, on top of the share that always fails. */
export const TOLERATED_BAD = 0.05;
/** Largest increase of the unloaded latency that one dip may cause. */
const STEEPEST_RISE = 1.25;
/** Weight of an answer in a dip. */
const DIP_WEIGHT = 3;
const EASY_SPAN = 300;
const BAD_SPAN = 100;
const MOST_BAD_ANYWAY = 0.5;
/** If a cut does not reduce the share of failures, and it is small, the requests themselves are at fault. */
const UNCHANGED = 0.4;
const FEW_BAD = 0.2;
const JUDGED_AFTER = 60;
const NOW_SPAN = 80;
/** Standard errors that make a difference significant: service times vary about as much as they are long. */
const SURELY_SLOWER = 1.5;
const SURELY_BAD = 2;
const SURELY_FASTER = 3;

/** What the answers of one window say. */
export interface ReplayWindow {
  readonly answers: number;
  /** Mean of those that were good; absent: none was. */
  readonly meanMs?: number;
  /** Lower confidence bound of the mean. */
  readonly surelyMs?: number;
  /** 0..1. */
  readonly bad: number;
  /** Its lower confidence bound. */
  readonly surelyBad: number;
}

/**
 * What the replay's own answers say of the target: how long they take now, how long they take when it is at ease, and how many fail.
 *
 * Answers to what was sent before the last change are no news and are left out; see `renew`.
 */
export class ReplayView {
  readonly #easy = new Average(EASY_SPAN);
  readonly #now = new Average(NOW_SPAN);
  #dip: Average | undefined;
  #afterCut: { readonly before: number; readonly bad: Average } | undefined;
  /** The share that fails at the lowest rate too: such requests are bad by themselves. */
  readonly #badAnyway = new Average(BAD_SPAN);
  #openedAtMs: number | undefined;
  #begunAfterMs = Number.NEGATIVE_INFINITY;
  #answers = 0;
  #good = 0;
  #goodMs = 0;
  #last: ReplayWindow | undefined;

  /** Gives a window when one is complete. */
  add(nowMs: number, { latencyMs, outcome }: SendSample): ReplayWindow | undefined {
    if (nowMs - latencyMs < this.#begunAfterMs) return undefined;
    this.#openedAtMs ??= nowMs;
    this.#answers += 1;
    if (outcome === 'good') {
      this.#good += 1;
      this.#goodMs += latencyMs;
    }
    const ageMs = nowMs - this.#openedAtMs;
    if (ageMs < WINDOW_MS || (this.#answers < WINDOW_ANSWERS && ageMs < LONGEST_WINDOW_MS)) return undefined;
    const meanMs = this.#goodMs / this.#good;
    const bad = 1 - this.#good / this.#answers;
    this.#last = {
      answers: this.#answers,
      bad,
      surelyBad: Math.max(0, bad - SURELY_BAD * Math.sqrt((bad * (1 - bad)) / this.#answers)),
      ...(this.#good > 0 && { meanMs, surelyMs: surely(meanMs, this.#good, SURELY_SLOWER) }),
    };
    this.#reset();
    return this.#last;
  }

  /** From now on only what is sent from now on counts. */
  renew(nowMs: number): void {
    this.#begunAfterMs = nowMs;
    this.#now.clear();
    this.#reset();
  }

  /** What an answer takes when the target is at ease, in ms; undefined: not known so far. */
  get easyMs(): number | undefined {
    return this.#easy.mean;
  }

  /** What an answer takes now, in ms; undefined: nothing is known since the last change. */
  get nowMs(): number | undefined {
    return this.#now.mean;
  }

  /** The same, without what may be chance. */
  get surelyNowMs(): number | undefined {
    return this.#now.surely(1);
  }

  get newest(): ReplayWindow | undefined {
    return this.#last;
  }

  /**
   * Learns from a window what is normal. `light`: too little is sent to do any harm. `easy`: the live traffic at least does not feel it, so it is not the replay
   * that makes answers slow; that it is refused more often (429) may still be its doing.
   */
  learn({ meanMs, answers, bad }: ReplayWindow, load: 'light' | 'easy' | 'full'): void {
    if (load === 'light') this.#badAnyway.add(bad, answers);
    this.#compareWithCut(bad, answers);
    if (meanMs === undefined) return;
    this.#now.add(meanMs, answers);
    // To follow chance downward only would end at far too little.
    const isSurelyFaster = meanMs * (1 + SURELY_FASTER / Math.sqrt(answers)) < (this.easyMs ?? Infinity);
    if (load !== 'full' || isSurelyFaster) this.#easy.add(meanMs, answers);
  }

  /** After a cut because of failed answers: measures whether it helps. */
  cutForBad(before: number): void {
    this.#afterCut = { before, bad: new Average(JUDGED_AFTER) };
  }

  /** Learns what answers take while next to nothing is sent. */
  learnInDip({ meanMs, answers }: ReplayWindow): void {
    this.#dip ??= new Average(EASY_SPAN);
    if (meanMs !== undefined) this.#dip.add(meanMs, answers);
  }

  endDip(): void {
    const { mean, weight } = this.#dip ?? {};
    this.#dip = undefined;
    if (mean === undefined || weight === undefined) return;
    const easyMs = this.easyMs ?? mean;
    this.#easy.add(Math.min(mean, easyMs * STEEPEST_RISE), weight * DIP_WEIGHT);
  }

  get toleratedBad(): number {
    const anyway = Math.min(this.#badAnyway.mean ?? 0, MOST_BAD_ANYWAY);
    return anyway + Math.max(TOLERATED_BAD, anyway);
  }

  #compareWithCut(bad: number, answers: number): void {
    if (this.#afterCut === undefined) return;
    const { before, bad: after } = this.#afterCut;
    after.add(bad, answers);
    if (after.weight < JUDGED_AFTER || after.mean === undefined) return;
    if (after.mean >= UNCHANGED * before && after.mean <= FEW_BAD) this.#badAnyway.add(after.mean, BAD_SPAN);
    this.#afterCut = undefined;
  }

  #reset(): void {
    this.#openedAtMs = undefined;
    this.#answers = 0;
    this.#good = 0;
    this.#goodMs = 0;
  }
}
