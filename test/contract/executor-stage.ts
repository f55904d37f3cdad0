import type { findMade } from '../../src/aws/made.ts';
import { CALLS } from '../../src/kinds/calls.ts';
import type { OperationName } from '../../src/kinds/drill-rules.ts';
import type { DbInstanceSpec, RunMode, VolumeSpec } from '../../src/plan/types.ts';
import type { Thing } from '../../src/kinds/things.ts';
import type {
  Answer,
  Claim,
  Effect,
  EffectOf,
  EffectType,
  SnapshotPurpose,
} from '../../src/workflow/base/effects.ts';
import type { CallAws, Executor } from '../../src/workflow/base/executor.ts';
import { isThing } from '../../src/workflow/base/sightings.ts';
import { copying, creating, effect, existing, restoring, taking, watching } from '../aws/effects.ts';
import { ec2Error, failureOf, MARK, rdsError, resultOf, RUN, without } from '../aws/fixtures.ts';

/** What the executor under test is made for. */
export interface ContractRun {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly call: CallAws;
  readonly settle: () => Promise<void>;
  /** The run has no access to SSM. */
  readonly withoutSsm?: boolean;
}

/** An account that the suite may use, with these things in it. Each test has names of its own, for the account may be the same. */
export interface ExecutorAccount {
  /** The executor under test, for one run. */
  readonly executor: (run: ContractRun) => Executor;
  /** What the account holds of the runbook, as `lifeboat adopt` finds it. */
  readonly made: (runbook: string) => ReturnType<typeof findMade>;
  /** Changes a tag of a volume behind the executor's back. */
  readonly retag: (volumeId: string, key: string, value: string) => Promise<void>;
  /** Lets so much time pass, of whatever clock the account has. */
  readonly wait: (minutes: number) => Promise<void>;
  /** Ends the names of a test, so that they are its own. */
  readonly suffix: string;
  readonly zone: string;
  readonly otherZone: string;
  /** What is asked for when nothing else is said. */
  readonly volumeSpec: VolumeSpec;
  readonly dbSpec: DbInstanceSpec;
  /** Twelve usable snapshots that fit `volumeSpec`; fast snapshot restore was never on for any of them. */
  readonly snapshots: readonly string[];
  /** A snapshot of `dbInstance` that fits `dbSpec`. */
  readonly dbSnapshot: string;
  /** A DB instance with backups. */
  readonly dbInstance: string;
  /** A point in time that `dbInstance` can be restored to. */
  readonly restoreTime: number;
  /** A read replica that can be promoted, and a running instance in `zone`. */
  readonly replica: string;
  readonly instance: string;
  /** Volumes and DB instances of nobody's run, all available: a large fleet unless that is lacking. */
  readonly manyVolumes: readonly string[];
  readonly manyDbInstances: readonly string[];
}

/** What an AWS-compatible server may lack, and AWS has. */
export type Feature =
  | 'fast snapshot restore'
  | 'parameters'
  | 'client tokens'
  | 'refusals of AWS'
  | 'lost settings'
  | 'point-in-time restore'
  | 'gradual progress'
  | 'volume types'
  | 'read replicas'
  | 'instances'
  | 'volume copies'
  | 'a large fleet';

/** Why each missing feature is missing. */
export type Lacks = Readonly<Partial<Record<Feature, string>>>;

/** `test`, or a skipped one whose title says why. */
export function testOf(
  lacks: Lacks,
): (features: Feature | readonly Feature[], title: string, run: () => Promise<void>) => void {
  return (features, title, run) => {
    const missing = [features].flat().find((feature) => lacks[feature] !== undefined);
    if (missing === undefined) test(title, run);
    else test.skip(`${title} [needs ${missing}: ${lacks[missing]}]`, run);
  };
}

type Interference = 'throttle' | 'break' | 'lose the answer';

/** Requests as they pass: counted, and interfered with on demand. */
export class Wire {
  readonly #sent: string[] = [];
  readonly #interferences = new Map<string, Interference>();

  /** Hears of each request. */
  onSent: (operation: string) => void = () => undefined;

