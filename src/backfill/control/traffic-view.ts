import { SECOND_MS } from '../../time.ts';
import { clamp } from './average.ts';

/** Figures of the live traffic's last seconds, or that it cannot be read. */
export type LiveSample =
  | {
      /** Absent: there was too little traffic to say. */
      readonly p99Ms?: number;
      /** 0..1. */
      readonly errorRate?: number;
      /** How many the two were measured over. */
      readonly requests?: number;
    }
  | 'silent';

export interface TrafficViewSettings {
  /** Absent: twice of what it was before the replay began. */
  readonly p99Seconds?: number;
  readonly errorRatePercent: number;
  readonly periodSeconds: number;
  readonly delaySeconds: number;
}

/** The set point as a share of the target: the error of an estimate over one or two seconds is about as large. */
export const HEADROOM = 0.7;
/** If the p99 is near its target even without replay: this share of the rest. */
const HEADROOM_LEFT = 0.55;
const LEARNING = 0.2;
export const IMPLIED_FACTOR = 2;
/** How many samples the implied target is learned from. */
const LEARNING_SAMPLES = 3;
/** A p99 of fewer requests is little more than their maximum. */
const SOLID_REQUESTS = 200;
const AT_REST = 1.2;
const SMOOTHING = 0.45;
/** Fewer failures may be chance. */
export const FEWEST_ERRORS = 3;
/** Above the target by this factor, one sample is enough. */
const BADLY = 1.5;
export const SLOW_PERIODS = 4;
export const SLOW_SECONDS = 5;
export const PAUSE_PERIODS = 5;
export const PAUSE_SECONDS = 30;

/** What one sample says of the live traffic. */
export interface TrafficJudgement {
  /** ln(p99 / set point), of the smoothed p99 and the newest the lower: above 0 it is too slow; undefined: nothing known. */
  readonly pressure?: number;
  /** Share of the distance between the p99 without replay and the set point that is left: 0 to 1. */
  readonly room?: number;
  /** It is as fast as without replay. */
  readonly isAtRest: boolean;
  /** The sample itself is above its target. */
  readonly over: boolean;
  /** It is so far above that one sample is enough. */
  readonly badly: boolean;
  readonly failing: boolean;
  /** More than half of what errors may come to. */
  readonly nearFailing: boolean;
  /** The sample's p99 / its target. */
  readonly ratio: number;
}

/** Smooths the samples of the live traffic, and knows how old the last one is. */
export class TrafficView {
  readonly pauseAfterMs: number;
  readonly slowAfterMs: number;
  p99Ms: number | undefined;
  errorRate: number | undefined;
  judgement: TrafficJudgement | undefined;
  /** What the p99 is without replay. */
  #restMs: number | undefined;
  #seenAtMs: number | undefined;
  #learned: readonly number[] = [];
  readonly #settings: TrafficViewSettings;

  constructor(settings: TrafficViewSettings) {
    this.#settings = settings;
    const { periodSeconds } = settings;
    this.slowAfterMs = Math.max(SLOW_SECONDS, SLOW_PERIODS * periodSeconds) * SECOND_MS;
    this.pauseAfterMs = Math.max(PAUSE_SECONDS, PAUSE_PERIODS * periodSeconds) * SECOND_MS;
  }

  /** What the p99 may come to, in ms; undefined: neither declared nor learned so far. */
  get targetMs(): number | undefined {
    const { p99Seconds } = this.#settings;
    if (p99Seconds !== undefined) return p99Seconds * SECOND_MS;
    if (this.#learned.length < LEARNING_SAMPLES) return undefined;
    return IMPLIED_FACTOR * ([...this.#learned].sort((a, b) => a - b)[1] ?? Number.POSITIVE_INFINITY);
  }

  get isDeclared(): boolean {
    return this.#settings.p99Seconds !== undefined;
  }

  /** By how much the p99 may grow from what it is without replay, in ms; undefined: not known. */
  get leewayMs(): number | undefined {
    const target = this.targetMs;
    if (target === undefined || this.#restMs === undefined) return undefined;
    return Math.max(0, target - this.#restMs);
  }

  /** Forgets the smoothed p99: the next sample counts alone. */
  forget(): void {
    this.p99Ms = undefined;
  }

  /** Time since the last sample; before the first one, since the first call. */
  silentMs(nowMs: number): number {
    this.#seenAtMs ??= nowMs;
    return Math.max(0, nowMs - this.#seenAtMs);
  }

  /** @param isLight so little is replayed that what is seen is the live traffic alone */
  observe(sample: Exclude<LiveSample, 'silent'>, isLight: boolean, nowMs: number): TrafficJudgement {
    this.#seenAtMs = nowMs;
    const { p99Ms, errorRate, requests = SOLID_REQUESTS } = sample;
    if (p99Ms !== undefined) this.#smooth(p99Ms, requests);
    // Without traffic nothing is known to be slow any more.
    else if (requests === 0) this.p99Ms = undefined;
    this.errorRate = errorRate;
    this.#learnRest(isLight);
    const target = this.targetMs;
    const bound = this.#settings.errorRatePercent / 100;
    const errors = (errorRate ?? 0) * requests;
    const ratio = p99Ms === undefined || target === undefined ? 0 : p99Ms / target;
    this.judgement = {
      ...(this.p99Ms !== undefined &&
        target !== undefined &&
        this.#pressure(this.p99Ms, p99Ms ?? this.p99Ms, target)),
      isAtRest: p99Ms !== undefined && p99Ms < AT_REST * (this.#restMs ?? 0),
      over: ratio > 1,
      badly: ratio > BADLY,
      failing: errors >= FEWEST_ERRORS && (errorRate ?? 0) > bound,
      nearFailing: errors >= FEWEST_ERRORS && (errorRate ?? 0) > bound / 2,
      ratio,
    };
    return this.judgement;
  }

  #pressure(p99Ms: number, newestMs: number, target: number): Pick<TrafficJudgement, 'pressure' | 'room'> {
    const rest = Math.min(this.#restMs ?? 0, target);
    const setPoint = Math.max(HEADROOM * target, rest + HEADROOM_LEFT * (target - rest));
    const pressure = Math.log(Math.min(p99Ms, newestMs) / setPoint);
    const whole = clamp(0.7 * Math.log(setPoint / Math.max(rest, 0.01)), 0.05, 1);
    return { pressure, room: clamp(Math.log(setPoint / p99Ms) / whole, 0, 1) };
  }

  #learnRest(isLight: boolean): void {
    if (this.p99Ms === undefined) return;
    this.#restMs ??= this.p99Ms;
    if (isLight || this.p99Ms < this.#restMs) this.#restMs += LEARNING * (this.p99Ms - this.#restMs);
  }

  #smooth(p99Ms: number, requests: number): void {
    if (this.#learned.length < LEARNING_SAMPLES) this.#learned = [...this.#learned, p99Ms];
    if (this.p99Ms === undefined) {
      this.p99Ms = p99Ms;
      return;
    }
    const share = SMOOTHING * Math.min(1, Math.sqrt(requests / SOLID_REQUESTS));
    this.p99Ms *= Math.exp(share * Math.log(Math.max(p99Ms, 0.01) / Math.max(this.p99Ms, 0.01)));
  }
}
