import { SECOND_MS } from '../../time.ts';
import type { Governor, GovernorState, SendSample } from '../base/replay-ports.ts';
import { Climb } from './climb.ts';
import { heldBackText, type OwnHealth, type Restraint } from './held-back.ts';
import { TrafficView, type TrafficJudgement, type LiveSample } from './traffic-view.ts';
import { ReplayView, type ReplayWindow } from './replay-view.ts';
import { SendTokens } from './send-tokens.ts';
import { Pausing } from './pausing.ts';
import { strainOf } from './strain.ts';
import { clamp } from './average.ts';

export type { OwnHealth } from './held-back.ts';
export type { LiveSample } from './traffic-view.ts';

export interface AdaptiveSettings {
  /** What the live traffic's p99 may come to. Absent: twice of what it was before the replay began. */
  readonly p99Seconds?: number;
  /** What share of the live requests may fail. */
  readonly errorRatePercent: number;
  /** Sends a second that are never exceeded. */
  readonly maxRate?: number;
  /** How many sends may be under way. */
  readonly connections: number;
  /** Properties of the live signal; absent: there is none, and only the replay's own answers control the rate. */
  readonly live?: {
    /** Between two samples. */
    readonly periodSeconds: number;
    /** Until what happens now shows in a sample. */
    readonly delaySeconds: number;
  };
}

/** The rate that the live traffic leaves room for. Times are milliseconds of a monotonic clock. */
export interface AdaptiveRate extends Governor {
  observe(sample: LiveSample, nowMs: number): void;
  notice(health: OwnHealth, nowMs: number): void;
}

/** Without a live signal answers may take this many times their unloaded latency... */
export const TOLERANCE_BLIND = 2;
/** ...else longer by this part of what the live p99 may grow by (waits have a mean of about a third of their p99), and at least so much. */
const SHARE_OF_WAIT = 0.33;
const LEAST_TOLERANCE = 1.3;
/** Ratios of latency to unloaded latency: below the first there is no sign of load; above the second the start phase ends. */
const AT_EASE = 1.15;
const STARTED = 1.4;
const UNKNOWN_LATENCY_MS = 1_000;
/** Where less of the rate is used, there is no reason for more of it. */
const USED_SHARE = 0.6;
const USED_MATTERS_FROM = 5;
/** Gradients closer to 1 may be chance, and do not reset the measurements. */
const CLEARLY = 0.85;
/** While only its own latency limits the rate: interval, length and share of a dip, which measures the latency without this load. */
const DIP_EVERY_MS = 30_000;
const DIP_MS = 1_000;
const DIP_SHARE = 0.25;
const LITTLE_ROOM = 0.7;
const MANY_BAD = 0.3;
const IN_A_ROW = 2;
const ASK_AGAIN_MS = 250;
const LONGEST_STEP_MS = 1_000;

const STRAIN_COUNTS_MS = 3_000;
const RELIEF_EVERY_MS = 2_000;

/**
 * Creates the rate that goes by the live traffic first (p99 against its target, errors against their bound), by the replay's own answers
 * second, and by the health of this process. Down at once and by factors, up with care; it pauses and resumes by itself.
 */
export function createAdaptiveRate(settings: AdaptiveSettings): AdaptiveRate {
  return new Adaptive(settings);
}

class Adaptive implements AdaptiveRate {
  readonly #settings: AdaptiveSettings;
  readonly #live: TrafficView | undefined;
  readonly #own = new ReplayView();
  readonly #pacer = new SendTokens();
  readonly #climb: Climb;
  readonly #pausing = new Pausing();
  readonly #delayMs: number;
  #steppedAtMs: number | undefined;
  #ratioAtCut = 0;
  #restraint: Restraint = 'starting';
  #suffering = 0;
  #fine = 0;
  #dipUntilMs = 0;
  #dippedAtMs: number | undefined;
  #health: OwnHealth | undefined;
  #strainAtMs = Number.NEGATIVE_INFINITY;
  #relievedAtMs = Number.NEGATIVE_INFINITY;
  #isFull = false;

  constructor(settings: AdaptiveSettings) {
    const { live, maxRate } = settings;
    this.#settings = settings;
    this.#delayMs = (live?.delaySeconds ?? 1) * SECOND_MS;
    this.#climb = new Climb(maxRate, this.#delayMs);
    if (live === undefined) this.#climb.begin();
    else this.#live = new TrafficView({ ...settings, ...live });
  }

