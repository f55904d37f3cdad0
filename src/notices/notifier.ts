import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../journal/journal.ts';
import type { TimelineEntry } from '../workflow/base/decision.ts';
import type { Channel } from './channel.ts';
import { isNews, noticeFor, type NoticeRun } from './notice.ts';
import { Outlet, type OutletParts } from './outlet.ts';
import { emptyRecord, NOTICES_KEY, recordsOf, recordsToJson, type UndeliveredNotice } from './record.ts';

/** The part of a logger that the notifier uses. */
export interface NoticeLog {
  warn(fields: object, message: string): void;
}

export interface NotifierOptions {
  /** The caller holds its lease. */
  readonly journal: Pick<Journal, 'timeline' | 'putValue' | 'value' | 'isOurs'>;
  readonly channels: readonly Channel[];
  readonly run: NoticeRun;
  readonly log: NoticeLog;
  /** Waits for this time or until the signal aborts; default: real time. */
  readonly pause?: OutletParts['pause'];
  /** Default: wall-clock time. */
  readonly now?: () => number;
}

/** A notice that was undelivered when the process ended. */
export interface Undelivered extends UndeliveredNotice {
  /** For people, e.g. `webhook https://chat.example`. */
  readonly label: string;
}

export interface Notifier {
  /** To be called once entries are durable. Returns at once and never throws: delivery happens in the background. */
  onTimeline(entries: readonly TimelineEntry[]): void;
  /**
   * Waits until all notices are delivered or given up, at most this long, and ends. Undelivered notices go into the run's evidence; pending ones are
   * sent once the run is resumed. To be called before the journal is closed; never throws for what receivers do.
   */
  flush(timeoutMs: number): Promise<readonly Undelivered[]>;
}

/**
 * Sends notices about a run, at least once and in order, from its journal: a later process continues where this
 * one stopped. Notices never delay the recovery; failures are logged and do not affect it.
 *
 * @example
 * const notifier = createNotifier({ journal, channels: channelsOf(record.notify, { env: process.env }), run, log });
 * notifier.onTimeline(entries);
 * const undelivered = await notifier.flush(10_000);
 */
export function createNotifier(options: NotifierOptions): Notifier {
  if (options.channels.length === 0) return { onTimeline: () => undefined, flush: () => Promise.resolve([]) };
  return new BackgroundNotifier(options);
}

class BackgroundNotifier implements Notifier {
  readonly #options: NotifierOptions;
  readonly #stop = new AbortController();
  readonly #parts: OutletParts;
  #outlets: readonly Outlet[] = [];
  #hasLoaded = false;
  /** Number of timeline entries processed. */
  #read = 0;
  #isStale = true;
  #reading: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #written = '';
  readonly #givenUp: Undelivered[] = [];

  constructor(options: NotifierOptions) {
    const { run, journal, log, pause = realPause } = options;
    const { signal } = this.#stop;
    this.#options = options;
    this.#parts = {
      runId: run.runId,
      pause,
      now: options.now ?? Date.now,
      stop: signal,
      stopped: new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
      mayGoOn: async () => {
        if (!(await journal.isOurs())) this.#stop.abort();
        return !signal.aborted;
      },
      onProgress: () => this.#keep(),
      onGivenUp: (label, notice) => {
        log.warn({ runId: run.runId, channel: label, why: notice.why }, 'a notice was not delivered');
        this.#givenUp.push({ label, ...notice });
      },
      onBroken: (error) => this.#break(error),
    };
    this.#wake();
  }

  onTimeline(entries: readonly TimelineEntry[]): void {
    if (this.#stop.signal.aborted || !entries.some(isNews)) return;
    this.#isStale = true;
    this.#wake();
  }

  async flush(timeoutMs: number): Promise<readonly Undelivered[]> {
    const timer = new AbortController();
    const timeout = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#idle(), timeout, this.#parts.stopped]);
    timer.abort();
    this.#stop.abort();
    await this.#idle();
    // The driver that took over the run delivers the pending notices.
    if (!(await this.#options.journal.isOurs())) return this.#givenUp;
    if (this.#hasLoaded) await this.#keep();
    const waiting = this.#outlets.flatMap(({ label, unfinished }) =>
      unfinished.map((notice) => ({ label, ...notice })),
    );
    return [...this.#givenUp, ...waiting];
  }

  /** Resolves when no delivery is in progress. */
  async #idle(): Promise<void> {
    for (;;) {
      const under = [this.#reading, ...this.#outlets.map(({ running }) => running)].filter(
        (work) => work !== undefined,
      );
      if (under.length === 0) return;
      await Promise.all(under);
    }
  }

  #wake(): void {
    this.#reading ??= this.#readOn()
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#reading = undefined;
        if (this.#isStale && !this.#stop.signal.aborted) this.#wake();
      });
  }

  /** Reads entries from the journal, not from the caller: the journal may also hold entries of a process that has died since. */
  async #readOn(): Promise<void> {
    const { journal, run } = this.#options;
    if (!this.#hasLoaded) await this.#load();
    while (this.#isStale && !this.#stop.signal.aborted) {
      this.#isStale = false;
      for (const entry of await journal.timeline(this.#read)) {
        this.#read += 1;
        const notice = noticeFor(entry, run);
        if (notice !== undefined) for (const outlet of this.#outlets) outlet.offer(notice, this.#read);
      }
      for (const outlet of this.#outlets) outlet.hasRead(this.#read);
    }
  }

  async #load(): Promise<void> {
    const { journal, channels } = this.#options;
    const known = recordsOf(await journal.value(NOTICES_KEY));
    const records = channels.map(
      ({ key, label }) => known.find((record) => record.key === key) ?? emptyRecord(key, label),
    );
    this.#outlets = channels.map(
      (channel, index) =>
        new Outlet(channel, records[index] ?? emptyRecord(channel.key, channel.label), this.#parts),
    );
    this.#read = Math.min(...records.map(({ handled }) => handled));
    this.#hasLoaded = true;
  }

  /** Stores the state of every channel, one write after the other. */
  #keep(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (const outlet of this.#outlets) outlet.hasRead(this.#read);
      const records = recordsToJson(this.#outlets.map(({ record }) => record));
      const text = JSON.stringify(records);
      if (text === this.#written) return;
      try {
        await this.#options.journal.putValue(NOTICES_KEY, records);
        this.#written = text;
      } catch (error) {
        this.#break(error);
      }
    });
    return this.#writing;
  }

  /** A journal failure or a bug here: the driver meets the first by itself, and the second must not affect the run. */
  #break(error: unknown): void {
    if (!this.#stop.signal.aborted)
      this.#options.log.warn({ runId: this.#options.run.runId, err: error }, 'no more notices are sent');
    this.#stop.abort();
  }
}

/** Does not keep the process alive. */
async function realPause(ms: number, stop: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: stop, ref: false });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
