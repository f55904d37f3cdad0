import { chunks, failuresOf, playCrashes } from './play.ts';
import { CRASH_SEEDS } from './seeds.ts';

// Goal: a run whose process died, however often, ends as if nothing had happened. In a file of its own, to run beside the storm.

test.each(chunks(CRASH_SEEDS))('seeds %i to %i end the same with crashes as without', async (from, to) => {
  expect(await failuresOf(playCrashes, from, to)).toEqual([]);
});
