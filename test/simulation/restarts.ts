import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { openSimulationHost, type SimulationProbe } from '../../src/hosts/simulation.ts';
import type { Clock } from '../../src/driver/base/ports.ts';
import type { RunMode } from '../../src/plan/types.ts';
import type { World } from '../../src/simulator/index.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { scenarioOf } from './scenario.ts';
import { NEVER, planOf, recordOf, type Faults, type Scenario } from '../hosts/support.ts';

/** What is rehearsed twice. Everything that differs between two calls of `probe` would be found as a difference of the driver. */
export interface RestartsCase {
  readonly scenario: Scenario;
  readonly mode: RunMode;
  readonly seed?: number;
  readonly faults?: Faults;
  /** Troubles of its own; called once a run. */
  readonly probe?: () => Troubles;
}

export interface Troubles extends Pick<SimulationProbe, 'wrapClock' | 'openBackfill' | 'wrapExecutor'> {
  /** May throw in the place of a call. */
  readonly onCall?: (call: {
    readonly operation: string;
    readonly at: number;
    readonly input: object;
  }) => void;
  /** Further lines of the trace. */
  readonly log?: readonly string[];
}

/** Everything that a run did, a line each. */
export type Trace = readonly string[];

/** Runs a case to its end; `reopens`: the driver and the executor live no longer than a tick. */
export async function traceOf(one: RestartsCase, reopens: boolean): Promise<Trace> {
  const { scenario, mode, seed = 1, faults = 'none' } = one;
  const plan = planOf(scenario, mode);
  const trace: string[] = [];
  const troubles = one.probe?.() ?? {};
  const memory = await createMemoryJournal(recordOf(scenario, plan, { mode, seed, faults }));
  await memory.acquire();
  const journal = recording(memory, trace);
  const { wrapClock, openBackfill } = troubles;
  const host = await openSimulationHost({
    ...{ journal, directory: ':memory:', inventory: scenario.inventory, speed: Infinity },
    onTimeline: (entries) => trace.push(...entries.map((entry) => `timeline ${JSON.stringify(entry)}`)),
    probe: {
      ...(wrapClock && { wrapClock }),
      ...(openBackfill && { openBackfill }),
      crashRate: 0,
      ...(reopens && { reopens: () => memory.acquire() }),
      wrapClients: (world, clock) => recordingClients(world, clock, trace, troubles),
      wrapExecutor: (executor, machine) =>
        recordingExecutor(troubles.wrapExecutor?.(executor, machine) ?? executor, trace),
    },
  });
  try {
    let end = await host.drive(NEVER);
    for (let resumes = 0; (end.paused || end.phase === 'halted') && resumes < 4; resumes += 1) {
      const kind = resumes === 3 ? 'abort' : 'resume';
      await journal.signal({ at: host.world.snapshotOf().at, kind, by: 'operator' });
      end = await host.drive(NEVER);
    }
    const calls = JSON.stringify([host.world.calls(), await journal.apiCalls()]);
    return [...trace, ...(troubles.log ?? []), `end ${JSON.stringify(end)}`, `calls ${calls}`];
  } finally {
    await host.close();
  }
}

/** Every decision with all that belongs to it: its event, its effects and timers, and the state that it leads to; and each new forecast. */
function recording(journal: Journal, trace: string[]): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'commit')
        return async (...[commit]: Parameters<Journal['commit']>) => {
          await target.commit(commit);
          trace.push(...commit.decisions.map((decision) => `decision ${JSON.stringify(decision)}`));
          const { baseline } = commit.memo ?? {};
          if (baseline !== undefined) trace.push(`baseline ${JSON.stringify(baseline)}`);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

function recordingExecutor(executor: Executor, trace: string[]): Executor {
  return {
    ...executor,
    perform: (effects) => {
      trace.push(`effects ${JSON.stringify(effects)}`);
      return executor.perform(effects);
    },
  };
}

/** Every call to the simulated AWS with its input, and when. */
function recordingClients(
  world: World,
  clock: Clock,
  trace: string[],
  { onCall }: Troubles,
): Pick<World, 'ec2' | 'rds' | 'ssm'> {
  const client = <One extends { send: unknown }>(service: One): One => {
    const send = async (command: { readonly input: object }): Promise<unknown> => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const at = clock.now();
      trace.push(`call ${at} ${operation} ${JSON.stringify(command.input)}`);
      onCall?.({ operation, at, input: command.input });
      return (service.send as (given: object) => Promise<unknown>)(command);
    };
    return { send } as One;
  };
  return { ec2: client(world.ec2), rds: client(world.rds), ssm: client(world.ssm) };
}

/** The order of keys is no difference: a key without a value keeps its place in memory, and loses it in the journal. */
function canonical(line = ''): string {
  const json = /^(decision|effects) (.*)$/s.exec(line)?.[2];
  if (json === undefined) return line;
  return JSON.stringify(JSON.parse(json), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

/** Where a run with a driver that lives no longer than a tick goes another way than one whose driver stays; nothing, if all is well. */
export async function restartDifference(one: RestartsCase): Promise<string | undefined> {
  const stayed = await traceOf(one, false);
  const reopened = await traceOf(one, true);
  const length = Math.max(stayed.length, reopened.length);
  for (let line = 0; line < length; line += 1) {
    if (stayed[line] !== reopened[line] && canonical(stayed[line]) !== canonical(reopened[line]))
      return `line ${line}: reopened after every tick ${reopened[line]?.slice(0, 600)}\n  instead of ${stayed[line]?.slice(0, 600)}`;
  }
  return undefined;
}

/** Crashes have invariants of their own (play.ts): a process that dies within a tick may ask some things twice. */
const FAULTS = ['storm', 'flaky', 'drift', 'none'] as const;

/**
 * What is wrong with one seed. Seeds take turns at the fault profiles.
 * @param isSmall one volume of the account alone, which takes a fifth of the time
 */
export async function playRestarts(seed: number, isSmall = false): Promise<readonly string[]> {
  const drawn = scenarioOf(seed);
  const volumes = drawn.runbook.resources.filter(({ type }) => type === 'ebs-volume');
  const resources = isSmall
    ? volumes.slice(0, 1).map((volume) => ({ ...volume, dependsOn: [] }))
    : drawn.runbook.resources;
  const scenario = { ...drawn, runbook: { ...drawn.runbook, resources } };
  const faults = FAULTS[seed % FAULTS.length] ?? 'none';
  try {
    const difference = await restartDifference({ scenario, mode: drawn.mode, seed, faults });
    return difference === undefined ? [] : [`under ${faults}: ${difference}`];
  } catch (error) {
    return [`threw ${error instanceof Error ? error.stack : String(error)}`];
  }
}
