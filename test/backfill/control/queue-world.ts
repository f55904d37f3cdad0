import { Heap } from '../../../src/heap.ts';
import type { AdaptiveRate, LiveSample } from '../../../src/backfill/control/adaptive.ts';
import type { Governor } from '../../../src/backfill/base/replay-ports.ts';

// Looked up once: in the tests' own context each look at a global takes a hundred times as long as the rest.
const { ceil, floor, imul, log, max, min } = Math;
const NEVER = Number.POSITIVE_INFINITY;

/** A stream of chance with a seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export interface World {
  readonly seed: number;
  readonly seconds: number;
  /** How many requests are served at once; may change. */
  readonly slots: (atMs: number) => number;
  /** Mean, in ms. */
  readonly serviceMs: number;
  /** `exponential`, or nearly the same for each (+-20 %). */
  readonly service?: 'exponential' | 'steady';
  /** Live requests a second; may change. */
  readonly live: (atMs: number) => number;
  readonly connections?: number;
  /** Waiting longer is answered with 503; absent: for ever. */
  readonly giveUpMs?: number;
  /** What the signal says: every period, over the last window, so much later. `undefined`: it is silent at that time. */
  readonly periodMs?: number;
  readonly windowMs?: number;
  readonly lateMs?: number;
  readonly isSilent?: (atMs: number) => boolean;
  /** A part of the replayed requests fails by itself, 0..1. */
  readonly badAnyway?: number;
  /** Added to every time that the governor is told. */
  readonly epochMs?: number;
}

export interface Served {
  readonly atMs: number;
  readonly latencyMs: number;
  readonly bad: boolean;
}

export interface Course {
  readonly live: readonly Served[];
  readonly replay: readonly Served[];
  /** When sends began. */
  readonly sent: readonly number[];
  /** What the governor said of itself, each 100 ms. */
  readonly told: readonly {
    readonly atMs: number;
    readonly text: string | undefined;
    readonly paused: boolean;
  }[];
}

interface Request {
  readonly kind: 'live' | 'replay';
  readonly arrivedMs: number;
}

type Event = readonly [atMs: number, run: () => void];

/** Sends at one rate, evenly, whatever happens; `connections` are the only limit. */
export function fixedRate(rate: number, connections = 1_000): Governor {
  let tokens = 1;
  let atMs = 0;
  return {
    allowance(nowMs, inFlight) {
      tokens = min(tokens + ((nowMs - atMs) * rate) / 1_000, max(1, rate * 0.03));
      atMs = nowMs;
      return max(0, min(floor(tokens + 1e-9), connections - inFlight));
    },
    wakeAt: (nowMs) => (rate === 0 ? undefined : nowMs + max(0.1, ((1 - tokens) / rate) * 1_000)),
    began(_nowMs, count) {
      tokens -= count;
    },
    ended: () => undefined,
    describe: () => ({ mode: 'fixed', paused: false }),
  };
}

