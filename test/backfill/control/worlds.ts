import { createAdaptiveRate, type AdaptiveRate } from '../../../src/backfill/control/adaptive.ts';
import { bestFixedRate, p99Of, playWorld, rateOf, type World } from './queue-world.ts';

export const WARM_UP_MS = 25_000;

export function governorFor(
  targetMs: number | undefined,
  { periodMs = 1_000, lateMs = 0 }: Partial<World> = {},
): AdaptiveRate {
  return createAdaptiveRate({
    ...(targetMs !== undefined && { p99Seconds: targetMs / 1_000 }),
    errorRatePercent: 1,
    connections: 64,
    live: { periodSeconds: periodMs / 1_000, delaySeconds: (periodMs + lateMs) / 1_000 + 1 },
  });
}

export const steady: World = { seed: 1, seconds: 75, slots: () => 8, serviceMs: 15, live: () => 150 };

export interface Case {
  readonly name: string;
  readonly targetMs: number;
  readonly world: World;
}

export const CASES: readonly Case[] = [
  { name: 'a comfortable target', targetMs: 100, world: steady },
  { name: 'a tight target', targetMs: 40, world: { ...steady, seed: 3 } },
  {
    name: 'more than half of the load is live',
    targetMs: 100,
    world: { ...steady, seed: 4, live: () => 300 },
  },
  {
    name: 'uneven requests, few live ones, a window of a second',
    targetMs: 100,
    world: { ...steady, seed: 5, service: 'exponential', live: () => 100, windowMs: 1_000 },
  },
  {
    name: 'a signal that is late by three seconds',
    targetMs: 100,
    world: { ...steady, seed: 6, lateMs: 3_000 },
  },
];

/** It takes most of what can be had, and keeps the live p99. */
export function expectMostIsTaken({ targetMs, world }: Case): void {
  const best = bestFixedRate({ ...world, seconds: 30 }, targetMs, 5_000);
  const { live, sent } = playWorld(world, governorFor(targetMs, world));
  const rate = rateOf(sent, WARM_UP_MS, world.seconds * 1_000);
  expect(best).toBeGreaterThan(50);
  expect(p99Of(live, WARM_UP_MS)).toBeLessThanOrEqual(targetMs);
  expect(rate / best).toBeGreaterThanOrEqual(0.7);
}

/** It backs off within two seconds when capacity is halved, and comes back. */
export function expectBackedOff(seed: number): void {
  const halved = (atMs: number): boolean => atMs >= 50_000 && atMs < 80_000;
  const world: World = { ...steady, seed, seconds: 120, slots: (atMs) => (halved(atMs) ? 4 : 8) };
  const safe = bestFixedRate({ ...steady, seed, slots: () => 4, seconds: 20 }, 100, 5_000);
  const { live, sent } = playWorld(world, governorFor(100));
  const before = rateOf(sent, 40_000, 50_000);
  expect(before).toBeGreaterThan(2 * safe);
  expect(rateOf(sent, 51_000, 52_000)).toBeLessThanOrEqual(1.1 * safe);
  expect(rateOf(sent, 52_000, 80_000)).toBeLessThanOrEqual(safe);
  expect(rateOf(sent, 60_000, 80_000)).toBeGreaterThan(0.3 * safe);
  expect(p99Of(live, 55_000, 80_000)).toBeLessThanOrEqual(200);
  expect(rateOf(sent, 110_000, 120_000)).toBeGreaterThan(0.8 * before);
}