  readonly call: CallAws = async (operation, send) => {
    this.#sent.push(operation);
    this.onSent(operation);
    const interference = this.#interferences.get(operation);
    const isEc2 = !/DB|Parameter/.test(operation);
    if (interference === 'throttle')
      throw isEc2 ? ec2Error('RequestLimitExceeded', 503) : rdsError('ThrottlingException');
    if (interference === 'break')
      throw isEc2 ? ec2Error('InternalError', 500) : rdsError('InternalFailure', 500);
    if (interference === undefined) return send();
    // Done or refused: nobody hears of it.
    await send().catch(() => undefined);
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
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
  readonly runId: string;
  readonly runbook: string;
  /** A run of this account that is neither. */
  readonly another: (runId: string, changes?: Partial<ContractRun>) => Executor;
  /** A name of this test's own. */
  readonly named: (text: string) => string;
}

export type Open = () => Promise<Stage>;

/** Minutes in which a volume is made and a deletion shows. */
export const SOON = 20;
/** Minutes in which a database is restored, backed up for the first time and changed. */
export const LATER = 400;

export function stageOf(account: ExecutorAccount): Stage {
  const wire = new Wire();
  const named = (text: string) => `${text}${account.suffix}`;
  const runbook = named(RUN.runbook);
  const run = { runbook, mode: RUN.mode, settle: () => account.wait(1 / 6) };
  const direct: CallAws = (_operation, send) => send();
  return {
    ...account,
    ...{ wire, named, runbook, runId: named(RUN.runId) },
    ours: declared(account.executor({ ...run, runId: named(RUN.runId), call: wire.call }), wire),
    theirs: account.executor({ ...run, runId: named('another-run'), call: direct }),
    another: (runId, changes) => account.executor({ ...run, runId: named(runId), call: direct, ...changes }),
  };
}

const OF_CLAIMS = ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter'];

/** Permissions and policies come from what the kinds declare: a request beyond that would be denied. */
function declared(executor: Executor, wire: Wire): Executor {
  return {
    ...executor,
    async perform(effects) {
      const sent = new Set<string>();
      wire.onSent = (operation) => sent.add(operation);
      const answers = await executor.perform(effects);
      const known = effects[0] === undefined ? [] : callsOf(effects[0]);
      const undeclared = [...sent].filter(
        (operation) => !known.some((action) => action.endsWith(`:${operation}`)),
      );
      if (undeclared.length > 0) throw new Error(`not declared by its kind: ${undeclared.join(', ')}`);
      return answers;
    },
  };
}

function callsOf(effect: Effect): readonly string[] {
  const isOperation = effect.type === 'operate' || effect.type === 'undo';
  const kinds = isOperation ? [CALLS[effect.kind]] : Object.values(CALLS);
  return [
    ...kinds.flatMap(({ parts }) => Object.values(parts).flat()),
    ...(isOperation
      ? (CALLS[effect.kind].operations[effect.operation as OperationName] ?? [])
      : [...kinds.flatMap(({ beside }) => beside), ...OF_CLAIMS]),
  ];
}

export function createVolume(stage: Stage, token: string, changes: Partial<VolumeSpec> = {}) {
  const spec = { ...stage.volumeSpec, snapshotId: stage.snapshots[0] ?? '', zone: stage.zone, ...changes };
  const name = `${token}-name`;
  return creating({ identity: stage.named(token), name, resource: `events/${token}`, mark: MARK, spec });
}

/** Copies a volume that is nobody's. */
export function copyVolume(stage: Stage, token: string, source: string) {
  const rest = without(stage.volumeSpec, 'snapshotId', 'rateMiBps');
  const spec = { ...rest, sourceVolumeId: source, zone: stage.zone };
  const name = `${token}-name`;
  return copying({ identity: stage.named(token), name, resource: `events/${token}`, mark: MARK, spec });
}

export function restoreDb(stage: Stage, identifier: string, changes: Partial<DbInstanceSpec> = {}) {
  const spec = { ...stage.dbSpec, from: { snapshotId: stage.dbSnapshot }, zone: stage.zone, ...changes };
  return restoring({ identity: stage.named(identifier), resource: 'orders-db', mark: MARK, spec });
}

/** The same once more, after a failure. */
export function again<One extends Effect>(one: One): One {
  return { ...one, id: one.id.replace(/#1$/, '#2'), attempt: 2 };
}

export function takeSnapshot(
  stage: Stage,
  of: Thing,
  purpose: SnapshotPurpose = 'protection',
  identifier = 'point-1',
) {
  return taking(of, { purpose, resource: 'events/vol-1', identity: stage.named(identifier) });
}

/** The claim of a run on the runbook of this test. */
export function claimEffect(stage: Stage, changes: Partial<Claim> = {}, sources: readonly Thing[] = []) {
  const when = { at: 1_000, incidentAt: 900, damagedAt: 800 };
  const who = { runId: stage.runId, runbook: stage.runbook, mode: RUN.mode, by: 'alex', host: 'ops-7' };
  return effect('claim', { claim: { ...who, ...when, ...changes }, sources });
}

/** The result of an effect that must succeed. */
export async function done<K extends EffectType>(executor: Executor, one: EffectOf<K>) {
  return resultOf(one, await executor.perform([one as Effect]));
}

/** The failure of an effect that must fail. */
export async function failed(executor: Executor, one: Effect) {
  return failureOf(one, await executor.perform([one]));
}

export async function doneId(executor: Executor, one: EffectOf<'operate'>): Promise<string> {
  const { id } = await done(executor, one);
  if (id === undefined) throw new Error(`${one.id} made nothing`);
  return id;
}

export function madeId(answer: Answer): string {
  if (answer.type !== 'operate' || !answer.ok || answer.result.id === undefined)
    throw new Error('nothing was made');
  return answer.result.id;
}

/** As it is seen; `undefined` when it is not. */
export function volumeState({ theirs }: Stage, id: string): Promise<string | undefined> {
  return statusOf(theirs, existing('volume', id));
}

export function dbStatus({ theirs }: Stage, id: string): Promise<string | undefined> {
  return statusOf(theirs, existing('dbInstance', id));
}

async function statusOf(executor: Executor, thing: Thing): Promise<string | undefined> {
  const [seen] = await executor.observe(watching([thing]));
  return seen !== undefined && isThing(seen) ? seen.status : undefined;
}
