import type { Made, Thing } from '../../src/kinds/things.ts';
import type { DbInstanceSpec, MakeSpec, VolumeSpec } from '../../src/plan/types.ts';
import type {
  EffectOf,
  EffectType,
  KeptThing,
  MakeMark,
  SnapshotPurpose,
} from '../../src/workflow/base/effects.ts';
import { fsrOf, made } from '../things.ts';

export { existing, fsrOf, made, REGION, watching } from '../things.ts';

type Details<K extends EffectType> = Omit<EffectOf<K>, 'id' | 'aggregate' | 'attempt' | 'type'>;

let effects = 0;

export function effect<K extends EffectType>(type: K, details: Details<K>): EffectOf<K> {
  effects += 1;
  const id = `run/it/${type}-${effects}#1`;
  return { id, aggregate: 'resource:it', attempt: 1, type, ...details } as unknown as EffectOf<K>;
}

/** An operation whose spec the test knows the type of. */
export type Operate<Spec extends object> = EffectOf<'operate'> & { readonly spec: Spec };

interface Making<Spec> {
  readonly identity: string;
  readonly name?: string;
  readonly resource: string;
  readonly mark: MakeMark;
  readonly spec: Spec;
}

export function creating(details: Making<VolumeSpec>): Operate<VolumeSpec> {
  const what = { kind: 'ebs-volume', operation: 'createVolume', role: 'volume' } as const;
  return effect('operate', { ...what, ...details }) as Operate<VolumeSpec>;
}

/** Copies the source volume of the spec. */
export function copying(details: Making<VolumeSpec>): Operate<VolumeSpec> {
  const what = { kind: 'ebs-volume', operation: 'copyVolume', role: 'volume' } as const;
  return effect('operate', { ...what, ...details }) as Operate<VolumeSpec>;
}

export function restoring(details: Making<DbInstanceSpec>): Operate<DbInstanceSpec> {
  const what = { kind: 'rds-instance', operation: 'restoreDbInstance', role: 'instance' } as const;
  return effect('operate', { ...what, ...details }) as Operate<DbInstanceSpec>;
}

export function configuring(id: string, spec: DbInstanceSpec): EffectOf<'operate'> {
  const what = { kind: 'rds-instance', operation: 'configureDbInstance', role: 'instance' } as const;
  return effect('operate', { ...what, resource: 'it', identity: id, target: made('dbInstance', id), spec });
}

/** Promotes the replica that the spec names. */
export function promoting(spec: DbInstanceSpec): EffectOf<'operate'> {
  const what = { kind: 'rds-instance', operation: 'promoteReplica', role: 'instance' } as const;
  return effect('operate', { ...what, resource: 'it', identity: 'orders-db-run', spec });
}

/** Attaches a copy to what the spec says. */
export function attaching(target: Thing, spec: VolumeSpec, mark?: MakeMark): EffectOf<'operate'> {
  const what = { kind: 'ebs-volume', operation: 'attachVolume', role: 'attachment' } as const;
  const marked = { identity: 'attach-1', ...(mark !== undefined && { mark }) };
  return effect('operate', { ...what, resource: 'it', ...marked, target, spec });
}

export function detaching(thing: Made, spec: VolumeSpec): EffectOf<'undo'> {
  return effect('undo', { kind: 'ebs-volume', operation: 'detachVolume', thing, spec });
}

export function taking(
  target: Thing,
  details: { readonly purpose: SnapshotPurpose; readonly resource: string; readonly identity: string },
): EffectOf<'operate'> {
  const { purpose, ...rest } = details;
  const what = { kind: target.kind, operation: 'takeSnapshot', role: 'point', target } as const;
  return effect('operate', { ...what, ...rest, spec: { purpose } });
}

interface FsrTarget {
  readonly snapshotId: string;
  readonly zone: string;
}

export function enabling(spec: FsrTarget): EffectOf<'operate'> {
  const target = made('fsr', fsrOf(spec).id);
  const what = { kind: 'ebs-volume', operation: 'enableFsr', role: 'fsr', target, spec: {} } as const;
  return effect('operate', { ...what, resource: 'it', identity: target.id });
}

export function disabling(spec: FsrTarget): EffectOf<'undo'> {
  const thing = made('fsr', fsrOf(spec).id);
  return effect('undo', { kind: 'ebs-volume', operation: 'disableFsr', thing, spec: {} });
}

export function deleting(thing: Made): EffectOf<'delete'> {
  return effect('delete', { thing, resource: 'it' });
}

export function inspecting(things: readonly Thing[], spec: MakeSpec): EffectOf<'inspect'> {
  const kind = spec.kind === 'volume' ? 'ebs-volume' : 'rds-instance';
  return effect('inspect', { kind, things, spec });
}

export function sweeping(keep: readonly KeptThing[] = []): EffectOf<'sweep'> {
  return effect('sweep', { keep });
}

export function relying(...relies: readonly Thing<'existing'>[]): EffectOf<'preflight'> {
  return effect('preflight', { relies });
}
