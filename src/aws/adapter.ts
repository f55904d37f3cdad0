import type { Probe, WantedActions } from '../kinds/probes.ts';
import type { KindName, Thing, ThingType } from '../kinds/things.ts';
import type { Answer, EffectOf, EffectResults, Failure } from '../workflow/base/effects.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import type { ThingSighting } from '../kinds/course.ts';
import type { Outcome, Settling } from './answers.ts';
import type { Sender, ServiceName } from './clients.ts';
import type { FoundOfKind } from './found.ts';
import type { RunIdentity, TagOfAnswer } from './tags.ts';

/** A service that a run does not need has no client, and is never asked. */
export type Clients = { readonly [Name in ServiceName]?: Sender<Name> | undefined };

/** How the services of one Region are reached. */
export type Services = Clients & { readonly call: CallAws; readonly region: string };

export type Run = RunIdentity & Settling;

export type OperateOrUndo = EffectOf<'operate'> | EffectOf<'undo'>;

/** What is known of an operation without asking AWS. */
export interface OperationFacts {
  /** AWS takes several in one request: those that `by` says the same of. */
  readonly batch?: { readonly most: number; by(effect: OperateOrUndo): string };
}

export interface Operation<Access> extends OperationFacts {
  /** Answers each effect once. What AWS says is an answer; a spec of another kind is a bug, and thrown. */
  perform(aws: Access & Run, effects: readonly OperateOrUndo[]): Promise<readonly Answer[]>;
}

/** A thing that can carry a tag, as a read shows it. */
export interface Taggable {
  readonly status: string | undefined;
  readonly tags: readonly TagOfAnswer[] | undefined;
  write(key: string, value: string): Promise<void>;
  /** Compare-and-delete, where the service can. */
  remove(key: string, value: string): Promise<void>;
}

type Deletion = EffectOf<'delete'>;
type Inspection = EffectOf<'inspect'>;
type Sweep = EffectOf<'sweep'>;

/**
 * All that Lifeboat does in AWS for one kind of resource. The rules of the {@link Executor} hold for each part; beside them:
 * - Nothing is deleted without its tags having been read: what does not carry this run's is left alone.
 * - What is made carries the run's tags from its first moment; what existed before never gets them.
 * - `observe`, `preflight`, `findMade` and `taggable` throw what AWS says; the router turns it into a failure.
 *
 * A new operation is a file in the kind's folder, a line in its table, its calls in `src/kinds` and its rule for drills: the types want all of them.
 */
export interface AdapterParts<Access> {
  readonly kind: KindName;
  /** `undefined`: no client was given for its service. */
  access(services: Services): Access | undefined;
  readonly operations: Readonly<Record<string, Operation<Access>>>;
  remove(aws: Access & Run, effects: readonly Deletion[]): Promise<readonly Answer[]>;
  inspect(aws: Access, effects: readonly Inspection[]): Promise<readonly Answer[]>;
  /** A backup that cannot be used is a finding, not a failure. */
  preflight(aws: Access, relies: readonly Thing<'existing'>[]): Promise<EffectResults['preflight']>;
  observe(
    aws: Access,
    things: readonly Thing[],
    loading: readonly Thing[],
  ): Promise<readonly ThingSighting[]>;
  sweep(aws: Access & Run, effect: Sweep): Promise<Outcome<EffectResults['sweep']>>;
  /** All that carries the runbook's tag. */
  findMade(aws: Access, runbook: string): Promise<readonly FoundOfKind[]>;
  /** Those of one type that exist, by the id that was asked for. */
  taggable(aws: Access, type: ThingType, ids: readonly string[]): Promise<ReadonlyMap<string, Taggable>>;
  /** Asks for a thing that never exists: whether the service answers at all. */
  probe(aws: Access): Promise<void>;
  /** Tries what a recovery would do, without doing it. Absent: the service has no way to. */
  tryOut?(clients: Clients, wanted: WantedActions): Promise<readonly Probe[]>;
}

/** A kind, as far as it is read. */
export interface KindReader {
  inspect(effects: readonly Inspection[]): Promise<readonly Answer[]>;
  preflight(relies: readonly Thing<'existing'>[]): Promise<EffectResults['preflight']>;
  observe(things: readonly Thing[], loading: readonly Thing[]): Promise<readonly ThingSighting[]>;
  findMade(runbook: string): Promise<readonly FoundOfKind[]>;
  taggable(type: ThingType, ids: readonly string[]): Promise<ReadonlyMap<string, Taggable>>;
  probe(): Promise<void>;
}

