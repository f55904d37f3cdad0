import type { Answer, Effect, EffectOf, EffectResults } from '../workflow/base/effects.ts';
import { ObservationFailure, type CallAws, type Executor } from '../workflow/base/executor.ts';
import type { Sighting, Watch } from '../workflow/base/sightings.ts';
import { allOver, allOfKind, answer, answerEach, type Settling } from './answers.ts';
import { joined } from './sweeping.ts';
import { claimRunbook, releaseRunbook, watchClaim, type ClaimContext } from './claim/claim.ts';
import type { Sender } from './clients.ts';
import { createEc2Executor } from './ec2/executor.ts';
import { classify } from './request-failures.ts';
import { createRdsExecutor } from './rds/executor.ts';
import type { RunIdentity } from './tags.ts';

export interface ExecutorOptions extends RunIdentity, Settling {
  /** Absent when the plan has nothing of EC2: then EC2 is never asked. */
  readonly ec2?: Sender<'ec2'>;
  /** Absent when the plan has nothing of RDS: then RDS is never asked. */
  readonly rds?: Sender<'rds'>;
  /** Where the claim on the runbook is kept; without it, it becomes a tag on a source. */
  readonly ssm?: Sender<'ssm'>;
  readonly call: CallAws;
}

interface Services {
  readonly runId: string;
  readonly ec2: Executor | undefined;
  readonly rds: Executor | undefined;
  readonly claims: ClaimContext;
}

/**
 * One executor over the services a run needs: routes what concerns one, asks both and merges where both are concerned.
 *
 * @example
 * const { ec2, rds, ssm } = await createClients(['ec2', 'rds', 'ssm'], { region });
 * const settle = () => clock.sleepUntil(clock.now() + 5_000);
 * const executor = createExecutor({ ec2, rds, ssm, call: (_operation, send) => send(), settle, runId, runbook, mode: 'restore' });
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const services = servicesOf(options);
  return {
    perform: (effects) => perform(services, effects),
    observe: (watch) => observe(services, watch),
  };
}

function servicesOf({ ec2, rds, ssm, call, settle, runId, runbook, mode }: ExecutorOptions): Services {
  const run = { call, settle, runId, runbook, mode };
  const access = <Client>(client: Client | undefined) =>
    client === undefined ? undefined : { client, call };
  const claims = { ec2: access(ec2), rds: access(rds), ssm: access(ssm), settle };
  return {
    runId,
    ec2: ec2 === undefined ? undefined : createEc2Executor({ ...run, client: ec2 }),
    rds: rds === undefined ? undefined : createRdsExecutor({ ...run, client: rds }),
    claims,
  };
}

async function observe(services: Services, watch: Watch): Promise<readonly Sighting[]> {
  const isAny = (...lists: readonly (readonly unknown[] | undefined)[]) =>
    lists.some((list) => (list?.length ?? 0) > 0);
  const sightings = await allOver([
    ...(isAny(watch.volumes, watch.fsr, watch.snapshots) ? [needed(services, 'ec2').observe(watch)] : []),
    ...(isAny(watch.dbInstances, watch.dbSnapshots) ? [needed(services, 'rds').observe(watch)] : []),
    ...(watch.claim === undefined ? [] : [observedClaim(services, watch.claim)]),
  ]);
  return sightings.flat();
}

async function observedClaim(
  { claims }: Services,
  watched: NonNullable<Watch['claim']>,
): Promise<readonly Sighting[]> {
  try {
    return await watchClaim(claims, watched);
  } catch (error) {
    throw new ObservationFailure(classify(error), error);
  }
}

async function perform(services: Services, effects: readonly Effect[]): Promise<readonly Answer[]> {
  const kind = effects[0]?.kind;
  switch (kind) {
    case undefined:
      return [];
    case 'claim':
      return answerEach(allOfKind(effects, kind), (effect) => claimRunbook(services.claims, effect));
    case 'release':
      return answerEach(allOfKind(effects, kind), (effect) =>
        releaseRunbook(services.claims, services.runId, effect),
      );
    case 'takeSnapshot':
      return divided(services, allOfKind(effects, kind), ({ of }) => of.kind === 'volume');
    case 'createVolume':
    case 'deleteVolume':
    case 'enableFsr':
    case 'disableFsr':
      return needed(services, 'ec2').perform(effects);
    case 'restoreDbInstance':
    case 'applyDbSettings':
    case 'deleteDbInstance':
      return needed(services, 'rds').perform(effects);
    case 'verify':
      return divided(services, allOfKind(effects, kind), ({ spec }) => spec.kind === 'volume');
    case 'preflight':
      return Promise.all(allOfKind(effects, kind).map((effect) => preflight(services, effect)));
    case 'sweep':
      return Promise.all(allOfKind(effects, kind).map((effect) => sweep(services, effect)));
  }
}

/** Thrown for a service that the host gave no client for: a bug of the host. */
function needed(services: Services, name: 'ec2' | 'rds'): Executor {
  const executor = services[name];
  if (executor === undefined) throw new Error(`this run was given no client for ${name}`);
  return executor;
}

/** Each effect to the service that it belongs to. */
async function divided<One extends Effect>(
  services: Services,
  effects: readonly One[],
  isOfVolumes: (effect: One) => boolean,
): Promise<readonly Answer[]> {
  const volumes = effects.filter(isOfVolumes);
  const databases = effects.filter((effect) => !isOfVolumes(effect));
  const answers = await Promise.all([
    volumes.length > 0 ? needed(services, 'ec2').perform(volumes) : [],
    databases.length > 0 ? needed(services, 'rds').perform(databases) : [],
  ]);
  return answers.flat();
}

async function preflight(services: Services, effect: EffectOf<'preflight'>): Promise<Answer> {
  const asked = [
    ...(effect.snapshots.length > 0 || effect.fsr.length > 0 ? [needed(services, 'ec2')] : []),
    ...(effect.dbSnapshots.length > 0 || effect.dbInstances.length > 0 ? [needed(services, 'rds')] : []),
  ];
  return merged(effect, asked, (results) => ({
    findings: results.flatMap(({ findings }) => findings),
    fsr: results.flatMap(({ fsr }) => fsr),
  }));
}

async function sweep(services: Services, effect: EffectOf<'sweep'>): Promise<Answer> {
  const asked = [services.ec2, services.rds].filter((executor) => executor !== undefined);
  const answers = (await Promise.all(asked.map((executor) => executor.perform([effect])))).flat();
  return answer(effect, joined(...answers.filter((given) => given.kind === 'sweep')));
}

/** Asks all and joins what they say; the first failure is the failure of the whole. */
async function merged(
  effect: EffectOf<'preflight'>,
  asked: readonly Executor[],
  join: (results: readonly EffectResults['preflight'][]) => EffectResults['preflight'],
): Promise<Answer> {
  const answers = (await Promise.all(asked.map((executor) => executor.perform([effect])))).flat();
  const results: EffectResults['preflight'][] = [];
  for (const given of answers) {
    if (!given.ok) return answer(effect, { ok: false, failure: given.failure });
    // Each executor answers an effect with the result of its kind; the compiler cannot prove that.
    results.push(given.result as EffectResults['preflight']);
  }
  return answer(effect, { ok: true, result: join(results) });
}
