import type { Plan } from '../../plan/types.ts';
import type { MadeThing } from '../base/effects.ts';

/** At most so many resources are tried as places for the claim; the first that can be tagged carries it. */
const MOST_CLAIM_SOURCES = 5;

/** Sources first: two machines must look at the same things. Backups after them, for in a disaster the sources may be gone. */
export function claimSourcesOf({ resources }: Plan): readonly MadeThing[] {
  const some = resources.slice(0, MOST_CLAIM_SOURCES);
  const sources = some.map(({ type, source }): MadeThing => {
    return { kind: type === 'ebs-volume' ? 'volume' : 'dbInstance', id: source };
  });
  const backups = some.flatMap(({ strategies }) =>
    strategies.flatMap(({ spec }): MadeThing[] => {
      if (spec.kind === 'volume') return [{ kind: 'snapshot', id: spec.snapshotId }];
      return 'snapshotId' in spec.from ? [{ kind: 'dbSnapshot', id: spec.from.snapshotId }] : [];
    }),
  );
  return [...new Map([...sources, ...backups].map((thing) => [`${thing.kind} ${thing.id}`, thing])).values()];
}
