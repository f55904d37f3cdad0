import type { Backfill, BackfillState } from '../../src/driver/fleet/backfiller.ts';
import { IN_A_FUNCTION } from '../../src/hosts/lambda/cloud-backfill.ts';
import { HOUR_MS, MINUTE_MS, type Instant } from '../../src/time.ts';
import { RESULT } from '../driver/backfill-result.ts';
import { fleetOf } from '../driver/stage.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud } from './simulated-cloud.ts';

hurry();

const SCENARIO = fleetOf({
  backfill: { sources: [{ path: 's3://logs/' }], replay: { target: 'https://shop.example', rate: 10 } },
});
const LASTS_MS = 1.5 * HOUR_MS;

/** A backfill that takes so long, however many processes work on it. */
class LongBackfill {
  readonly stops: Instant[] = [];
  #endsAt: Instant | undefined;
  #at: Instant = 0;

  readonly open = (lookMs: number): Backfill => {
    let isWorking = false;
    return {
      tend: async (at): Promise<BackfillState> => {
        this.#endsAt ??= at + LASTS_MS;
        this.#at = at;
        isWorking = true;
        return at < this.#endsAt
          ? { kind: 'running', wakeAt: at + lookMs }
          : { kind: 'over', result: RESULT };
      },
      stop: async () => {
        if (isWorking) this.stops.push(this.#at);
        isWorking = false;
      },
      soFar: async () => undefined,
    };
  };
}

async function operationsWith(
  lookMs: number,
): Promise<{ readonly operations: number; readonly stops: readonly Instant[] }> {
  const backfill = new LongBackfill();
  const cloud = new SimulatedCloud(SCENARIO, {
    ...{ mode: 'restore', yes: true },
    openBackfill: () => backfill.open(lookMs),
  });
  await cloud.run();
  const { view } = await cloud.outcome();
  expect(view.phase).toBe('completed');
  const operations = cloud.service.executions.reduce((sum, execution) => sum + execution.operationCount, 0);
  return { operations, stops: backfill.stops };
}

test('a backfill that replays costs two operations for each invocation, and each invocation ends it in time', async () => {
  const { operations, stops } = await operationsWith(IN_A_FUNCTION.lookMs);
  const without = (await operationsWith(LASTS_MS)).operations;
  // Ninety minutes are seven invocations of thirteen and a half minutes.
  expect(operations - without).toBeLessThanOrEqual(2 * 8);
  const gaps = stops.slice(1).map((at, index) => at - (stops[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(4);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(14 * MINUTE_MS);
});

test('while a backfill can only wait, the function rests', async () => {
  const { rest } = IN_A_FUNCTION;
  const { stops } = await operationsWith(rest?.lengthMs ?? 0);
  const gaps = stops.slice(1).map((at, index) => at - (stops[index] ?? 0));
  expect(Math.min(...gaps.slice(0, -1))).toBeGreaterThanOrEqual(5 * MINUTE_MS);
});
