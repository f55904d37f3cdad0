import type { Instant } from '../../../src/time.ts';
import type { Outcome } from '../outcome.ts';

/** Something that the run made, as it really is. */
export interface Made {
  readonly id: string;
  readonly resource: string;
  readonly isAlive: boolean;
  /** Gone so shortly before the end, the time without a process left out, that no read could have shown it. */
  readonly isJustGone: boolean;
  readonly hydration: number;
  readonly state: string;
}

/** Reads of the simulated AWS lag by up to ten seconds. */
const READS_LAG_MS = 12_000;

/** What was made is kept: a restore completed, or an abort keeps it. */
export function keepsMade({ scenario, end, view }: Outcome): boolean {
  return (
    scenario.mode === 'restore' &&
    (end.phase === 'completed' || (end.phase === 'aborted' && view.recovery?.keepsMade === true))
  );
}

/** How long a process ran between `from` and the end of the run. */
function drivenMs({ after, downtimes }: Outcome, from: Instant): number {
  const downMs = downtimes.reduce((sum, down) => sum + Math.max(0, down.to - Math.max(down.from, from)), 0);
  return after.at - from - downMs;
}

/** All that carries the run's tag, alive or not. */
export function madeBy(outcome: Outcome): readonly Made[] {
  const { after, runId } = outcome;
  const volumes = after.volumes.map((volume) => ({ ...volume, status: volume.state }));
  const instances = after.dbInstances.map((instance) => ({ ...instance, state: instance.status }));
  return [...volumes, ...instances]
    .filter((thing) => thing.tags['lifeboat:run'] === runId)
    .map(({ id, tags, deletedAt, hydration, state }) => ({
      id,
      resource: tags['lifeboat:resource'] ?? '?',
      isAlive: deletedAt === undefined,
      isJustGone: deletedAt !== undefined && drivenMs(outcome, deletedAt) < READS_LAG_MS,
      hydration,
      state,
    }));
}

/** What a completed restore consists of: what it made, and what it promoted, which carries no tags. */
export function recoveredBy(outcome: Outcome): readonly Made[] {
  const { after, before, plan, end } = outcome;
  const changes = end.phase === 'completed' ? (plan.blastRadius.changes ?? []) : [];
  const promoted = after.dbInstances.filter(({ id, replicaOf }) => {
    const earlier = before.dbInstances.find((one) => one.id === id)?.replicaOf;
    return changes.includes(id) && earlier !== undefined && replicaOf === undefined;
  });
  const resourceOf = (id: string): string =>
    plan.resources.find(({ strategies }) =>
      strategies.some(({ steps }) => steps.some(({ makes }) => makes?.id === id)),
    )?.id ?? '?';
  return [
    ...madeBy(outcome),
    ...promoted.map(({ id, deletedAt, hydration, status: state }) => ({
      ...{ id, resource: resourceOf(id), isAlive: deletedAt === undefined, isJustGone: false },
      ...{ hydration, state },
    })),
  ];
}