/** A kind on behalf of a run. */
export interface KindActor extends KindReader {
  perform(operation: string, effects: readonly OperateOrUndo[]): Promise<readonly Answer[]>;
  remove(effects: readonly Deletion[]): Promise<readonly Answer[]>;
  sweep(effect: Sweep): Promise<Outcome<EffectResults['sweep']>>;
}

export interface KindAdapter {
  readonly kind: KindName;
  readonly operations: Readonly<Record<string, OperationFacts>>;
  reader(services: Services): KindReader | undefined;
  actor(services: Services, run: Run): KindActor | undefined;
  tryOut(clients: Clients, wanted: WantedActions): Promise<readonly Probe[]>;
}

/** The parts of an adapter behind one face, whatever access its service needs. */
export function adapterOf<Access extends object>(parts: AdapterParts<Access>): KindAdapter {
  const { kind, operations } = parts;
  return {
    ...{ kind, operations },
    reader(services) {
      const aws = parts.access(services);
      return aws === undefined ? undefined : readerOf(parts, aws);
    },
    tryOut: async (clients, wanted) => parts.tryOut?.(clients, wanted) ?? [],
    actor(services, run) {
      const aws = parts.access(services);
      return aws === undefined ? undefined : actorOf(parts, { ...aws, ...run });
    },
  };
}

function readerOf<Access>(parts: AdapterParts<Access>, aws: Access): KindReader {
  return {
    inspect: (effects) => parts.inspect(aws, effects),
    preflight: (relies) => parts.preflight(aws, relies),
    observe: (things, loading) => parts.observe(aws, things, loading),
    findMade: (runbook) => parts.findMade(aws, runbook),
    taggable: (type, ids) => parts.taggable(aws, type, ids),
    probe: () => parts.probe(aws),
  };
}

function actorOf<Access>(parts: AdapterParts<Access>, aws: Access & Run): KindActor {
  return {
    ...readerOf(parts, aws),
    perform(name, effects) {
      const operation = parts.operations[name];
      if (operation === undefined) throw new Error(`'${name}' is no operation of '${parts.kind}'`);
      return operation.perform(aws, effects);
    },
    remove: (effects) => parts.remove(aws, effects),
    sweep: (effect) => parts.sweep(aws, effect),
  };
}

/** A client reaches one Region. */
export function elsewhere(things: readonly Thing[], region: string): Failure | undefined {
  const thing = things.find((one) => one.region !== region);
  if (thing === undefined) return undefined;
  const message = `${thing.type} ${thing.id} is in ${thing.region}, and this run has a client for ${region} alone.`;
  return { class: 'unsupported', code: 'OtherRegion', message };
}

/** An effect of an operation that makes something or changes a target. */
export function operating(effects: readonly OperateOrUndo[]): readonly EffectOf<'operate'>[] {
  return effects.map((effect) => {
    if (effect.type !== 'operate') throw new Error(`'${effect.operation}' does not undo anything`);
    return effect;
  });
}

/** The thing that an operation acts on. */
export function targetOf({ target, operation }: EffectOf<'operate'>): Thing {
  if (target === undefined) throw new Error(`'${operation}' needs a target`);
  return target;
}

/** The ids of one type, each once. */
export function idsOf(things: readonly Thing[], type: ThingType): readonly string[] {
  return [...new Set(things.flatMap((thing) => (thing.type === type ? [thing.id] : [])))];
}

/** Deletions by the type of the thing, each type by its own function; a type that has none is a bug of the caller. */
export function byType<Aws>(
  removers: Readonly<
    Record<ThingType, (aws: Aws, effects: readonly Deletion[]) => Promise<readonly Answer[]>>
  >,
): (aws: Aws, effects: readonly Deletion[]) => Promise<readonly Answer[]> {
  return async (aws, effects) => {
    const types = [...new Set(effects.map(({ thing }) => thing.type))];
    const answers = await Promise.all(
      types.map((type) => {
        const remove = removers[type];
        if (remove === undefined) throw new Error(`a thing of type '${type}' is not deleted`);
        return remove(
          aws,
          effects.filter(({ thing }) => thing.type === type),
        );
      }),
    );
    return answers.flat();
  };
}
