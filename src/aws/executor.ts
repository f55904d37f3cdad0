import type { EC2Client } from '@aws-sdk/client-ec2';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { Answer, Effect, EffectOf, EffectResults } from '../workflow/effects.ts';
import type { CallAws, Executor } from '../workflow/ports.ts';
import { allOfKind, answer } from './answers.ts';
import { createEc2Executor } from './ec2.ts';
import { createRdsExecutor } from './rds.ts';
import type { RunIdentity } from './tags.ts';

export interface ExecutorOptions extends RunIdentity {
  /** Absent when the plan has nothing of EC2: then EC2 is never asked. */
  readonly ec2?: Pick<EC2Client, 'send'>;
  /** Absent when the plan has nothing of RDS: then RDS is never asked. */
  readonly rds?: Pick<RDSClient, 'send'>;
  readonly call: CallAws;
}

interface Services {
  readonly ec2: Executor | undefined;
  readonly rds: Executor | undefined;
}

/**
 * One executor over the services a run needs: routes what concerns one, asks both and merges where both are concerned.
 *
 * @example
 * const { ec2, rds } = await createClients({ region });
 * const executor = createExecutor({ ec2, rds, call: (_operation, send) => send(), runId, runbook });
 */
export function createExecutor({ ec2, rds, call, runId, runbook }: ExecutorOptions): Executor {
  const services: Services = {
    ec2: ec2 === undefined ? undefined : createEc2Executor({ client: ec2, call, runId, runbook }),
    rds: rds === undefined ? undefined : createRdsExecutor({ client: rds, call, runId, runbook }),
  };
  return {
    perform: (effects) => perform(services, effects),
    async observe(watch) {
      const hasVolumes = watch.volumes.length > 0 || watch.fsr.length > 0;
      const sightings = await Promise.all([
        hasVolumes ? needed(services, 'ec2').observe(watch) : [],
        watch.dbInstances.length > 0 ? needed(services, 'rds').observe(watch) : [],
      ]);
      return sightings.flat();
    },
  };
}

async function perform(services: Services, effects: readonly Effect[]): Promise<readonly Answer[]> {
  const kind = effects[0]?.kind;
  switch (kind) {
    case undefined:
      return [];
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
      return verify(services, allOfKind(effects, kind));
    case 'preflight':
      return Promise.all(allOfKind(effects, kind).map((effect) => preflight(services, effect)));
    case 'sweep':
      return Promise.all(allOfKind(effects, kind).map((effect) => sweep(services, effect)));
  }
}

/** Asked for a service that the run was said not to need: a bug of the host. */
function needed(services: Services, name: keyof Services): Executor {
  const executor = services[name];
  if (executor === undefined) throw new Error(`this run was given no client for ${name}`);
  return executor;
}

async function verify(
  services: Services,
  effects: readonly EffectOf<'verify'>[],
): Promise<readonly Answer[]> {
  const volumes = effects.filter(({ spec }) => spec.kind === 'volume');
  const databases = effects.filter(({ spec }) => spec.kind === 'dbInstance');
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
  return merged(effect, asked, (results) => ({
    found: results.flatMap(({ found }) => found),
    removed: results.flatMap(({ removed }) => removed),
  }));
}

/** Asks all and joins what they say; the first failure is the failure of the whole. */
async function merged<K extends 'preflight' | 'sweep'>(
  effect: EffectOf<K>,
  asked: readonly Executor[],
  join: (results: readonly EffectResults[K][]) => EffectResults[K],
): Promise<Answer> {
  const answers = (await Promise.all(asked.map((executor) => executor.perform([effect])))).flat();
  const results: EffectResults[K][] = [];
  for (const given of answers) {
    if (!given.ok) return answer(effect, { ok: false, failure: given.failure });
    // Each executor answers an effect with the result of its kind; the compiler does not follow that.
    results.push(given.result as EffectResults[K]);
  }
  return answer(effect, { ok: true, result: join(results) });
}
