import { performance } from 'node:perf_hooks';
import { BackOff, pauseSeconds, secondsLeft } from './back-off.ts';
import { Fifo } from './fifo.ts';
import { Intake } from './intake.ts';
import { judge, type Judgement } from './judge.ts';
import { KeyOrder } from './key-order.ts';
import { LedgerGroup } from './ledger-group.ts';
import { Pacing } from './pacing.ts';
import type { EngineSettings, ReplayParts } from './parts.ts';
import type { Attempt, Fate } from '../base/replay-ports.ts';
import { ReplayTally, SendMeter, type ReplayEnd, type ReplayProgress } from './replay-progress.ts';
import { Settlements } from './settlements.ts';
import { SECOND_MS } from '../../time.ts';
import { Wake } from './wake.ts';
import type { WorkItem } from './work-item.ts';

export type { EngineSettings, ReplayParts } from './parts.ts';
export type { ReplayEnd, ReplayProgress } from './replay-progress.ts';

/** Limits of requests in back-off, and of those behind others of their key: beyond them nothing new is pulled. */
export const MOST_WAITING = 100_000;
export const MOST_PARKED = 100_000;
/** Failed connections that cost a request no attempt: the target may be unreachable for days. */
const MOST_UNSENT = 100_000;
const PROGRESS_MS = 500;

/**
 * Sends everything that the source holds to the target, each request until it has a fate. An intent is on the disk before a request is sent, its outcome after; so a process that is
 * killed at any instant continues where it was. Nothing is queued beyond what can be used at once: at most `connections` are under way, and as many are prepared.
 *
 * @returns when everything has its fate, or when it was paused
 * @throws whatever the ledger or the source failed with, once all that was under way has ended; nothing is sent after a failure
 * @example const end = await replay({ source, target, ledger, governor, settings, pause: new AbortController().signal });
 */
export function replay(parts: ReplayParts): Promise<ReplayEnd> {
  return new Engine(parts).run();
}

