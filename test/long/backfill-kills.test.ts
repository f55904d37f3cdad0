import { chance } from '../chance.ts';
import { useCli } from '../e2e/cli.ts';
import { killAndResume } from '../e2e/kill-backfill.ts';

// A process that is killed at any instant of its course, from its first line to its last, evenly spread.
jest.setTimeout(300_000);

const POINTS = 50;
/** Most of the time a process waits for its rate. */
const AT_ONCE = 3;

const cli = useCli();

test(`kill -9 at ${POINTS} points: the counts balance, nothing is lost, and nothing happens twice but what the ledger owns up to`, async () => {
  const points = Array.from({ length: POINTS }, (_, point) => point);
  const next = async (): Promise<void> => {
    for (let point = points.shift(); point !== undefined; point = points.shift())
      await killAndResume(cli, `kill-${point}`, (point + chance(`backfill-kill/${point}`)) / POINTS);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
});
