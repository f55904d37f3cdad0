import { chunks, failuresOf, playCrashes } from './play.ts';

// Goal: a run whose process died, however often, ends as if nothing had happened. In a file of its own, to run beside the storm.

const SEEDS = 5;

test.each(chunks(SEEDS))('seeds %i to %i end the same with crashes as without', async (from, to) => {
  expect(await failuresOf(playCrashes, from, to)).toEqual([]);
});
