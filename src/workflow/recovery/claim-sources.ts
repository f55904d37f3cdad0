import { backupOf, sourceOf } from '../../kinds/sources.ts';
import type { Thing } from '../../kinds/things.ts';
import type { Plan } from '../../plan/types.ts';

/** At most so many resources are tried as places for the claim; the first that can be tagged carries it. */
const MOST_CLAIM_SOURCES = 5;

/** Sources first: two machines must look at the same things. Backups after them, for in a disaster the sources may be gone. */
export function claimSourcesOf({ resources, region }: Plan): readonly Thing<'existing'>[] {
  const some = resources.slice(0, MOST_CLAIM_SOURCES);
  const sources = some.map((resource) => sourceOf(resource, region));
  const backups = some.flatMap((resource) =>
    resource.strategies.map((strategy) => backupOf(resource, strategy, region)),
  );
  return [...new Map([...sources, ...backups].map((thing) => [`${thing.type} ${thing.id}`, thing])).values()];
}
