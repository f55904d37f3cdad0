import type { PlannedStrategy } from './strategy.ts';
import { ebsVolumeThings } from './ebs-volume/things.ts';
import { rdsInstanceThings } from './rds-instance/things.ts';
import type { KindName, Thing, ThingType } from './things.ts';

/** A planned resource. */
interface Recovered {
  readonly type: string;
  readonly source: string;
  readonly strategies: readonly PlannedStrategy[];
}

export type ThingId = Pick<Thing, 'type' | 'id'>;

/** What the things of a kind are: pure data, without the things themselves. */
export interface ThingsOfKind {
  /** The services that have them, by the names of their clients. */
  readonly services: readonly string[];
  /** What a runbook names as a source, and what is made of it. */
  readonly source: ThingType;
  /** A recovery point of it. */
  readonly point: ThingType;
  /** AWS has no token for taking one. */
  readonly pointIsTokenless?: true;
  /** The backup that a strategy starts from; where backups are replayed, the source that has them. */
  backupOf(strategy: PlannedStrategy): ThingId;
  /** What a strategy switches on, and may find switched on already. */
  switchesOn(strategy: PlannedStrategy): readonly ThingId[];
}

const THINGS: Readonly<Record<KindName, ThingsOfKind>> = {
  'ebs-volume': ebsVolumeThings,
  'rds-instance': rdsInstanceThings,
};

/** The kind that a resource is recovered as. */
export function kindOf({ type }: Pick<Recovered, 'type'>): KindName {
  return type in THINGS ? (type as KindName) : 'rds-instance';
}

export function servicesOf(kind: KindName): readonly string[] {
  return THINGS[kind].services;
}

export function thingsOf(kind: KindName): ThingsOfKind {
  return THINGS[kind];
}

/** The source of a resource: it existed before every run. */
export function sourceOf(resource: Recovered, region: string): Thing<'existing'> {
  const kind = kindOf(resource);
  return { kind, type: THINGS[kind].source, id: resource.source, region, origin: 'existing' };
}

/** The backup that a strategy of a resource starts from. */
export function backupOf(resource: Recovered, strategy: PlannedStrategy, region: string): Thing<'existing'> {
  const kind = kindOf(resource);
  return { kind, ...THINGS[kind].backupOf(strategy), region, origin: 'existing' };
}

/** What the strategies of a resource switch on. */
export function switchedOnBy(resource: Recovered, region: string): readonly Thing<'existing'>[] {
  const kind = kindOf(resource);
  return resource.strategies.flatMap((strategy) =>
    THINGS[kind]
      .switchesOn(strategy)
      .map((thing) => ({ kind, ...thing, region, origin: 'existing' as const })),
  );
}
