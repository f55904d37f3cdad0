import { SECOND_MS } from '../../time.ts';
import { clamp } from './average.ts';

const FLOOR = 1;
export const START = 10;
const HIGHEST = 1_000_000;
/** Growth is exponential; these are exponents for one delay of the signal: doubling at the start, a third up to the known ceiling, slow probing beyond it. */
const STARTING = Math.LN2;
const KNOWN = 0.3;
const PROBING = 0.03;
/** While there is no sign of load, probing accelerates with time, up to these factors. */
const BOLD = 3;
const BOLDER_AFTER_MS = 5_000;
const BOLDEST = 10;
/** Share of the rate that was too high that counts as safe. */
const KNOWN_SHARE = 0.9;
/** Weight of a new complaint in the estimate of the ceiling. */
const RELEARNING = 0.5;
/** A cut starts from the rate that was really used, but not below this share of the allowed one. */
const LEAST_USED = 0.25;

/** The rate: down by factors, up by as much as there is room and knowledge for. */
export class Climb {
  readonly floor: number;
  readonly highest: number;
  #perSecond: number;
  #starting = true;
  /** About where complaints came; 0: there were none. */
  #ceiling = 0;
  readonly #delayMs: number;
  #cutMs = Number.NEGATIVE_INFINITY;
  #complaintMs = Number.NEGATIVE_INFINITY;

  constructor(maxRate: number | undefined, delayMs: number) {
    this.highest = maxRate ?? HIGHEST;
    this.floor = Math.min(FLOOR, this.highest);
    this.#perSecond = this.floor;
    this.#delayMs = delayMs;
  }

  get rate(): number {
    return this.#perSecond;
  }

  get isStarting(): boolean {
    return this.#starting;
  }

  get isAtFloor(): boolean {
    return this.#perSecond <= this.floor * 1.01;
  }

  /** So little that whatever is slow is not slow because of it. */
  get isLight(): boolean {
    return this.#perSecond <= (this.#starting ? START : 2 * this.floor);
  }

  get cutAtMs(): number {
    return this.#cutMs;
  }

  /** Time since the last sign of too much load. */
  calmMs(nowMs: number): number {
    return nowMs - this.#complaintMs;
  }

  /** From the bottom again, fast up to what was safe before. */
  begin(): void {
    this.#starting = this.#ceiling === 0;
    this.#perSecond = Math.min(START, this.highest);
  }

  stopStarting(): void {
    this.#starting = false;
  }

  /** Too much: down at once. */
  cut(factor: number, used: number, nowMs: number): void {
    const from = Math.max(Math.min(this.#perSecond, used * 1.25), this.#perSecond * LEAST_USED);
    // One disturbance often causes several complaints: only the first one tells which rate was too high.
    if (nowMs - this.#complaintMs > this.#delayMs) this.#learnCeiling(from);
    this.#starting = false;
    this.#cutMs = nowMs;
    this.#complaintMs = nowMs;
    this.#perSecond = Math.max(this.floor, from * factor);
  }

  /** A little too much: down a little. */
  ease(factor: number, nowMs: number): void {
    if (nowMs - this.#complaintMs > this.#delayMs) this.#learnCeiling(this.#perSecond);
    this.#starting = false;
    this.#complaintMs = nowMs;
    this.#perSecond = Math.max(this.floor, this.#perSecond * factor);
  }

  /** Down towards the floor while nothing is known, keeping in mind what was safe. */
  fade(factor: number): void {
    if (this.#ceiling === 0) this.#ceiling = this.#perSecond;
    this.#starting = false;
    this.#perSecond = Math.max(this.floor, this.#perSecond * factor);
  }

  /**
   * @param room 0: none, 1: all that there can be
   * @param isAtEase the target shows no sign of load at all: no harm in being bold
   */
  grow(elapsedMs: number, room: number, isAtEase: boolean, nowMs: number): void {
    if (nowMs - this.#complaintMs < this.#delayMs / 2) return;
    const pace = this.#starting ? STARTING : Math.max(this.#knownPace(), this.#probingPace(isAtEase, nowMs));
    const delay = Math.max(this.#delayMs, SECOND_MS);
    this.#perSecond = Math.min(this.highest, this.#perSecond * Math.exp(((pace * elapsedMs) / delay) * room));
  }

  /** Fast where it was safe before, slower as it comes near. */
  #knownPace(): number {
    if (this.#ceiling === 0) return 0;
    return Math.min(KNOWN, Math.log((KNOWN_SHARE * this.#ceiling) / this.#perSecond));
  }

  #probingPace(isAtEase: boolean, nowMs: number): number {
    const calm = (nowMs - this.#complaintMs) / BOLDER_AFTER_MS;
    return PROBING * (isAtEase ? clamp(BOLD * calm, BOLD, BOLDEST) : clamp(calm, 1, BOLD));
  }

  #learnCeiling(rate: number): void {
    this.#ceiling = this.#ceiling === 0 ? rate : this.#ceiling + RELEARNING * (rate - this.#ceiling);
  }
}
