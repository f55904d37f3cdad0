import type { Outcome } from '../outcome.ts';

/** What was there before is untouched, and everything new carries the run's tag. */
export function checkBlastRadius({ before, after, runId }: Outcome): readonly string[] {
  const violations: string[] = [];
  const now = new Map([...after.volumes, ...after.dbInstances].map((thing) => [thing.id, thing]));
  for (const thing of [...before.volumes, ...before.dbInstances]) {
    const twin = now.get(thing.id);
    if (twin === undefined || twin.deletedAt !== thing.deletedAt) violations.push(`${thing.id} was deleted`);
    else if (JSON.stringify(twin) !== JSON.stringify(thing)) violations.push(`${thing.id} was changed`);
  }
  const known = new Set([...before.volumes, ...before.dbInstances].map(({ id }) => id));
  for (const thing of now.values()) {
    if (!known.has(thing.id) && thing.tags['lifeboat:run'] !== runId)
      violations.push(`${thing.id} was made without the run's tag`);
  }
  return violations;
}
