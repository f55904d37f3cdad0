import type { Outcome } from '../outcome.ts';

type Thing = Outcome['before']['volumes' | 'dbInstances'][number];

/** What was there before is untouched, and everything new carries the run's tag. */
export function checkBlastRadius({ before, after, runId, plan }: Outcome): readonly string[] {
  const violations: string[] = [];
  // A snapshot that the run took as evidence lasts longer than the run: until then RDS shows its source as backing up.
  const beingSnapshotted = new Set(
    after.dbSnapshots
      .filter(({ state, tags }) => state === 'creating' && tags['lifeboat:run'] === runId)
      .map(({ of }) => of),
  );
  const changes = new Set(plan.blastRadius.changes);
  const asBefore = (thing: Thing, twin: Thing): Thing =>
    'dataAt' in thing &&
    'dataAt' in twin &&
    thing.replicaOf !== undefined &&
    thing.replicaOf === twin.replicaOf
      ? // A replica goes on applying.
        { ...twin, dataAt: thing.dataAt }
      : 'status' in thing && 'status' in twin && beingSnapshotted.has(twin.id) && twin.status === 'backing-up'
        ? { ...twin, status: thing.status }
        : twin;
  const now = new Map<string, Thing>(
    [...after.volumes, ...after.dbInstances].map((thing) => [thing.id, thing]),
  );
  for (const thing of [...before.volumes, ...before.dbInstances]) {
    const twin = now.get(thing.id);
    if (twin === undefined || twin.deletedAt !== thing.deletedAt) violations.push(`${thing.id} was deleted`);
    else if (!changes.has(thing.id) && JSON.stringify(asBefore(thing, twin)) !== JSON.stringify(thing))
      violations.push(`${thing.id} was changed`);
  }
  const known = new Set([...before.volumes, ...before.dbInstances].map(({ id }) => id));
  for (const thing of now.values()) {
    if (!known.has(thing.id) && thing.tags['lifeboat:run'] !== runId)
      violations.push(`${thing.id} was made without the run's tag`);
  }
  return violations;
}