  allowance(nowMs: number, inFlight: number): number {
    this.#step(nowMs);
    if (this.#pausing.by !== undefined) return 0;
    const room = this.#limit(nowMs) - inFlight;
    this.#isFull = room <= 0;
    return Math.max(0, Math.min(this.#pacer.ready, room));
  }

  wakeAt(nowMs: number): number | undefined {
    if (this.#pausing.by !== undefined) return nowMs + ASK_AGAIN_MS;
    if (this.#isFull || this.#pacer.ready >= 1) return undefined;
    return nowMs + Math.min(this.#pacer.untilReadyMs(this.#sending(nowMs)), ASK_AGAIN_MS);
  }

  began(nowMs: number, count: number): void {
    this.#step(nowMs);
    this.#pacer.take(count);
  }

  ended(nowMs: number, sample: SendSample): void {
    this.#step(nowMs);
    const window = this.#own.add(nowMs, sample);
    if (window !== undefined) this.#judgeOwn(window, nowMs);
  }

  observe(sample: LiveSample, nowMs: number): void {
    this.#step(nowMs);
    if (this.#live === undefined || sample === 'silent') return;
    const isFirst = this.#live.judgement === undefined;
    const judgement = this.#live.observe(sample, this.#climb.isLight, nowMs);
    const suffers = judgement.over || judgement.failing;
    this.#fine = suffers ? 0 : this.#fine + 1;
    this.#suffering = suffers && this.#climb.isAtFloor ? this.#suffering + 1 : 0;
    const { by } = this.#pausing;
    if (by === 'live-silent') {
      if (suffers) this.#pausing.begin(judgement.failing ? 'live-errors' : 'live-p99', nowMs);
      else this.#resume(nowMs);
    } else if (by === 'live-p99' || by === 'live-errors') {
      if (this.#fine >= IN_A_ROW && this.#pausing.mayEnd(nowMs)) this.#resume(nowMs);
    } else if (isFirst && !suffers) this.#climb.begin();
    else this.#judgeLive(judgement, nowMs);
    if (this.#suffering > IN_A_ROW)
      this.#pausing.begin(judgement.failing ? 'live-errors' : 'live-p99', nowMs);
  }

  notice(health: OwnHealth, nowMs: number): void {
    this.#step(nowMs);
    this.#health = health;
    const strain = strainOf(health);
    if (strain === undefined) return;
    this.#strainAtMs = nowMs;
    this.#restraint = strain.by;
    // Readings overlap: the next one repeats what this one says.
    if (strain.factor === 1 || nowMs - this.#relievedAtMs < RELIEF_EVERY_MS) return;
    this.#relievedAtMs = nowMs;
    this.#climb.ease(strain.factor, nowMs);
  }

  describe(nowMs: number): GovernorState {
    this.#step(nowMs);
    const paused = this.#pausing.by !== undefined;
    const by = this.#pausing.by ?? this.#holding(nowMs);
    return {
      mode: 'adaptive',
      paused,
      ratePerSecond: paused ? 0 : this.#sending(nowMs),
      ...(by !== undefined && { heldBackBy: this.#text(by, nowMs) }),
    };
  }

  /** Advances the time: tokens, growth, silence. */
  #step(nowMs: number): void {
    const elapsedMs = Math.min(Math.max(nowMs - (this.#steppedAtMs ?? nowMs), 0), LONGEST_STEP_MS);
    this.#steppedAtMs = nowMs;
    this.#pacer.fill(nowMs, this.#pausing.by === undefined ? this.#sending(nowMs) : 0);
    this.#watchSilence(nowMs, elapsedMs);
    if (this.#pausing.by !== undefined) return;
    this.#maybeDip(nowMs);
    if (this.#mayGrow(nowMs))
      this.#climb.grow(elapsedMs, this.#room(nowMs), this.#slowness() < AT_EASE, nowMs);
  }

  #watchSilence(nowMs: number, elapsedMs: number): void {
    if (this.#live === undefined) return;
    const silentMs = this.#live.silentMs(nowMs);
    if (silentMs > this.#live.pauseAfterMs) {
      if (this.#pausing.by === undefined) this.#pausing.begin('live-silent', nowMs);
    } else if (silentMs > this.#live.slowAfterMs) {
      this.#restraint = 'live-silent';
      this.#climb.fade(2 ** (-elapsedMs / SECOND_MS));
    }
  }

  #mayGrow(nowMs: number): boolean {
    if (nowMs < this.#dipUntilMs || nowMs - this.#strainAtMs < STRAIN_COUNTS_MS) return false;
    if (!this.#isUsed) return false;
    if (this.#live === undefined) return true;
    if (this.#live.judgement === undefined || this.#live.silentMs(nowMs) > this.#live.slowAfterMs)
      return false;
    return !this.#live.judgement.nearFailing;
  }

  get #isUsed(): boolean {
    const { rate } = this.#climb;
    return rate <= USED_MATTERS_FROM || this.#pacer.used >= USED_SHARE * rate;
  }

  /** How much of the room for growth is left, 0..1. */
  #room(nowMs: number): number {
    const live = this.#live === undefined ? 1 : (this.#live.judgement?.room ?? 0.5);
    const ownMs = this.#own.surelyNowMs;
    const own = ownMs === undefined ? 1 : clamp(Math.log(this.#allowedMs() / ownMs) / 0.3, 0, 1);
    if (Math.min(own, live) < LITTLE_ROOM) this.#restraint = own < live ? 'own-latency' : 'live-p99';
    else if (this.#climb.isStarting) this.#restraint = 'starting';
    else if (this.#climb.calmMs(nowMs) > 2 * this.#delayMs) this.#restraint = 'probing';
    return Math.min(live, own);
  }

  /** How many times longer than at ease answers take. */
  #slowness(): number {
    const { easyMs, surelyNowMs } = this.#own;
    return easyMs === undefined || surelyNowMs === undefined ? 1 : surelyNowMs / easyMs;
  }

  #maybeDip(nowMs: number): void {
    this.#dippedAtMs ??= nowMs;
    if (this.#restraint !== 'own-latency' || this.#climb.isLight || nowMs - this.#dippedAtMs < DIP_EVERY_MS)
      return;
    this.#dippedAtMs = nowMs;
    this.#dipUntilMs = nowMs + DIP_MS;
    this.#own.renew(nowMs);
  }

  #judgeOwn(window: ReplayWindow, nowMs: number): void {
    const isDip = nowMs < this.#dipUntilMs;
    const { surelyMs, bad, surelyBad } = window;
    if (isDip) return this.#own.learnInDip(window);
    this.#own.endDip();
    const isAtRest = this.#live?.judgement?.isAtRest === true;
    this.#own.learn(window, this.#climb.isLight ? 'light' : isAtRest ? 'easy' : 'full');
    if (surelyBad > this.#own.toleratedBad) {
      this.#own.cutForBad(bad);
      return this.#cut(bad > MANY_BAD ? 0.5 : 0.7, 'own-errors', nowMs);
    }
    if (surelyMs === undefined) return;
    if (this.#slowness() > STARTED) this.#climb.stopStarting();
    const gradient = clamp(this.#allowedMs() / surelyMs, 0.5, 1);
    if (gradient < CLEARLY) this.#cut(gradient, 'own-latency', nowMs);
    else if (gradient < 1) this.#climb.ease(gradient, nowMs);
  }

  #judgeLive({ pressure = -1, failing, badly, ratio }: TrafficJudgement, nowMs: number): void {
    const isOld = nowMs - this.#climb.cutAtMs < this.#delayMs;
    if (failing || badly) {
      // Half of the sample is from before the last cut: it counts only if it is worse.
      if (isOld && ratio <= 1.5 * this.#ratioAtCut) return;
      this.#ratioAtCut = ratio;
      this.#cut(failing ? 0.5 : clamp(1 / ratio, 0.4, 0.6), failing ? 'live-errors' : 'live-p99', nowMs);
    } else if (pressure > 0 && !isOld) {
      this.#restraint = 'live-p99';
      this.#climb.ease(Math.exp(-Math.min(0.25, 0.4 * pressure)), nowMs);
    }
    if (pressure > -0.5) this.#climb.stopStarting();
  }

  #cut(factor: number, by: Restraint, nowMs: number): void {
    this.#restraint = by;
    this.#climb.cut(factor, this.#pacer.used, nowMs);
    this.#own.renew(nowMs);
  }

  #resume(nowMs: number): void {
    this.#pausing.end(nowMs);
    this.#climb.begin();
    this.#live?.forget();
    this.#own.renew(nowMs);
    this.#suffering = 0;
  }

  #sending(nowMs: number): number {
    return nowMs < this.#dipUntilMs
      ? Math.max(this.#climb.floor, DIP_SHARE * this.#climb.rate)
      : this.#climb.rate;
  }

  /** Little's law: requests in flight at that rate with the longest allowed latency. A slow target limits the rate before any signal does. */
  #limit(nowMs: number): number {
    const underWay = (this.#sending(nowMs) * this.#allowedMs()) / SECOND_MS;
    return Math.min(Math.ceil(underWay) + 2, this.#settings.connections);
  }

  /** What an answer may take on average, in ms. */
  #allowedMs(): number {
    const { easyMs } = this.#own;
    if (easyMs === undefined) return UNKNOWN_LATENCY_MS;
    const target = this.#live?.targetMs;
    if (target === undefined) return TOLERANCE_BLIND * easyMs;
    return Math.max(LEAST_TOLERANCE * easyMs, easyMs + SHARE_OF_WAIT * (this.#live?.leewayMs ?? 0));
  }

  #holding(nowMs: number): Restraint | undefined {
    if (nowMs < this.#dipUntilMs) return 'look';
    if (this.#climb.rate >= this.#climb.highest)
      return this.#settings.maxRate === undefined ? undefined : 'cap';
    if (!this.#isUsed && !this.#isFull) return undefined;
    if (this.#isFull && this.#limit(nowMs) >= this.#settings.connections) return 'connections';
    return this.#restraint;
  }

  #text(by: Restraint, nowMs: number): string {
    const [live, own, health, settings] = [this.#live, this.#own, this.#health, this.#settings];
    const { connections, errorRatePercent } = settings;
    const facts = { live, own, health, connections, errorRatePercent, maxRate: this.#climb.highest };
    return heldBackText(by, facts, nowMs);
  }
}
