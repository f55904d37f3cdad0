import { chunks, failuresOf, playStorm } from './play.ts';
import { STORM_SEEDS } from './seeds.ts';

// Goal: no schedule of faults and crashes makes a recovery unsafe or endless.
// Method: the real planner, workflow, driver, executors and journal; only the clock, chance and AWS are simulated.
// More seeds, on all cores: npm run simulate -- --seeds 10000

test.each(chunks(STORM_SEEDS))('seeds %i to %i stay safe and end under storm', async (from, to) => {
  expect(await failuresOf(playStorm, from, to)).toEqual([]);
});
