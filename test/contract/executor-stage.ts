import type { Answer, Effect, EffectKind, EffectOf } from '../../src/workflow/effects.ts';
import type { CallAws, Executor } from '../../src/workflow/ports.ts';
import type { Watch } from '../../src/workflow/sightings.ts';
import {
  DB_SPEC,
  ec2Error,
  effect,
  failureOf,
  rdsError,
  resultOf,
  RUN,
  VOLUME_SPEC,
} from '../aws/fixtures.ts';

/** An account that the suite may use, with these things in it. */
export interface ExecutorAccount {
  /** The executor under test, for one run. */
  readonly executor: (run: {
    readonly runId: string;
    readonly runbook: string;
    readonly call: CallAws;
  }) => Executor;
  /** Lets so much time pass, of whatever clock the account has. */
  readonly wait: (minutes: number) => Promise<void>;
  readonly zone: string;
  readonly otherZone: string;
  /** Twelve usable snapshots of 500 GiB, encrypted with `key-1`; fast snapshot restore was never on for any of them. */
  readonly snapshots: readonly string[];
  /** A snapshot of `dbInstance`, encrypted with `key-1`. */
  readonly dbSnapshot: string;
  /** A PostgreSQL instance of 800 GiB with backups, encrypted with `key-1`. */
  readonly dbInstance: string;
  /** A point in time that `dbInstance` can be restored to. */
  readonly restoreTime: number;
  /** 450 volumes and 120 DB instances of nobody's run, all available. */
  readonly manyVolumes: readonly string[];
  readonly manyDbInstances: readonly string[];
}

type Interference = 'throttle' | 'break' | 'lose the answer';

/** Requests as they pass: counted, and interfered with on demand. */
export class Wire {
  readonly #sent: string[] = [];
  readonly #interferences = new Map<string, Interference>();

  readonly call: CallAws = async (operation, send) => {
    this.#sent.push(operation);
    const interference = this.#interferences.get(operation);
    const isRds = operation.includes('DB');
    if (interference === 'throttle')
      throw isRds ? rdsError('ThrottlingException') : ec2Error('RequestLimitExceeded', 503);
    if (interference === 'break')
      throw isRds ? rdsError('InternalFailure', 500) : ec2Error('InternalError', 500);
    const answer = await send();
    if (interference === 'lose the answer')
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return answer;
  };

  /** From now on every request of this operation meets it; `undefined` ends it. */
  interfere(operation: string, interference: Interference | undefined): void {
    if (interference === undefined) this.#interferences.delete(operation);
    else this.#interferences.set(operation, interference);
  }

  /** The requests since this was last asked: how many of each operation. */
  takeSent(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const operation of this.#sent.splice(0)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }
}

/** The run under test and a stranger's, on the same account. */
export interface Stage extends ExecutorAccount {
  readonly wire: Wire;
  readonly ours: Executor;
  readonly theirs: Executor;
}

export type Open = () => Promise<Stage>;

/** Minutes in which a volume is made and a deletion shows. */
export const SOON = 20;
/** Minutes in which a database is restored, backed up for the first time and changed. */
export const LATER = 400;
export const NOTHING: Watch = { volumes: [], hydrating: [], dbInstances: [], fsr: [] };

export function stageOf(account: ExecutorAccount): Stage {
  const wire = new Wire();
  return {
    ...account,
    wire,
    ours: account.executor({ ...RUN, call: wire.call }),
    theirs: account.executor({ ...RUN, runId: 'another-run', call: (_operation, send) => send() }),
  };
}

export function createVolume(stage: Stage, token: string, changes: Partial<typeof VOLUME_SPEC> = {}) {
  const spec = { ...VOLUME_SPEC, snapshotId: stage.snapshots[0] ?? '', zone: stage.zone, ...changes };
  return effect('createVolume', { token, name: `${token}-name`, resource: `events/${token}`, spec });
}

export function restoreDb(stage: Stage, identifier: string, changes: Partial<typeof DB_SPEC> = {}) {
  const spec = { ...DB_SPEC, from: { snapshotId: stage.dbSnapshot }, zone: stage.zone, ...changes };
  return effect('restoreDbInstance', { identifier, resource: 'orders-db', spec });
}

/** The result of an effect that must succeed. */
export async function done<K extends EffectKind>(executor: Executor, one: EffectOf<K>) {
  return resultOf(one, await executor.perform([one as Effect]));
}

/** The failure of an effect that must fail. */
export async function failed(executor: Executor, one: Effect) {
  return failureOf(one, await executor.perform([one]));
}

export function madeVolume(answer: Answer): string {
  if (answer.kind !== 'createVolume' || !answer.ok) throw new Error('no volume was made');
  return answer.result.volumeId;
}

/** As it is seen; `undefined` when it is not. */
export async function volumeState({ theirs }: Stage, id: string): Promise<string | undefined> {
  const [seen] = await theirs.observe({ ...NOTHING, volumes: [id] });
  return seen?.kind === 'volume' ? seen.state : undefined;
}

export async function dbStatus({ theirs }: Stage, id: string): Promise<string | undefined> {
  const [seen] = await theirs.observe({ ...NOTHING, dbInstances: [id] });
  return seen?.kind === 'dbInstance' ? seen.status : undefined;
}