/** A queueing server under Poisson live load, and a replay that never runs out, in virtual time. */
export function playWorld(world: World, governor: Governor & Partial<Pick<AdaptiveRate, 'observe'>>): Course {
  const { seed, seconds, serviceMs, periodMs = 1_000, windowMs = 2_000, lateMs = 0, epochMs = 0 } = world;
  // Streams of their own: the live traffic is the same with and without replay.
  const [arrivals, liveWork, replayWork] = [chance(seed), chance(seed + 1_000), chance(seed + 2_000)];
  const events = new Heap<Event>();
  const agenda = { add: (event: Event) => events.push(event[0], event), next: () => events.pop() };
  const waiting: Request[] = [];
  let head = 0;
  let busy = 0;
  let inFlight = 0;
  let nowMs = 0;
  let wakeMs = NEVER;
  const live: Served[] = [];
  const replay: Served[] = [];
  const sent: number[] = [];
  const told: { atMs: number; text: string | undefined; paused: boolean }[] = [];

  const workOf = (draw: () => number): number =>
    world.service === 'exponential' ? -log(1 - draw()) * serviceMs : serviceMs * (0.8 + 0.4 * draw());

  const end = (request: Request, bad: boolean): void => {
    const served = { atMs: nowMs, latencyMs: nowMs - request.arrivedMs, bad };
    (request.kind === 'live' ? live : replay).push(served);
    if (request.kind === 'live') return;
    inFlight -= 1;
    governor.ended(nowMs + epochMs, { latencyMs: served.latencyMs, outcome: bad ? 'bad' : 'good' });
    pump();
  };
  const serve = (): void => {
    while (busy < world.slots(nowMs) && head < waiting.length) {
      const request = waiting[head++]!;
      if (world.giveUpMs !== undefined && nowMs - request.arrivedMs > world.giveUpMs) {
        end(request, true);
        continue;
      }
      busy += 1;
      const isBad = request.kind === 'replay' && replayWork() < (world.badAnyway ?? 0);
      const work = workOf(request.kind === 'live' ? liveWork : replayWork);
      agenda.add([
        nowMs + work,
        () => {
          busy -= 1;
          end(request, isBad);
          serve();
        },
      ]);
    }
  };
  const arrive = (kind: Request['kind']): void => {
    waiting.push({ kind, arrivedMs: nowMs });
    serve();
  };
  const pump = (): void => {
    const count = governor.allowance(nowMs + epochMs, inFlight);
    if (count > 0) {
      governor.began(nowMs + epochMs, count);
      inFlight += count;
      for (let index = 0; index < count; index += 1) {
        sent.push(nowMs);
        arrive('replay');
      }
    }
    const at = governor.wakeAt(nowMs + epochMs);
    const wake = at === undefined ? NEVER : max(at - epochMs, nowMs + 0.5);
    if (wake === wakeMs || wake === NEVER) return;
    wakeMs = wake;
    agenda.add([
      wake,
      () => {
        if (wakeMs !== nowMs) return;
        wakeMs = NEVER;
        pump();
      },
    ]);
  };
  const nextLive = (): void => {
    // Thinned, so that a rate that changes is met at once.
    const most = 500;
    let at = nowMs;
    do at += (-log(1 - arrivals()) / most) * 1_000;
    while (arrivals() * most > world.live(at) && at < seconds * 1_000);
    agenda.add([
      at,
      () => {
        arrive('live');
        nextLive();
      },
    ]);
  };
  const sample = (): void => {
    if (!(world.isSilent?.(nowMs) ?? false)) {
      const seen = sampleOf(live, nowMs - windowMs);
      agenda.add([nowMs + lateMs, () => governor.observe?.(seen, nowMs + epochMs)]);
    } else governor.observe?.('silent', nowMs + epochMs);
    agenda.add([nowMs + periodMs, sample]);
  };
  const tell = (): void => {
    const { heldBackBy: text, paused } = governor.describe(nowMs + epochMs);
    told.push({ atMs: nowMs, text, paused });
    agenda.add([nowMs + 100, tell]);
  };

  nextLive();
  agenda.add([periodMs, sample]);
  agenda.add([100, tell]);
  // The edge wakes it at least so often: a pause may end without any answer.
  const heartbeat = (): void => {
    pump();
    agenda.add([nowMs + 100, heartbeat]);
  };
  heartbeat();
  for (let event = agenda.next(); event !== undefined && event[0] < seconds * 1_000; event = agenda.next()) {
    nowMs = event[0];
    event[1]();
  }
  return { live, replay, sent, told };
}

function sampleOf(live: readonly Served[], fromMs: number): Exclude<LiveSample, 'silent'> {
  const recent: number[] = [];
  let bad = 0;
  for (let index = live.length - 1; index >= 0 && live[index]!.atMs > fromMs; index -= 1) {
    recent.push(live[index]!.latencyMs);
    if (live[index]!.bad) bad += 1;
  }
  if (recent.length === 0) return { requests: 0 };
  return { p99Ms: quantile(recent, 0.99), errorRate: bad / recent.length, requests: recent.length };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[min(sorted.length - 1, ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** p99 of what was answered from then to then, in ms. */
export function p99Of(served: readonly Served[], fromMs: number, toMs = NEVER): number {
  const within = served.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  return quantile(
    within.map(({ latencyMs }) => latencyMs),
    0.99,
  );
}

/** Sends a second, from then to then. */
export function rateOf(sent: readonly number[], fromMs: number, toMs: number): number {
  return (sent.filter((atMs) => atMs >= fromMs && atMs < toMs).length / (toMs - fromMs)) * 1_000;
}

/** The highest fixed rate that keeps the live p99 at its target, by bisection in the same world, to 3 %. */
export function bestFixedRate(world: World, targetMs: number, warmUpMs: number): number {
  let [low, high] = [0, (world.slots(0) / world.serviceMs) * 1_000 - world.live(0)];
  while (high - low > max(1, 0.03 * low)) {
    const middle = (low + high) / 2;
    const { live } = playWorld(world, fixedRate(middle));
    if (p99Of(live, warmUpMs) <= targetMs) low = middle;
    else high = middle;
  }
  return low;
}
