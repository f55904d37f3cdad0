import { createAdaptiveRate, type AdaptiveRate } from '../../../src/backfill/control/adaptive.ts';
import { playWorld, p99Of, rateOf, type World } from './queue-world.ts';

const steady: World = { seed: 1, seconds: 90, slots: () => 8, serviceMs: 15, live: () => 150 };
const seeing = (targetMs = 100): AdaptiveRate =>
  createAdaptiveRate({
    ...{ p99Seconds: targetMs / 1_000, errorRatePercent: 1, connections: 64 },
    live: { periodSeconds: 1, delaySeconds: 2 },
  });

test('slows down when the signal falls silent, pauses after half a minute, and resumes by itself', () => {
  const world = { ...steady, seconds: 110, isSilent: (atMs: number) => atMs > 30_000 && atMs < 80_000 };
  const { sent, told } = playWorld(world, seeing());
  const toldAt = (atMs: number) => told.filter((one) => one.atMs <= atMs).at(-1);
  expect(rateOf(sent, 25_000, 30_000)).toBeGreaterThan(250);
  // A few seconds are nothing.
  expect(rateOf(sent, 31_000, 34_000)).toBeGreaterThan(200);
  expect(rateOf(sent, 45_000, 60_000)).toBeLessThan(2);
  expect(rateOf(sent, 45_000, 60_000)).toBeGreaterThan(0.5);
  expect(toldAt(50_000)?.text).toMatch(/^there was no reading of the live traffic for (19|20) s$/);
  expect(rateOf(sent, 61_500, 80_000)).toBe(0);
  expect(toldAt(70_000)?.paused).toBe(true);
  expect(rateOf(sent, 100_000, 110_000)).toBeGreaterThan(200);
});

test('sends next to nothing before the live traffic was seen once', () => {
  const { sent } = playWorld({ ...steady, seconds: 60, isSilent: () => true }, seeing());
  expect(sent.length).toBeGreaterThan(10);
  expect(sent.length).toBeLessThan(40);
});

test('pauses when the live traffic suffers although next to nothing is sent, and resumes by itself', () => {
  // Live traffic alone is more than what halved capacity serves.
  const world: World = {
    ...steady,
    seconds: 150,
    live: () => 300,
    slots: (atMs) => (atMs >= 40_000 && atMs < 60_000 ? 4 : 8),
  };
  const { live, sent, told } = playWorld(world, seeing());
  const toldAt = (atMs: number) => told.filter((one) => one.atMs <= atMs).at(-1);
  expect(rateOf(sent, 55_000, 60_000)).toBe(0);
  expect(toldAt(58_000)?.paused).toBe(true);
  expect(toldAt(58_000)?.text).toMatch(/^the live p99 is \d+ ms, its target is 100 ms$/);
  expect(rateOf(sent, 110_000, 150_000)).toBeGreaterThan(100);
  expect(p99Of(live, 110_000)).toBeLessThanOrEqual(100);
});

test('stays away for as long as the live traffic is too slow by itself', () => {
  const { sent, told } = playWorld({ ...steady, seconds: 60 }, seeing(15));
  expect(sent.length).toBeLessThan(60);
  expect(told.at(-1)?.paused).toBe(true);
});

