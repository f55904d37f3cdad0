import { chance } from './chance.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** What was published, UTC: whose error rate it is, and to how many decimals. */
export interface PublishedRate {
  readonly from: number;
  readonly to: number;
  readonly percent: number;
  readonly decimals: number;
}

const utc = (day: number, hour: number, minute: number) => Date.UTC(2017, 9, day, hour, minute);

export const OVERALL: PublishedRate = { from: utc(5, 16, 0), to: utc(23, 5, 2), percent: 0.26, decimals: 2 };

export const SPIKES: readonly PublishedRate[] = [
  { from: utc(5, 16, 20), to: utc(5, 22, 0), percent: 5.7, decimals: 1 },
  { from: utc(6, 13, 30), to: utc(6, 21, 0), percent: 3.3, decimals: 1 },
  { from: utc(7, 19, 5), to: utc(7, 19, 20), percent: 1, decimals: 0 },
  { from: utc(19, 17, 46), to: utc(19, 21, 7), percent: 4.7, decimals: 1 },
  { from: utc(20, 18, 24), to: utc(20, 18, 53), percent: 11.2, decimals: 1 },
];

/**
 * A campaign sends many times the usual traffic that Saturday evening. It is what lets a rate of 1 % over a quarter of an hour stand out
 * in a log that is small enough to keep; how much traffic there really was is not known.
 */
const CAMPAIGN = { from: utc(7, 18, 58), to: utc(7, 19, 34), factor: 8 };
/** Ordinary errors keep so far away from the spikes that their edges are those published. */
const CLEAR_MINUTES = 60;

/** How much traffic, and which of the many logs like it. */
export interface TrafficOptions {
  readonly seed: number;
  /** On average. From about 8 on every spike has enough errors to be found. */
  readonly requestsPerMinute: number;
}

export const DEFAULTS: TrafficOptions = { seed: 1, requestsPerMinute: 11 };

/** What is answered in one minute. */
export interface Minute {
  /** When it begins, in milliseconds since the epoch. */
  readonly at: number;
  readonly requests: number;
  readonly errors: number;
}

const TOPIC = { requests: 1, spike: 2, background: 3 } as const;

/** All minutes of the three weeks, in order. Their sums have the published rates. */
export function timetable({ seed, requestsPerMinute }: TrafficOptions = DEFAULTS): readonly Minute[] {
  const requests = Array.from({ length: indexOf(OVERALL.to) }, (_, index) => {
    const varied = 0.75 + chance(seed, TOPIC.requests, index) / 2;
    return Math.max(3, Math.round(requestsPerMinute * shape(index) * varied));
  });
  const errors = requests.map(() => 0);
  for (const [number, spike] of SPIKES.entries()) failIn(spike, number, requests, errors, seed);
  failInBetween(requests, errors, seed);
  return requests.map((count, index) => ({
    at: OVERALL.from + index * MINUTE_MS,
    requests: count,
    errors: errors[index] ?? 0,
  }));
}

/** More by day (in America) than by night, less on weekends. */
function shape(index: number): number {
  const at = OVERALL.from + index * MINUTE_MS;
  const minuteOfDay = Math.floor(at / MINUTE_MS) % DAY_MINUTES;
  // The epoch began on a Thursday.
  const dayOfWeek = (Math.floor(at / MINUTE_MS / DAY_MINUTES) + 4) % 7;
  const daily = 1 + 0.22 * Math.cos((2 * Math.PI * (minuteOfDay - 18.5 * 60)) / DAY_MINUTES);
  const weekly = dayOfWeek === 0 || dayOfWeek === 6 ? 0.9 : 1.03;
  return daily * weekly * (at >= CAMPAIGN.from && at < CAMPAIGN.to ? CAMPAIGN.factor : 1);
}

/** So many errors as the rate asks for, about evenly; the first and the last minute have no lower rate than the rest. */
function failIn(
  spike: PublishedRate,
  number: number,
  requests: number[],
  errors: number[],
  seed: number,
): void {
  const from = indexOf(spike.from);
  const to = indexOf(spike.to);
  const total = Math.max(2, Math.round((sum(requests, from, to) * spike.percent) / 100));
  // A few requests more or less, so that the rate is right although errors are whole.
  spread(requests, from, to, Math.round((total * 100) / spike.percent) - sum(requests, from, to));
  const all = sum(requests, from, to);
  const atBegin = Math.ceil(((requests[from] ?? 0) * spike.percent) / 100);
  const atEnd = Math.ceil(((requests[to - 1] ?? 0) * spike.percent) / 100);
  let index = from;
  let passed = requests[from] ?? 0;
  for (let error = 0; error < total; error += 1) {
    const place = ((error + chance(seed, TOPIC.spike, number, error)) / total) * all;
    while (passed <= place && index < to - 1) passed += requests[(index += 1)] ?? 0;
    const minute = error < atBegin ? from : error >= total - atEnd ? to - 1 : index;
    errors[minute] = (errors[minute] ?? 0) + 1;
  }
}

/** Adds or takes away requests, one a minute, from the middle on. */
function spread(requests: number[], from: number, to: number, change: number): void {
  const middle = Math.floor((from + to) / 2);
  for (let step = 0; step < Math.abs(change); step += 1) {
    const index = from + ((middle - from + step) % (to - from));
    requests[index] = Math.max(1, (requests[index] ?? 0) + Math.sign(change));
  }
}

/** The errors of every day: those that the overall rate leaves beside the spikes. */
function failInBetween(requests: readonly number[], errors: number[], seed: number): void {
  const total =
    Math.round((sum(requests, 0, requests.length) * OVERALL.percent) / 100) - sum(errors, 0, errors.length);
  const free = requests.flatMap((_, index) => (isClear(index) ? [index] : []));
  for (let error = 0; error < total; error += 1) {
    const place = Math.floor(((error + chance(seed, TOPIC.background, error)) / total) * free.length);
    const index = free[place] ?? 0;
    errors[index] = (errors[index] ?? 0) + 1;
  }
}

function isClear(index: number): boolean {
  return SPIKES.every(
    ({ from, to }) => index < indexOf(from) - CLEAR_MINUTES || index >= indexOf(to) + CLEAR_MINUTES,
  );
}

/** Which minute of the three weeks it is. */
function indexOf(at: number): number {
  return (at - OVERALL.from) / MINUTE_MS;
}

function sum(counts: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index += 1) total += counts[index] ?? 0;
  return total;
}
