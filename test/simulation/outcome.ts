import { fraction } from '../../src/hash.ts';
import type { Journal } from '../../src/journal/journal.ts';
import type { SimulationProbe } from '../../src/hosts/simulation.ts';
import type { DriveEnd } from '../../src/driver/base/ports.ts';
import type { Plan } from '../../src/plan/types.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { viewRun, type RunView } from '../../src/report/model/run-view.ts';
import type { WorldSnapshot } from '../../src/simulator/index.ts';
import type { Instant } from '../../src/time.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import { NEVER, rehearse, type Faults } from '../hosts/support.ts';
import { effectsBeforeJournal } from './checkers/effects-before-journal.ts';
import type { SeededScenario } from './scenario.ts';

/** Everything about a run that a checker may look at. */
export interface Downtime {
  readonly from: Instant;
  readonly to: Instant;
}

export interface Outcome {
  readonly seed: number;
  readonly scenario: SeededScenario;
  readonly plan: Plan;
  readonly runId: string;
  readonly end: DriveEnd;
  /** Times the drive loop was entered, the first included. */
  readonly drives: number;
  readonly crashes: number;
  readonly before: WorldSnapshot;
  readonly after: WorldSnapshot;
  readonly view: RunView;
  readonly report: Report;
  readonly timeline: readonly TimelineEntry[];
  /** When no process ran, after a crash. */
  readonly downtimes: readonly Downtime[];
  /** Effects that were performed before the journal had them. */
  readonly unjournalled: readonly string[];
}

/** An operator resumes a halted run this often before giving up on it. */
const MAX_RESUMES = 3;
const MAX_DRIVES = 12;

export interface RunOptions {
  readonly faults: Faults;
  readonly crashRate?: number;
  /** After half of the crashes the process is down for up to so long, virtual time. Absent: it is started again at once. */
  readonly longestDowntimeMs?: number;
}

/** After half of the crashes the process is started again at once. */
function downtimeMs(seed: number, crash: number, longest: number): number {
  return Math.round(Math.max(0, 2 * fraction(`downtime/${seed}/${crash}`) - 1) * longest);
}

/** Plays the operator of the scenario: says the word once its time has come. */
function operatorProbe(
  scenario: SeededScenario,
  plan: Plan,
  journal: Journal,
): NonNullable<SimulationProbe['wrapExecutor']> {
  let said = scenario.operator === undefined;
  return (executor, clock) => {
    const speak = async (): Promise<void> => {
      const { operator } = scenario;
      if (said || operator === undefined || clock.now() < plan.incidentAt + operator.atSeconds * 1_000)
        return;
      said = true;
      await journal.signal({
        at: clock.now(),
        kind: operator.kind,
        by: 'operator',
        ...(operator.made !== undefined && { made: operator.made }),
        reason: 'the scenario says so',
      });
    };
    return {
      ...executor,
      async perform(effects) {
        await speak();
        return executor.perform(effects);
      },
      async observe(watch) {
        await speak();
        return executor.observe(watch);
      },
    };
  };
}

/** Runs a scenario to its very end: resumes what was paused, tries again what halted, then aborts it. */
export async function runScenario(
  seed: number,
  scenario: SeededScenario,
  { faults, crashRate, longestDowntimeMs = 0 }: RunOptions,
): Promise<Outcome> {
  const unjournalled: string[] = [];
  const downtimes: Downtime[] = [];
  let now = (): Instant => 0;
  const down = (crash: number): number => {
    const lasts = downtimeMs(seed, crash, longestDowntimeMs);
    downtimes.push({ from: now(), to: now() + lasts });
    return lasts;
  };
  const rehearsal = await rehearse(scenario, {
    mode: scenario.mode,
    seed,
    faults,
    yes: true,
    probe: (journal) => {
      const operate = operatorProbe(scenario, journal.record.plan, journal);
      return {
        wrapExecutor: (executor, clock) => {
          now = () => clock.now();
          return effectsBeforeJournal(operate(executor, clock), journal, unjournalled);
        },
        ...(crashRate !== undefined && { crashRate }),
        downtimeMs: down,
      };
    },
  });
  const { host, journal, plan, record, lines } = rehearsal;
  const before = host.world.snapshotOf();
  let end = await host.drive(NEVER);
  let drives = 1;
  for (let resumes = 0; (end.paused || end.phase === 'halted') && drives < MAX_DRIVES; drives += 1) {
    if (end.phase === 'halted') resumes += 1;
    const kind = resumes > MAX_RESUMES ? 'abort' : 'resume';
    await journal.signal({ at: host.world.snapshotOf().at, kind, by: 'operator' });
    end = await host.drive(NEVER);
  }
  const view = viewRun(record, await journal.load());
  const timeline = await journal.timeline();
  const report = buildReport(view, timeline, await journal.apiCalls());
  const outcome: Outcome = {
    seed,
    scenario,
    plan,
    runId: record.runId,
    end,
    drives,
    crashes: host.crashes,
    before,
    after: host.world.snapshotOf(),
    view,
    report,
    timeline: lines,
    downtimes,
    unjournalled,
  };
  await host.close();
  return outcome;
}
