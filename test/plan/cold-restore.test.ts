import type { Plan } from '../../src/plan/types.ts';
import {
  at,
  codesOf,
  database,
  DB,
  dbInput,
  EVENTS,
  fleet,
  inputOf,
  inventoryOf,
  planOf,
  volumeWithSnapshot,
} from './builders.ts';

/** 1 TiB at 120 MiB/s, deep queue on gp3, p50. */
const DEEP_SECONDS = (1_024 * 1_024) / 120;
/** Creation and the check of its configuration, p50. */
const AROUND_SECONDS = 20 + 5;

function coldOf(plan: Plan) {
  const { coldRestore } = plan;
  if (coldRestore === undefined) throw new Error('no cold restore in the plan');
  return coldRestore;
}

test('reads every volume at once, by one stream or with deep queues', () => {
  const cold = coldOf(planOf([EVENTS], fleet(3)));
  const streamSeconds = (1_024 * 1_024) / (5 / 1.048_576);
  expect(cold).toEqual({
    volumes: 3,
    dataGiB: 3 * 1_024,
    oneStream: {
      p50Seconds: Math.ceil(streamSeconds + AROUND_SECONDS),
      p90Seconds: Math.ceil((streamSeconds * 5) / 3 + 120),
    },
    deepQueue: {
      p50Seconds: Math.ceil(DEEP_SECONDS + AROUND_SECONDS),
      p90Seconds: Math.ceil(2 * DEEP_SECONDS + 120),
    },
    deepQueueMiBps: 360,
  });
});

test('is not hastened by what the plan itself uses', () => {
  const fsr = [{ zone: 'us-east-1a', state: 'enabled' as const, credits: 1 }];
  const plan = planOf([EVENTS], fleet(1, { provisionedInitMiBps: 300 }, { fsr }));
  expect(plan.forecast.rtaSeconds.p50).toBe(25);
  expect(coldOf(plan).deepQueue.p50Seconds).toBe(Math.ceil(DEEP_SECONDS + AROUND_SECONDS));
});

test('shares an instance among the volumes that it reads', () => {
  const readBy = (throughput: number) => {
    const { volumes, ...rest } = inputOf(fleet(3));
    const instances = [{ id: 'i-1', zone: 'us-east-1a', ebsThroughputMiBps: throughput }];
    const attached = volumes.map((volume) => ({
      ...volume,
      attachedTo: { instanceId: 'i-1', device: '/dev/sdf' },
    }));
    return coldOf(planOf([EVENTS], inventoryOf({ ...rest, volumes: attached, instances })));
  };
  expect(readBy(1_000).deepQueueMiBps).toBe(360);
  expect(readBy(180)).toMatchObject({
    deepQueueMiBps: 180,
    deepQueue: { p50Seconds: Math.ceil(2 * DEEP_SECONDS + AROUND_SECONDS) },
  });
  expect(readBy(180).oneStream).toEqual(readBy(1_000).oneStream);
});

test('waits for dependencies, and takes databases as the plan does', () => {
  const inventory = inventoryOf({ ...inputOf(fleet(1)), ...dbInput() });
  const plan = planOf([DB, { ...EVENTS, dependsOn: ['db'] }], inventory);
  const ready = plan.schedule.find(({ resource }) => resource === 'db')?.readySeconds ?? 0;
  const alone = coldOf(planOf([EVENTS], fleet(1))).deepQueue.p50Seconds;
  expect(Math.abs(coldOf(plan).deepQueue.p50Seconds - ready - alone)).toBeLessThanOrEqual(1);
});

test('counts from the incident, however late the start', () => {
  const late = coldOf(planOf([EVENTS], fleet(1), { now: at('04:00') }));
  const prompt = coldOf(planOf([EVENTS], fleet(1)));
  expect(late.deepQueue.p50Seconds - prompt.deepQueue.p50Seconds).toBe(3_600);
});

test('is nothing to tell of where nobody waits for volumes to be hydrated', () => {
  expect(planOf([{ ...EVENTS, readyWhen: 'available' }], fleet(1))).not.toHaveProperty('coldRestore');
  expect(planOf([DB], database())).not.toHaveProperty('coldRestore');
});

test('is told as a problem only where the RTO is not safe', () => {
  const { volume, snapshot } = volumeWithSnapshot('vol-1');
  const inventory = inventoryOf({ volumes: [volume], snapshots: [snapshot] });
  expect(codesOf(planOf([EVENTS], inventory))).toEqual([]);
  const late = planOf([EVENTS], inventory, { runbookParts: { objectives: { rto: '1m', rpo: '2h' } } });
  const problem = late.problems.find(({ code }) => code === 'COLD_RESTORE');
  expect(problem?.message).toMatch(/one stream per volume .* 5 h 58 min .* deep queues 15 min .* 120 MiB\/s/);
});