describe('live errors', () => {
  /** Feeds it one second after the other, and sends all that it allows. */
  function drive(
    governor: AdaptiveRate,
    seconds: number,
    from: number,
    errorRate: number,
    requests = 500,
  ): number {
    let sent = 0;
    for (let nowMs = from; nowMs < from + seconds * 1_000; nowMs += 10) {
      if (nowMs % 1_000 === 0) governor.observe({ p99Ms: 20, errorRate, requests }, nowMs);
      const count = governor.allowance(nowMs, 0);
      governor.began(nowMs, count);
      sent += count;
      for (let index = 0; index < count; index += 1) governor.ended(nowMs, { latencyMs: 5, outcome: 'good' });
    }
    return sent / seconds;
  }

  test('above their bound halve the rate, near it they hold it', () => {
    const governor = seeing();
    drive(governor, 20, 0, 0);
    const free = governor.describe(20_000).ratePerSecond ?? 0;
    expect(free).toBeGreaterThan(200);
    drive(governor, 5, 20_000, 0.007);
    expect(governor.describe(25_000).ratePerSecond).toBeCloseTo(free, 0);
    drive(governor, 3, 25_000, 0.03);
    expect(governor.describe(28_000)).toMatchObject({
      heldBackBy: '3% of the live requests fail, at most 1% may',
    });
    expect(governor.describe(28_000).ratePerSecond).toBeLessThanOrEqual(free / 2);
    drive(governor, 60, 28_000, 0.03);
    expect(governor.describe(88_000)).toMatchObject({ paused: true, ratePerSecond: 0 });
    drive(governor, 60, 88_000, 0);
    expect(governor.describe(148_000).paused).toBe(false);
    expect(drive(governor, 10, 148_000, 0)).toBeGreaterThan(100);
  });

  test('two of fifty are bad luck', () => {
    const governor = seeing();
    drive(governor, 20, 0, 0.04, 50);
    expect(governor.describe(20_000).ratePerSecond).toBeGreaterThan(100);
  });
});

describe('its own process', () => {
  const good = { eventLoopDelayMs: 2, eventLoopUtilization: 0.3, heapUsed: 0.2 };

  function after(seconds: number, health: Partial<typeof good>): AdaptiveRate {
    const governor = createAdaptiveRate({ errorRatePercent: 1, connections: 64 });
    const run = (from: number, to: number, noticed: typeof good): void => {
      for (let nowMs = from; nowMs < to; nowMs += 10) {
        if (nowMs % 1_000 === 0) governor.notice(noticed, nowMs);
        const count = governor.allowance(nowMs, 0);
        governor.began(nowMs, count);
        for (let index = 0; index < count; index += 1)
          governor.ended(nowMs, { latencyMs: 5, outcome: 'good' });
      }
    };
    run(0, 10_000, good);
    run(10_000, 10_000 + seconds * 1_000, { ...good, ...health });
    return governor;
  }

  const well = after(0, {}).describe(10_000).ratePerSecond ?? 0;

  test.each([
    [
      'a late event loop',
      { eventLoopDelayMs: 80 },
      0.65,
      'this process is busy: its event loop is 80 ms late',
    ],
    [
      'a very late one',
      { eventLoopDelayMs: 300 },
      0.26,
      'this process is busy: its event loop is 300 ms late',
    ],
    ['a full heap', { heapUsed: 0.85 }, 0.65, "85% of this process's heap is in use"],
    ['a very full one', { heapUsed: 0.95 }, 0.26, "95% of this process's heap is in use"],
  ])('%s slows it down', (_name, health, share, heldBackBy) => {
    const state = after(3, health).describe(13_000);
    expect(state.heldBackBy).toBe(heldBackBy);
    expect(state.ratePerSecond).toBeLessThan(share * well);
  });

  test('a busy event loop only keeps it from growing', () => {
    expect(after(3, { eventLoopUtilization: 0.99 }).describe(13_000).ratePerSecond).toBeCloseTo(well, 3);
    expect(after(3, {}).describe(13_000).ratePerSecond).toBeGreaterThan(1.5 * well);
  });
});

test('a clock that goes back or leaps gives nothing away', () => {
  const governor = createAdaptiveRate({ errorRatePercent: 1, connections: 64 });
  expect(governor.allowance(1_000_000, 0)).toBe(1);
  governor.began(1_000_000, 1);
  expect(governor.allowance(0, 0)).toBe(0);
  expect(governor.allowance(10, 0)).toBe(0);
  // An hour later there are no arrears to catch up on.
  expect(governor.allowance(3_600_000, 0)).toBeLessThanOrEqual(1);
});

test('a target that answers nothing gets no more than a few, and says when to look again', () => {
  const governor = createAdaptiveRate({ errorRatePercent: 1, connections: 64 });
  let inFlight = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    const count = governor.allowance(nowMs, inFlight);
    governor.began(nowMs, count);
    inFlight += count;
  }
  expect(inFlight).toBeLessThanOrEqual(64);
  expect(governor.wakeAt(60_000)).toBeUndefined();
  expect(governor.describe(60_000).paused).toBe(false);
});
