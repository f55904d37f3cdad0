import { courseOf } from './courses.ts';
import type { PlannedStrategy } from './strategy.ts';
import type { KindName, Thing } from './things.ts';

/** A planned resource. */
interface Recovered {
  readonly type: string;
  readonly source: string;
  readonly strategies: readonly PlannedStrategy[];
}

/** The source of a resource: it existed before every run. */
export function sourceOf({ type, source: id }: Recovered, region: string): Thing<'existing'> {
  const { kind, source } = courseOf(type);
  return { kind, type: source, id, region, origin: 'existing' };
}

/** The backup that a strategy of a resource starts from. */
export function backupOf({ type }: Recovered, strategy: PlannedStrategy, region: string): Thing<'existing'> {
  const { kind, backupOf: backup } = courseOf(type);
  return { kind, ...backup(strategy), region, origin: 'existing' };
}

/** The means whose ids are known before they are requested: they may be there already, such as fast snapshot restore that is on. */
export function knownMeans({ type, strategies }: Recovered, region: string): readonly Thing<'existing'>[] {
  return strategies.flatMap(({ steps }) =>
    steps.flatMap(({ makes }) =>
      makes?.use !== 'means' || makes.id === undefined
        ? []
        : [{ kind: type as KindName, type: makes.type, id: makes.id, region, origin: 'existing' as const }],
    ),
  );
}
