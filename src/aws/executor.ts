import { whyNotInDrills } from '../kinds/drill-rules.ts';
import { isMade, type KindName, type Thing } from '../kinds/things.ts';
import type { Answer, Effect, EffectOf, EffectResults, EffectType } from '../workflow/base/effects.ts';
import type { RunMode } from '../plan/types.ts';
import { ObservationFailure, type Batch, type Executor } from '../workflow/base/executor.ts';
import type { Sighting, Watch } from '../workflow/base/sightings.ts';
import { elsewhere, type KindActor, type OperateOrUndo, type Run, type Services } from './adapter.ts';
import { actorsOf, adapterFor, ADAPTERS } from './adapters.ts';
import { allOver, answer, answerEach, attempt, notMade, refused, type Outcome } from './answers.ts';
import { claimReader, claimRunbook, releaseRunbook, watchClaim, type ClaimContext } from './claim/claim.ts';
import { classify, RequestFailure } from './request-failures.ts';
import { joined } from './sweeping.ts';

export type ExecutorOptions = Services & Run;

interface Parts {
  readonly runId: string;
  readonly region: string;
  readonly mode: RunMode;
  readonly kinds: ReadonlyMap<KindName, KindActor>;
  readonly claims: ClaimContext;
}

/**
 * One executor over the kinds that a run needs: routes each effect to the adapter of its kind, asks all and merges where all are concerned.
 *
 * @example
 * const { ec2, rds, ssm } = await createClients(['ec2', 'rds', 'ssm'], { region });
 * const settle = () => clock.sleepUntil(clock.now() + 5_000);
 * const executor = createExecutor({ ec2, rds, ssm, region, call: (_operation, send) => send(), settle, runId, runbook, mode: 'restore' });
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const parts = partsOf(options);
  return {
    batchOf,
    perform: (effects) => perform(parts, effects),
    observe: (watch) => observe(parts, watch),
  };
}

function partsOf(options: ExecutorOptions): Parts {
  const { settle, runId, region, mode } = options;
  const kinds = actorsOf(options, options);
  return { runId, region, mode, kinds, claims: { ...claimReader(options, kinds), settle } };
}

function batchOf(effect: Effect): Batch | undefined {
  if (!isOperation(effect)) return undefined;
  const { type, kind, operation } = effect;
  const batch = adapterFor(kind).operations[operation]?.batch;
  if (batch === undefined) return undefined;
  return { key: [type, kind, operation, batch.by(effect)].join(' '), most: batch.most };
}

function isOperation(effect: Effect): effect is OperateOrUndo {
  return effect.type === 'operate' || effect.type === 'undo';
}

async function observe(parts: Parts, watch: Watch): Promise<readonly Sighting[]> {
  const sightings = await allOver([
    ...kindsOf(watch.things).map((kind) => looked(() => sightingsOf(parts, kind, watch))),
    ...(watch.claim === undefined ? [] : [claimOf(parts, watch.claim)]),
  ]);
  return sightings.flat();
}

async function sightingsOf(parts: Parts, kind: KindName, { things, loading }: Watch) {
  const [own, slow] = [ofKind(things, kind), ofKind(loading, kind)];
  const failure = elsewhere(own, parts.region);
  if (failure !== undefined) throw new RequestFailure(failure);
  return needed(parts, kind).observe(own, slow);
}

function claimOf({ claims }: Parts, watched: NonNullable<Watch['claim']>): Promise<readonly Sighting[]> {
  return looked(() => watchClaim(claims, watched));
}

async function looked<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw new ObservationFailure(classify(error), error);
  }
}

async function perform(parts: Parts, effects: readonly Effect[]): Promise<readonly Answer[]> {
  const [first] = effects;
  if (first === undefined) return [];
  refuseMixed(effects);
  const asked = effects.map((effect) => ({ effect, failure: refusalOf(effect, parts) }));
  const fit = asked.flatMap(({ effect, failure }) => (failure === undefined ? [effect] : []));
  const answers = fit.length === 0 ? [] : await performFit(parts, first, fit);
  return [
    ...asked.flatMap(({ effect, failure }) =>
      failure === undefined ? [] : [answer(effect, refused(failure))],
    ),
    ...answers,
  ];
}

/** Mixing types, kinds or operations in one call is a bug of the caller. */
function refuseMixed(effects: readonly Effect[]): void {
  const names = new Set(
    effects.map((effect) => [effect.type, kindIn(effect), operationIn(effect)].join(' ')),
  );
  if (names.size > 1)
    throw new Error(`effects of one call must be of one kind: '${[...names].join("' and '")}'`);
}

