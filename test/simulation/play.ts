import { checkSameOutcome } from './checkers/same-outcome.ts';
import { violationsOf } from './checkers/index.ts';
import { runScenario } from './outcome.ts';
import { scenarioOf } from './scenario.ts';

/** Crashes a run of its own, apart from all other faults, at one in ten decisions. */
const CRASH_RATE = 0.1;

/** Longer than any read lags behind, and than most limits of a step: what a dead process does not see has shown by then. */
export const LONGEST_DOWNTIME_MINUTES = 20;

/**
 * What is wrong with one seed: nothing, if all is well. After half of the crashes nothing runs for a while. A bug that throws is a finding
 * like any other.
 */
export async function playStorm(
  seed: number,
  longestDowntimeMinutes = LONGEST_DOWNTIME_MINUTES,
): Promise<readonly string[]> {
  const longestDowntimeMs = longestDowntimeMinutes * 60_000;
  try {
    return violationsOf(await runScenario(seed, scenarioOf(seed), { faults: 'storm', longestDowntimeMs }));
  } catch (error) {
    return [`threw ${error instanceof Error ? error.stack : String(error)}`];
  }
}

/** Plays a seed twice without faults, once with crashes: both must end the same. */
export async function playCrashes(seed: number): Promise<readonly string[]> {
  // Whoever may have asked for evidence waits until it would show: a crash then costs a minute, and is meant to.
  const drawn = scenarioOf(seed);
  const scenario = { ...drawn, runbook: { ...drawn.runbook, forensics: false } };
  // When exactly an abort is heard depends on what is asked meanwhile: it has checkers of its own.
  if (scenario.operator?.kind === 'abort') return [];
  const disturbed = await runScenario(seed, scenario, { faults: 'none', crashRate: CRASH_RATE });
  // A process that is down for a while decides later: only crashes without a downtime end the same.
  const undisturbed = await runScenario(seed, scenario, { faults: 'none', crashRate: 0 });
  return [...checkSameOutcome(disturbed, undisturbed), ...violationsOf(disturbed)];
}

/** One line for a person: what failed, and how to see it again. */
export function replayLine(
  seed: number,
  violations: readonly string[],
  downtimeMinutes = LONGEST_DOWNTIME_MINUTES,
  restarts = false,
): string {
  const downtime = downtimeMinutes === LONGEST_DOWNTIME_MINUTES ? '' : ` --downtime ${downtimeMinutes}`;
  return `seed ${seed}: ${violations.join('; ')}\n  replay: npm run simulate -- ${restarts ? `--restarts --seeds 1 --from ${seed}` : `--seed ${seed}${downtime}`}`;
}

/** Small: on a busy machine a test has five seconds, too. */
const CHUNK = 5;

/** Seeds 1 to `count` in chunks, each `[first, last]`: a test a chunk. */
export function chunks(count: number, size = CHUNK): readonly (readonly [number, number])[] {
  return Array.from(
    { length: Math.ceil(count / size) },
    (_, n) => [n * size + 1, Math.min(count, (n + 1) * size)] as const,
  );
}

/** What is wrong with the seeds `from` to `to`, with how to see it again. */
export async function failuresOf(
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
