import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAdaptive } from '../src/backfill/live-traffic/open-adaptive.ts';
import { openLedger } from '../src/backfill/ledger/file-ledger.ts';
import { replay } from '../src/backfill/replay/engine.ts';
import { createFixedRate } from '../src/backfill/replay/fixed-rate.ts';
import type { Governor, ReplayRequest, ReplaySource } from '../src/backfill/base/replay-ports.ts';
import { createHttpTarget } from '../src/backfill/targets/http.ts';
import { backfillSchema, type ReplaySettings } from '../src/runbook/backfill-schema.ts';
import { SECOND_MS } from '../src/time.ts';
import { atLeast, atMost, BenchFailure, inScratchFolder, median, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const SLOTS = 16;
const LIVE_PER_SECOND = 150;
const TARGET_SECONDS = 0.25;
const ROUNDS = 2;
const SEARCH_SECONDS = 6;
const STEPS = 5;
const CONVERGE_SECONDS = 16;
const STEADY_SECONDS = 11;
const HALVED_SECONDS = 8;
const WARM_UP_SECONDS = 1.5;

interface LiveFigures {
  readonly requests: number;
  readonly errors?: number;
  readonly p99Ms?: number;
}

/** The processes that stand for what is to be spared. */
interface World {
  readonly target: string;
  readonly live: string;
  slots(count: number): Promise<void>;
  between(from: number, to: number): Promise<LiveFigures>;
}

/** A replay that never runs out. */
interface Sending {
  /** When sends began, by the wall clock. */
  readonly sent: readonly number[];
  stop(): Promise<void>;
}

async function startChild(children: ChildProcess[], file: string, ...args: string[]): Promise<string> {
  const child = fork(join(import.meta.dirname, file), args);
  children.push(child);
  const port = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new BenchFailure(`${file} ended before it listened.`)));
  });
  return `http://127.0.0.1:${String(port)}`;
}

async function inWorld<T>(body: (world: World) => Promise<T>): Promise<T> {
  const children: ChildProcess[] = [];
  try {
    const target = await startChild(children, 'starvation-server.ts', String(SLOTS));
    const live = await startChild(children, 'starvation-live.ts', target, String(LIVE_PER_SECOND));
    return await body({
      target,
      live,
      slots: async (count) => {
        await (await fetch(`${target}/slots/${count}`)).text();
      },
      between: async (from, to) =>
        (await (await fetch(`${live}/between/${from}/${to}`)).json()) as LiveFigures,
    });
  } finally {
    for (const child of children) child.kill();
  }
}

function settingsOf({ target, live }: World): ReplaySettings {
  const spec = backfillSchema.parse({
    sources: [{ path: '-' }],
    replay: {
      target: `${target}/missed`,
      live: { url: `${live}/live`, p99: `${TARGET_SECONDS * SECOND_MS}ms` },
    },
  });
  if (spec.replay === undefined) throw new BenchFailure('The settings of the replay are gone.');
  return spec.replay;
}

