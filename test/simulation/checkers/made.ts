import type { Outcome } from '../outcome.ts';

/** Something that the run made, as it really is. */
export interface Made {
  readonly id: string;
  readonly resource: string;
  readonly isAlive: boolean;
  /** Gone so shortly before the end that no read could have shown it. */
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

/** All that carries the run's tag, alive or not. */
export function madeBy({ after, runId }: Outcome): readonly Made[] {
  const volumes = after.volumes.map((volume) => ({ ...volume, status: volume.state }));
  const instances = after.dbInstances.map((instance) => ({ ...instance, state: instance.status }));
  return [...volumes, ...instances]
    .filter((thing) => thing.tags['lifeboat:run'] === runId)
    .map(({ id, tags, deletedAt, hydration, state }) => ({
      id,
      resource: tags['lifeboat:resource'] ?? '?',
      isAlive: deletedAt === undefined,
      isJustGone: deletedAt !== undefined && after.at - deletedAt < READS_LAG_MS,
      hydration,
      state,
    }));
}