class Engine {
  readonly #parts: ReplayParts;
  readonly #settings: EngineSettings;
  readonly #clock: () => number;
  readonly #tally = new ReplayTally();
  readonly #meter = new SendMeter();
  readonly #backOff = new BackOff();
  readonly #order: KeyOrder | undefined;
  readonly #pacing: Pacing;
  readonly #settlements: Settlements;
  readonly #intake: Intake;
  readonly #stop = new AbortController();
  /** Their intents are on the disk: to be sent. */
  readonly #ready = new Fifo<WorkItem>();
  readonly #intents: LedgerGroup<WorkItem>;
  readonly #conclusions: LedgerGroup<readonly [item: WorkItem, fate: Fate]>;
  readonly #notes: LedgerGroup<undefined>;
  readonly #ending = Promise.withResolvers<ReplayEnd>();
  readonly #wake: Wake;
  #intending = 0;
  #inFlight = 0;
  /** Left for the next time, because of the pause. */
  #dropped = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: ReplayParts) {
    const { settings, source, ledger, clock = () => performance.now(), now = Date.now } = parts;
    this.#parts = parts;
    this.#settings = settings;
    this.#clock = clock;
    const changed = (): void => this.#pump();
    const fail = (error: unknown): void => this.#fail(error);
    this.#wake = new Wake(changed);
    this.#order = settings.ordered ? new KeyOrder() : undefined;
    this.#pacing = new Pacing(parts.governor, settings, parts.downBecause);
    this.#settlements = new Settlements(source, changed);
    this.#intents = new LedgerGroup((items, sinceMs) => this.#areReady(items, sinceMs), fail);
    this.#conclusions = new LedgerGroup((items) => this.#areConcluded(items), fail);
    this.#notes = new LedgerGroup(changed, fail);
    this.#intake = new Intake({
      source,
      ledger,
      order: this.#order,
      settlements: this.#settlements,
      tally: this.#tally,
      ambiguous: settings.ambiguous,
      connections: settings.connections,
      postpone: (item, dueAt) => {
        const seconds = secondsLeft(dueAt - now(), settings.backoff);
        if (seconds > 0) this.#backOff.add(item, this.#clock(), seconds);
        return seconds > 0;
      },
      stop: this.#stop.signal,
      changed,
      fail,
    });
  }

  async run(): Promise<ReplayEnd> {
    const { pause, onProgress } = this.#parts;
    const halt = (): void => {
      this.#stop.abort();
      this.#pump();
    };
    const telling = onProgress && setInterval(() => onProgress(this.#progress()), PROGRESS_MS);
    pause.addEventListener('abort', halt);
    if (pause.aborted) halt();
    else this.#pump();
    try {
      return await this.#ending.promise;
    } finally {
      this.#wake.clear();
      clearInterval(telling);
      onProgress?.(this.#progress());
      pause.removeEventListener('abort', halt);
    }
  }

  /** Does all that can be done now. Told of every change; cheap when there is nothing to do. */
  #pump(): void {
    try {
      if (this.#stop.signal.aborted) this.#withdraw();
      else this.#advance(this.#clock());
    } catch (error) {
      this.#fail(error);
    }
    this.#endIfOver();
  }

  #advance(nowMs: number): void {
    const allowed = this.#pacing.allowed(nowMs, this.#inFlight);
    const left = allowed - this.#send(nowMs, allowed);
    this.#repeat(nowMs);
    this.#intend(nowMs, left);
    if (this.#mayPull(nowMs)) this.#intake.pull();
    const waits = this.#ready.length > 0 || !this.#intake.isEmpty;
    this.#wake.at(this.#pacing.wakeAt(nowMs, this.#inFlight, left, waits, this.#backOff.nextDueMs), nowMs);
  }

  #send(nowMs: number, allowed: number): number {
    let sent = 0;
    while (sent < allowed) {
      const item = this.#ready.shift();
      if (item === undefined) break;
      this.#launch(item, nowMs);
      sent += 1;
    }
    if (sent > 0) this.#pacing.began(nowMs, sent);
    return sent;
  }

  #launch(item: WorkItem, nowMs: number): void {
    const { request } = item;
    if (request === undefined) throw new Error('a request is loaded before it is sent');
    item.sentAtMs = nowMs;
    const sending = this.#parts.target.send(request, item.attempts);
    this.#inFlight += 1;
    this.#tally.sends += 1;
    if (item.attempts > 1) this.#tally.repeats += 1;
    if (!item.isBudgeted) this.#pacing.firstBegins(nowMs);
    item.isBudgeted = false;
    this.#meter.add(nowMs);
    sending.then(
      (attempt) => this.#ended(item, attempt),
      (error: unknown) => {
        this.#inFlight -= 1;
        this.#fail(error);
      },
    );
  }

  #ended(item: WorkItem, attempt: Attempt): void {
    this.#inFlight -= 1;
    const nowMs = this.#clock();
    const wasFine = this.#pacing.downBecause === undefined;
    this.#pacing.ended(nowMs, nowMs - item.sentAtMs, attempt, this.#inFlight, item.isSuspect);
    if (wasFine && attempt.kind === 'answered') item.isSuspect = true;
    if (attempt.kind === 'unsent' && item.unsent < MOST_UNSENT) item.unsent += 1;
    try {
      const { attempts, unsent, maybeArrived } = item;
      const judgement = judge(attempt, { attempts: attempts - unsent, maybeArrived }, this.#settings);
      if (judgement.kind === 'final') this.#conclude(item, judgement.fate, nowMs);
      else this.#putOff(item, judgement, nowMs);
    } catch (error) {
      // No caller awaits this: an exception would end the process with requests under way.
      this.#fail(error);
    }
    this.#pump();
  }

  #conclude(item: WorkItem, fate: Fate, nowMs: number): void {
    const { ticket, attempts } = item;
    this.#conclusions.add(this.#parts.ledger.conclude(ticket, attempts, fate), [item, fate], nowMs);
    const next = this.#order?.release(item);
    if (next === undefined) return;
    if (this.#stop.signal.aborted) this.#dropped += 1;
    else this.#intake.reload(next);
  }

  #putOff(item: WorkItem, judgement: Extract<Judgement, { kind: 'again' }>, nowMs: number): void {
    const { outcome, why, retryAfterSeconds } = judgement;
    const { ticket, attempts, unsent } = item;
    const seconds = pauseSeconds(ticket, attempts, this.#settings.backoff, retryAfterSeconds);
    const next = { pauseMs: seconds * SECOND_MS, unsent };
    this.#notes.add(this.#parts.ledger.failed(ticket, attempts, outcome, why, next), undefined, nowMs);
    if (outcome === 'unknown') item.maybeArrived = true;
    if (this.#stop.signal.aborted) this.#dropped += 1;
    else this.#backOff.add(item, nowMs, seconds);
  }

  /** Brings back what is due, as far as the retry budget goes. While the target is down, one of them may be the probe. */
  #repeat(nowMs: number): void {
    const isDown = this.#pacing.downBecause !== undefined;
    while (this.#backOff.nextDueMs <= nowMs) {
      if (this.#intake.loads >= this.#settings.connections) return;
      if (isDown && !this.#needsProbe(nowMs)) return;
      if (!isDown && !this.#pacing.mayRepeat(nowMs, this.#isFlowing())) return;
      const item = this.#backOff.take();
      if (item === undefined) return;
      this.#pacing.repeatBegins(nowMs);
      item.isBudgeted = true;
      this.#intake.reload(item);
    }
  }

  #intend(nowMs: number, allowed: number): void {
    const wanted = this.#pacing.intentsWanted(nowMs, this.#inFlight, allowed);
    while (this.#intending + this.#ready.length < wanted) {
      const item = this.#intake.take();
      if (item === undefined) return;
      if (item.undecidable) {
        this.#conclude(item, { kind: 'ambiguous', why: 'the outcome of its last attempt is unknown' }, nowMs);
        continue;
      }
      item.attempts += 1;
      this.#intending += 1;
      this.#intents.add(this.#parts.ledger.intend(item.ticket, item.attempts), item, nowMs);
    }
  }

  #areReady(items: readonly WorkItem[], sinceMs: number): void {
    this.#intending -= items.length;
    this.#pacing.intentTook(this.#clock() - sinceMs);
    for (const item of items) this.#ready.push(item);
    this.#pump();
  }

  #areConcluded(concluded: readonly (readonly [item: WorkItem, fate: Fate])[]): void {
    for (const [{ ticket }, fate] of concluded) {
      this.#tally.count(fate);
      this.#intake.forget(ticket);
      this.#settlements.settle(ticket, fate);
    }
    this.#pump();
  }

  /** Their intents are on the disk, but they will not be sent: the next process must not take them for sent. */
  #withdraw(): void {
    for (let item = this.#ready.shift(); item !== undefined; item = this.#ready.shift()) {
      this.#dropped += 1;
      const { ticket, attempts, unsent } = item;
      const next = { pauseMs: 0, unsent: unsent + 1 };
      const written = this.#parts.ledger.failed(ticket, attempts, 'known', 'not sent: paused', next);
      this.#notes.add(written, undefined, this.#clock());
    }
  }

  #hasRoom(): boolean {
    return (
      this.#backOff.size < MOST_WAITING &&
      (this.#order?.parked ?? 0) < MOST_PARKED &&
      this.#settlements.hasRoom
    );
  }

  #mayPull(nowMs: number): boolean {
    if (!this.#hasRoom()) return false;
    return this.#pacing.downBecause === undefined || this.#needsProbe(nowMs);
  }

  #needsProbe(nowMs: number): boolean {
    const atHand = this.#intending + this.#ready.length;
    return atHand === 0 && this.#intake.isEmpty && this.#pacing.mayProbe(nowMs, this.#inFlight);
  }

  /** First attempts go on, or could: then repeats are a share of them. */
  #isFlowing(): boolean {
    return this.#intake.hasFresh || (!this.#intake.dry && this.#hasRoom());
  }

  /** Later failures follow from the first; what they were about has ended all the same. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
    this.#pump();
  }

  #endIfOver(): void {
    const isQuiet =
      this.#inFlight === 0 &&
      this.#intents.pending === 0 &&
      this.#conclusions.pending === 0 &&
      this.#notes.pending === 0 &&
      !this.#intake.isBusy;
    if (!isQuiet) return;
    if (this.#failure !== undefined) return this.#ending.reject(this.#failure.error);
    if (this.#settlements.pending > 0) return;
    if (this.#isDone()) this.#ending.resolve(this.#summary('done'));
    else if (this.#stop.signal.aborted) this.#ending.resolve(this.#summary('paused'));
  }

  #isDone(): boolean {
    const [intake, ready, backOff, order] = [this.#intake, this.#ready, this.#backOff, this.#order];
    if (!intake.exhausted || !intake.isEmpty || ready.length > 0) return false;
    // Dropped requests are only in the ledger: the next process sends them.
    return backOff.size === 0 && (order?.parked ?? 0) === 0 && this.#dropped === 0;
  }

  #summary(kind: ReplayEnd['kind']): ReplayEnd {
    const { sends, repeats, passedOver, fates } = this.#tally;
    const { failed, lastFailure } = this.#settlements;
    return {
      kind,
      sends,
      repeats,
      passedOver,
      fates,
      unsettled: failed,
      ...(lastFailure !== undefined && { unsettledBecause: lastFailure }),
    };
  }

  #progress(): ReplayProgress {
    const nowMs = this.#clock();
    const { sends, repeats, passedOver, fates } = this.#tally;
    const { downBecause } = this.#pacing;
    const { total } = this.#parts.source;
    return {
      ...(total !== undefined && { total }),
      sends,
      repeats,
      passedOver,
      fates,
      inFlight: this.#inFlight,
      waiting: this.#backOff.size,
      parked: this.#order?.parked ?? 0,
      unsettled: this.#settlements.failed,
      sendsPerSecond: this.#meter.perSecond(nowMs),
      ...(downBecause !== undefined && { targetDown: downBecause }),
      governor: this.#pacing.describe(nowMs),
    };
  }
}