function endlessSource(): ReplaySource {
  let position = 0;
  const request = (ordinal: number): ReplayRequest => ({
    ...{ source: 1, position: ordinal, ordinal, at: 0, method: 'POST', url: '/event', headers: [] },
    body: Buffer.from('missed'),
  });
  return {
    name: 'a source without end',
    next: (limit) => Promise.resolve(Array.from({ length: limit }, () => request((position += 1)))),
    load: (ticket) => Promise.resolve(request(Number(ticket.position))),
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function startReplay(world: World, folder: string, governor: Governor): Promise<Sending> {
  mkdirSync(folder);
  const settings = settingsOf(world);
  const sent: number[] = [];
  const pause = new AbortController();
  const target = createHttpTarget(settings, { backfill: 'bench', headers: new Map() });
  const ledger = await openLedger(folder);
  const watched: Governor = {
    allowance: (nowMs, inFlight) => governor.allowance(nowMs, inFlight),
    wakeAt: (nowMs) => governor.wakeAt(nowMs),
    began: (nowMs, count) => {
      governor.began(nowMs, count);
      for (let index = 0; index < count; index += 1) sent.push(Date.now());
    },
    ended: (nowMs, sample) => governor.ended(nowMs, sample),
    describe: (nowMs) => governor.describe(nowMs),
  };
  const end = replay({
    ...{ source: endlessSource(), target, ledger, governor: watched, pause: pause.signal },
    settings: { ...settings, ambiguous: 'resend', ordered: false },
  });
  return {
    sent,
    async stop() {
      pause.abort();
      await end;
      await target.close();
      await ledger.close();
    },
  };
}

/** Sends a second, between two instants. */
function rateOf(sent: readonly number[], from: number, to: number): number {
  return (sent.filter((at) => at >= from && at < to).length / (to - from)) * SECOND_MS;
}

class Measurements {
  private readonly world: World;
  private readonly folder: string;
  private runs = 0;

  constructor(world: World, folder: string) {
    this.world = world;
    this.folder = folder;
  }

  /** The live traffic under a fixed rate; 0: alone. */
  async fixed(rate: number, seconds: number): Promise<LiveFigures> {
    const sending = rate === 0 ? undefined : await this.start(createFixedRate(rate));
    await sleep(WARM_UP_SECONDS * SECOND_MS);
    const from = Date.now();
    await sleep(seconds * SECOND_MS);
    const figures = await this.world.between(from, Date.now());
    await sending?.stop();
    // What waits is served before the next.
    await sleep(SECOND_MS);
    return figures;
  }

  /** The highest fixed rate that keeps the p99 under its target. */
  async bestFixed(low: number, high: number): Promise<number> {
    for (let step = 0; step < STEPS; step += 1) {
      const middle = (low + high) / 2;
      const { p99Ms = Infinity } = await this.fixed(middle, SEARCH_SECONDS - WARM_UP_SECONDS);
      if (p99Ms <= TARGET_SECONDS * SECOND_MS) low = middle;
      else high = middle;
    }
    return low;
  }

  async adaptive(safeRate: number) {
    const log = { info: () => undefined, warn: () => undefined };
    const rate = await openAdaptive(settingsOf(this.world), { log });
    const sending = await this.start(rate.governor);
    await sleep(CONVERGE_SECONDS * SECOND_MS);
    const from = Date.now();
    await sleep(STEADY_SECONDS * SECOND_MS);
    const halvedAt = Date.now();
    await this.world.slots(SLOTS / 2);
    await sleep(HALVED_SECONDS * SECOND_MS);
    const to = Date.now();
    const [steady, halved] = await Promise.all([
      this.world.between(from, halvedAt),
      this.world.between(halvedAt + 3 * SECOND_MS, to),
    ]);
    await sending.stop();
    await rate.close();
    await this.world.slots(SLOTS);
    await sleep(SECOND_MS);
    return {
      steady,
      halvedP99Ms: halved.p99Ms ?? Number.NaN,
      rate: rateOf(sending.sent, from, halvedAt),
      backedOffSeconds: backedOffAfter(sending.sent, halvedAt, to, safeRate),
    };
  }

  private start(governor: Governor): Promise<Sending> {
    this.runs += 1;
    return startReplay(this.world, join(this.folder, `replay-${this.runs}`), governor);
  }
}

/** Until the rate of a whole second is no more than what is safe. */
function backedOffAfter(sent: readonly number[], from: number, to: number, safeRate: number): number {
  for (let at = from; at + SECOND_MS <= to; at += 50)
    if (rateOf(sent, at, at + SECOND_MS) <= safeRate) return (at - from) / SECOND_MS;
  return Infinity;
}

async function measure(folder: string): Promise<readonly Figure[]> {
  return inWorld(async (world) => {
    const measurements = new Measurements(world, folder);
    const best = await measurements.bestFixed(100, 420);
    await world.slots(SLOTS / 2);
    const safe = await measurements.bestFixed(20, 180);
    await world.slots(SLOTS);
    const alone: LiveFigures[] = [];
    const rounds: Awaited<ReturnType<Measurements['adaptive']>>[] = [];
    const fixedP99s: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      alone.push(await measurements.fixed(0, SEARCH_SECONDS));
      rounds.push(await measurements.adaptive(safe));
      fixedP99s.push((await measurements.fixed(best, SEARCH_SECONDS)).p99Ms ?? Number.NaN);
    }
    const middle = (values: readonly number[]): number => median(values);
    const target = TARGET_SECONDS * SECOND_MS;
    const shareOf = ({ errors = 0, requests }: LiveFigures): number => (100 * errors) / requests;
    const more = middle(rounds.map(({ steady }) => shareOf(steady))) - middle(alone.map(shareOf));
    return [
      atLeast('adaptive / best fixed rate', middle(rounds.map(({ rate }) => rate)) / best, 'ratio', 0.7),
      atMost(
        'live p99, adaptive',
        middle(rounds.map(({ steady }) => steady.p99Ms ?? Infinity)),
        'ms',
        target,
      ),
      atMost('capacity halved: backed off after', middle(rounds.map((one) => one.backedOffSeconds)), 's', 2),
      atMost('live errors, adaptive - without replay', more, '%', 0),
      plain('live p99 without replay', middle(alone.map(({ p99Ms = Number.NaN }) => p99Ms)), 'ms'),
      plain('live p99 at the best fixed rate, again', middle(fixedP99s), 'ms'),
      plain(
        'live p99, capacity halved, after 3 s',
        middle(rounds.map(({ halvedP99Ms }) => halvedP99Ms)),
        'ms',
      ),
      plain('best fixed rate', best, '1/s'),
      plain('best fixed rate, capacity halved', safe, '1/s'),
      ...rounds.flatMap(({ rate, steady: { p99Ms = NaN } }, index) => [
        plain(`adaptive rate, round ${index + 1}`, rate, '1/s'),
        plain(`live p99, round ${index + 1}`, p99Ms, 'ms'),
      ]),
    ];
  });
}

export const starvation: Bench = {
  about: 'how much the adaptive rate takes of what the live traffic leaves, and how soon it gives it back',
  run: () => inScratchFolder(measure),
};
