import { bits, chance } from './chance.ts';
import type { Client } from './clients.ts';
import { Crowd } from './clients.ts';
import type { Minute, TrafficOptions } from './timetable.ts';
import { timetable } from './timetable.ts';

const MINUTE_MS = 60_000;
/** After it the load balancer no longer waits for a collector, and answers 504. */
const IDLE_TIMEOUT_MS = 60_000;
const LONGEST_PAUSE_SECONDS = 900;
/** Of the failures in a minute, those that hit a client that was trying again. */
const FAILS_AGAIN = 0.15;

const TOPIC = { time: 21, latency: 22, status: 23, again: 24, pause: 25, leaves: 26, data: 27 } as const;

/** One request and its answer, as the load balancer saw them. */
export interface Exchange {
  /** Counted from 0; a second attempt has a number of its own. */
  readonly number: number;
  readonly client: Client;
  readonly url: string;
  readonly madeAt: number;
  readonly answeredAt: number;
  readonly status: number;
}

/** Somebody who was turned away and tries again. */
interface Waiting {
  readonly client: Client & { readonly place: number };
  readonly url: string;
  readonly dueAt: number;
  readonly attempt: number;
}

/** The requests of three weeks, minute by minute, in no particular order within one. */
export function* exchanges(options: TrafficOptions): Generator<{ minute: Minute; answered: Exchange[] }> {
  const crowd = new Crowd(options.seed, options.requestsPerMinute);
  let waiting: Waiting[] = [];
  let number = 0;
  for (const minute of timetable(options)) {
    const healthy = minute.requests - minute.errors;
    const failingAgain = Array.from({ length: minute.errors }).filter(
      (_, error) => chance(options.seed, TOPIC.again, number, error) < FAILS_AGAIN,
    ).length;
    const back = take(waiting, minute.at + MINUTE_MS - 1_000, healthy + failingAgain);
    waiting = back.rest;
    const again = Math.min(failingAgain, back.taken.length);
    const answered: Exchange[] = [];
    for (let slot = 0; slot < minute.requests; slot += 1, number += 1) {
      const returning = back.taken[slot];
      const fresh = slot - back.taken.length;
      const fails = returning ? slot < again : fresh < minute.errors - again;
      const sender = returning?.client ?? crowd.sender(number);
      const url = returning?.url ?? urlOf(sender, options.seed, number);
      const exchange = answer({ number, client: sender, url }, minute, fails, returning?.dueAt, options.seed);
      answered.push(exchange);
      if (!fails) continue;
      if (sender.kind.afterFailure.kind === 'stops') crowd.replace(sender.place);
      const next = attemptAfter(exchange, sender, (returning?.attempt ?? 0) + 1, options.seed);
      if (next) waiting.push(next);
    }
    yield { minute, answered };
  }
}

/** Those who are due before `until`, the longest waiting first, and no more than there is room for. */
function take(
  waiting: readonly Waiting[],
  until: number,
  room: number,
): { taken: Waiting[]; rest: Waiting[] } {
  if (waiting.length === 0) return { taken: [], rest: [] };
  const inOrder = [...waiting].sort((a, b) => a.dueAt - b.dueAt);
  const due = inOrder.filter(({ dueAt }) => dueAt < until).length;
  const count = Math.min(due, room);
  return { taken: inOrder.slice(0, count), rest: inOrder.slice(count) };
}

function answer(
  request: Pick<Exchange, 'number' | 'client' | 'url'>,
  minute: Minute,
  fails: boolean,
  dueAt: number | undefined,
  seed: number,
): Exchange {
  const { number } = request;
  // While some requests time out, the others wait for the collectors' garbage collection.
  const slowness = minute.errors > 0 ? 8 : 1;
  const tookMs = Math.round((4 + 60 * chance(seed, TOPIC.latency, number) ** 3) * slowness);
  if (dueAt !== undefined) {
    const madeAt = Math.max(dueAt, minute.at);
    return { ...request, madeAt, answeredAt: madeAt + tookMs, status: fails ? 503 : 200 };
  }
  const answeredAt = minute.at + Math.floor(MINUTE_MS * chance(seed, TOPIC.time, number));
  if (!fails) return { ...request, madeAt: answeredAt - tookMs, answeredAt, status: 200 };
  const draw = chance(seed, TOPIC.status, number);
  const status = draw < 0.92 ? 504 : draw < 0.96 ? 502 : 503;
  return { ...request, madeAt: answeredAt - (status === 504 ? IDLE_TIMEOUT_MS : tookMs), answeredAt, status };
}

function attemptAfter(
  { answeredAt, url, number }: Exchange,
  client: Waiting['client'],
  attempt: number,
  seed: number,
): Waiting | undefined {
  const rule = client.kind.afterFailure;
  if (rule.kind === 'retries-forever') {
    const pause = Math.min(LONGEST_PAUSE_SECONDS, rule.firstSeconds * 2 ** (attempt - 1));
    const dueAt = answeredAt + Math.round(pause * 1_000 * (0.5 + chance(seed, TOPIC.pause, number)));
    return { client, url, dueAt, attempt };
  }
  if (rule.kind !== 'retries' || attempt >= rule.attempts) return undefined;
  if (attempt === 1 && chance(seed, TOPIC.leaves, number) < rule.leaves) return undefined;
  return { client, url, dueAt: answeredAt + rule.seconds * 1_000, attempt };
}

const EVENTS = ['Page viewed', 'Signed up', 'Song played', 'Level complete', 'Added to cart', 'Search'];

/** What is sent by GET stands in the URL as a whole; what is posted is not in a log. */
function urlOf({ kind }: Client, seed: number, number: number): string {
  const id = bits(seed, TOPIC.data, number);
  if (kind.method === 'POST') return kind.name === 'server' ? '/import/?verbose=1' : '/track/?ip=1';
  const event = EVENTS[id % EVENTS.length] ?? '';
  const data = Buffer.from(JSON.stringify({ event, id: id.toString(36) })).toString('base64url');
  return kind.name === 'kiosk' ? `/pixel.gif?data=${data}` : `/track/?data=${data}&ip=1&_=${id.toString(36)}`;
}
