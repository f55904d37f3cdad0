import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { LONGEST_DOWNTIME_MINUTES, playCrashes, playStorm, replayLine } from './play.ts';
import { runScenario } from './outcome.ts';
import { playRestarts, restartDifference } from './restarts.ts';
import { reference } from '../hosts/support.ts';
import { scenarioOf } from './scenario.ts';
import { sentenceOf } from '../../src/sentences/timeline.ts';
import { kindOf } from '../../src/workflow/timeline/timeline.ts';
import type { RunMode } from '../../src/plan/types.ts';

const USAGE = `Usage: npm run simulate -- [--seeds N] [--from N] [--seed N] [--downtime MINUTES] [--restarts]

Rehearses seeded accounts under --faults storm, and with crashes at one in ten decisions, on all cores,
and holds every run against the invariants. Prints the seeds that break one.

  --seeds N   how many seeds (default 1000)
  --from N    the first seed (default 1)
  --seed N    replay one seed and print what happens
  --downtime MINUTES
              in a storm the process is down for up to so long after half of its crashes (default ${LONGEST_DOWNTIME_MINUTES}); 0 starts
              it again at once. Crashes at one in ten decisions are always without one: only then must a run end the same.
  --restarts  instead: each seed twice, and before them a drill and a restore of runbooks/cold-restore.yaml (some minutes), with a driver that stays and with driver and
              executor thrown away after every tick; every decision, effect, timer and call must be the same
Example: npm run simulate -- --seeds 10000`;

/** Seeds a worker takes at a time; with restarts one, which may take as long as many others. */
const SHARE = 25;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function replay(seed: number, downtime: number): Promise<number> {
  const storm = { faults: 'storm', longestDowntimeMs: downtime * 60_000 } as const;
  const outcome = await runScenario(seed, scenarioOf(seed), storm);
  for (const entry of outcome.timeline)
    say(`${new Date(entry.at).toISOString()}  ${kindOf(entry.code).padEnd(9)}  ${sentenceOf(entry)}`);
  const violations = await playFaults(seed, downtime);
  say(
    violations.length === 0 ? `seed ${seed}: every invariant holds` : replayLine(seed, violations, downtime),
  );
  return violations.length === 0 ? 0 : 1;
}

interface How {
  readonly downtime: number;
  readonly restarts: boolean;
}

interface Seeds extends How {
  readonly from: number;
  readonly to: number;
}

/** Seeds, or a run of the petabyte. */
type Share = Seeds | { readonly cold: RunMode };

function play({ downtime, restarts }: How, seed: number): Promise<readonly string[]> {
  return restarts ? playRestarts(seed) : playFaults(seed, downtime);
}

async function playFaults(seed: number, downtime: number): Promise<readonly string[]> {
  return [...(await playStorm(seed, downtime)), ...(await playCrashes(seed))];
}

async function work(share: Share): Promise<readonly string[]> {
  if ('cold' in share) return coldRestore(share.cold);
  const { from, to, ...how } = share;
  const failures: string[] = [];
  for (let seed = from; seed <= to; seed += 1) {
    const violations = await play(how, seed);
    if (violations.length > 0) failures.push(replayLine(seed, violations, how.downtime, how.restarts));
  }
  return failures;
}

function employ(shares: Iterator<Share>, onFailures: (failures: readonly string[]) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: 'work' });
    const next = (): void => {
      const share = shares.next();
      if (share.done === true) void worker.terminate().then(() => resolve());
      else worker.postMessage(share.value);
    };
    worker.on('message', (failures: readonly string[]) => {
      onFailures(failures);
      next();
    });
    worker.on('error', reject);
    next();
  });
}

/** The longest first. */
function* sharesOf(from: number, count: number, how: How): Generator<Share, undefined> {
  if (how.restarts) yield* [{ cold: 'restore' }, { cold: 'drill' }] as const;
  const size = how.restarts ? 1 : SHARE;
  for (let first = from; first < from + count; first += size)
    yield { from: first, to: Math.min(from + count, first + size) - 1, ...how };
  return undefined;
}

async function coldRestore(mode: RunMode): Promise<readonly string[]> {
  const difference = await restartDifference({ scenario: reference('cold-restore'), mode });
  return difference === undefined ? [] : [`a ${mode} of cold-restore: ${difference}`];
}

async function simulate(from: number, count: number, how: How): Promise<number> {
  const started = performance.now();
  const failures: string[] = [];
  const shares = sharesOf(from, count, how);
  const note = (found: readonly string[]): void => {
    failures.push(...found);
    for (const line of found) say(line);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => employ(shares, note)));
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(
    `${count} seeds in ${seconds} s: ${failures.length === 0 ? 'every invariant holds' : `${failures.length} break an invariant`}`,
  );
  return failures.length === 0 ? 0 : 1;
}

function wholeNumber(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`Error: '${text}' is not a whole number above 0.\n${USAGE}\n`);
  process.exit(2);
}

if (isMainThread) {
  const options = {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    downtime: { type: 'string' },
    restarts: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options });
  const downtime = values.downtime === '0' ? 0 : wholeNumber(values.downtime, LONGEST_DOWNTIME_MINUTES);
  if (values.help === true) say(USAGE);
  else if (values.seed !== undefined) process.exitCode = await replay(wholeNumber(values.seed, 1), downtime);
  else
    process.exitCode = await simulate(wholeNumber(values.from, 1), wholeNumber(values.seeds, 1_000), {
      downtime,
      restarts: values.restarts === true,
    });
} else if (workerData === 'work') {
  parentPort?.on('message', (share: Share) => {
    void work(share).then((failures) => parentPort?.postMessage(failures));
  });
}
