import { chunks } from '../simulation/play.ts';
import { playRestarts } from '../simulation/restarts.ts';
import { RESTART_SEEDS } from '../simulation/seeds.ts';

// As test/simulation/restarts.test.ts, with the seeds after those that it plays.

test.each(chunks(100, 20))('seeds %i to %i', async (from, to) => {
  for (let seed = RESTART_SEEDS + from; seed <= RESTART_SEEDS + to; seed += 1)
    expect([seed, await playRestarts(seed, true)]).toEqual([seed, []]);
});
