import { playCrashes, playStorm, replayLine } from './play.ts';

// Goal: no schedule of faults and crashes makes a recovery unsafe or endless.
// Method: the real planner, workflow, driver, executors and journal; only the clock, chance and AWS are simulated.
// More seeds, on all cores: npm run simulate -- --seeds 10000

const SEEDS = 320;
const CRASH_SEEDS = 80;
const CHUNK = 20;

function chunks(count: number): readonly (readonly [number, number])[] {
  return Array.from(
    { length: Math.ceil(count / CHUNK) },
    (_, n) => [n * CHUNK + 1, Math.min(count, (n + 1) * CHUNK)] as const,
  );
}

async function failuresOf(
  play: (seed: number) => Promise<readonly string[]>,
  from: number,
  to: number,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let seed = from; seed <= to; seed += 1) {
    const violations = await play(seed);
    if (violations.length > 0) failures.push(replayLine(seed, violations));
  }
  return failures;
}

test.each(chunks(SEEDS))('seeds %i to %i stay safe and end under storm', async (from, to) => {
  expect(await failuresOf(playStorm, from, to)).toEqual([]);
});

test.each(chunks(CRASH_SEEDS))('seeds %i to %i end the same with crashes as without', async (from, to) => {
  expect(await failuresOf(playCrashes, from, to)).toEqual([]);
});