function kindIn(effect: Effect): KindName | '' {
  if ('kind' in effect) return effect.kind;
  return effect.type === 'delete' ? effect.thing.kind : '';
}

function isRemoval(effect: Effect): effect is EffectOf<'delete'> | EffectOf<'undo'> {
  return effect.type === 'delete' || effect.type === 'undo';
}

function operationIn(effect: Effect): string {
  return isOperation(effect) ? effect.operation : '';
}

/**
 * What no adapter is asked for. A journal is data: whatever a stored effect says, what was there before the run is neither deleted nor undone, and
 * a drill does nothing that is left out of drills. A claim is left out: a source elsewhere is one that cannot carry it.
 */
function refusalOf(effect: Effect, { region, mode }: Parts) {
  if (isRemoval(effect) && !isMade(effect.thing)) return notMade(effect.thing);
  const why = mode === 'drill' && isOperation(effect) ? whyNotInDrills(effect) : undefined;
  if (why !== undefined) return { class: 'denied', code: 'NotInDrill', message: `${why}.` } as const;
  return effect.type === 'claim' || effect.type === 'release'
    ? undefined
    : elsewhere(thingsIn(effect), region);
}

function thingsIn(effect: Effect): readonly Thing[] {
  switch (effect.type) {
    case 'operate':
      return effect.target === undefined ? [] : [effect.target];
    case 'undo':
    case 'delete':
      return [effect.thing];
    case 'inspect':
      return effect.things;
    case 'preflight':
      return effect.relies;
    case 'sweep':
      return effect.keep;
    case 'claim':
    case 'release':
      return effect.sources;
  }
}

async function performFit(
  parts: Parts,
  first: Effect,
  effects: readonly Effect[],
): Promise<readonly Answer[]> {
  const actor = (kind: KindName) => needed(parts, kind);
  switch (first.type) {
    case 'operate':
    case 'undo':
      return actor(first.kind).perform(first.operation, effects.filter(isOperation));
    case 'delete':
      return actor(first.thing.kind).remove(allOf(effects, 'delete'));
    case 'inspect':
      return actor(first.kind).inspect(allOf(effects, 'inspect'));
    case 'claim':
      return answerEach(allOf(effects, 'claim'), (effect) => claimRunbook(parts.claims, effect));
    case 'release':
      return answerEach(allOf(effects, 'release'), (effect) =>
        releaseRunbook(parts.claims, parts.runId, effect),
      );
    case 'preflight':
      return answerEach(allOf(effects, 'preflight'), (effect) => preflight(parts, effect));
    case 'sweep':
      return answerEach(allOf(effects, 'sweep'), (effect) => sweep(parts, effect));
  }
}

function allOf<K extends EffectType>(effects: readonly Effect[], type: K): readonly EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.type === type);
}

/** Thrown for a kind whose service the host gave no client for: a bug of the host. */
function needed({ kinds }: Parts, kind: KindName): KindActor {
  const actor = kinds.get(kind);
  if (actor === undefined) throw new Error(`this run was given no client for '${kind}'`);
  return actor;
}

function kindsOf(things: readonly Thing[]): readonly KindName[] {
  const kinds = new Set(things.map(({ kind }) => kind));
  return ADAPTERS.flatMap(({ kind }) => (kinds.has(kind) ? [kind] : []));
}

function ofKind<One extends Thing>(things: readonly One[], kind: KindName): readonly One[] {
  return things.filter((thing) => thing.kind === kind);
}

/** Asks the kinds that are concerned and joins what they say; the first failure is the failure of the whole. */
async function preflight(
  parts: Parts,
  { relies }: EffectOf<'preflight'>,
): Promise<Outcome<EffectResults['preflight']>> {
  const outcomes = await Promise.all(
    kindsOf(relies).map((kind) => attempt(() => needed(parts, kind).preflight(ofKind(relies, kind)))),
  );
  const results: EffectResults['preflight'][] = [];
  for (const outcome of outcomes) {
    if (!outcome.ok) return outcome;
    results.push(outcome.result);
  }
  return {
    ok: true,
    result: {
      findings: results.flatMap(({ findings }) => findings),
      on: results.flatMap(({ on }) => on),
    },
  };
}

async function sweep({ kinds }: Parts, effect: EffectOf<'sweep'>): Promise<Outcome<EffectResults['sweep']>> {
  return joined(...(await Promise.all([...kinds.values()].map((kind) => kind.sweep(effect)))));
}
