import type { WorldSnapshot } from '../../../src/simulator/index.ts';
import type { Outcome } from '../outcome.ts';
import { madeBy } from './made.ts';
import { isOver } from '../../../src/workflow/recovery/phase.ts';

type Taken = WorldSnapshot['snapshots'][number];

/** Snapshots that the run took and that are still there. */
function takenBy({ after, runId }: Outcome, purpose: string): readonly Taken[] {
  return [...after.snapshots, ...after.dbSnapshots].filter(
    ({ tags, deletedAt }) =>
      deletedAt === undefined && tags['lifeboat:run'] === runId && tags['lifeboat:purpose'] === purpose,
  );
}

/**
 * After a completed restore all that was recovered has one fresh, complete recovery point, or the report says why not; after any other end
 * there is none. Evidence stays whatever the end, one of each damaged source.
 */
export function checkRecoveryPoints(outcome: Outcome): readonly string[] {
  const { scenario, end, report, view } = outcome;
  const points = takenBy(outcome, 'protection');
  const keeps = scenario.mode === 'restore' && end.phase === 'completed';
  const alive = madeBy(outcome).filter(({ isAlive }) => isAlive);
  const told = report.leftovers.join('\n');
  // An abort that keeps leaves them, too, where a recovery that was over has begun anew.
  const isKept = end.phase === 'aborted' && view.recovery?.keepsMade === true;
  const protection = isKept
    ? []
    : !keeps
      ? points.map(({ id }) => `${id} is left after ${end.phase}`)
      : alive.flatMap(({ id }) => {
          const own = points.filter(({ of }) => of === id);
          if (own.length > 1) return [`${id} has ${own.length} fresh recovery points`];
          const isSafe = own.some(({ state }) => state === 'completed' || state === 'available');
          return isSafe || told.includes(id)
            ? []
            : [`${id} has no complete recovery point, and nobody says so`];
        });
  const wanted = view.recovery?.evidence.filter(({ snapshotId }) => snapshotId !== undefined) ?? [];
  const evidence = takenBy(outcome, 'forensics');
  return [
    ...protection,
    ...wanted
      .filter(({ snapshotId }) => !evidence.some(({ id }) => id === snapshotId))
      .map(({ of, snapshotId }) => `the evidence ${snapshotId} of ${of} is gone`),
    ...evidence
      .filter(({ of }, index) => evidence.findIndex((other) => other.of === of) !== index)
      .map(({ id, of }) => `${id} is one more piece of evidence of ${of}`),
  ];
}

/** The account is not marked any more once a run is over. */
export function checkUnmarked({ after, end }: Outcome): readonly string[] {
  return isOver(end.phase)
    ? after.parameters.map(({ name }) => `the mark ${name} is left after ${end.phase}`)
    : [];
}
