import { dirname, isAbsolute, posix, resolve } from 'node:path';
import type { RunRecord } from '../journal/journal.ts';
import { withoutWebhooks } from '../journal/kept-target.ts';
import { happensIn } from '../kinds/drill-rules.ts';
import type { RunDraft } from '../journal/run-store.ts';
import type { BackfillSpec } from '../runbook/backfill-schema.ts';
import type { Evidence } from '../workflow/recovery/recovery-context.ts';
import type { Adopted } from '../workflow/resource/resource-context.ts';
import type { Preparation } from './prepare.ts';

/** What the record of a run says besides its plan: who starts it, where, and how. */
export interface RunStart extends Pick<
  RunRecord,
  | 'startedBy'
  | 'startedOn'
  | 'account'
  | 'identityEndpoint'
  | 'function'
  | 'notify'
  | 'options'
  | 'backfillBucket'
> {
  /** Absent: the store chooses an id. */
  readonly runId?: string;
  /** From where the runbook's paths count, as {@link pathFrom} takes it. Absent: from its file. */
  readonly place?: string;
  /** No person has agreed to it yet: it asks one approval before it restores. */
  readonly asksApproval?: boolean;
  /** A run that exists already somewhere, to be written down anew under its own id. */
  readonly lost?: Lost;
}

export interface Lost {
  readonly adopted: Readonly<Record<string, Adopted>>;
  /** Damaged sources of which it had taken a snapshot. */
  readonly evidence: readonly Evidence[];
}

/** A new run, or one that lost its journal: all that is needed to drive it from any process. */
export async function draftRun(
  preparation: Preparation,
  { runId, lost, place = preparation.source.file, asksApproval = false, ...start }: RunStart,
): Promise<RunDraft> {
  const { source, runbook, plan } = preparation;
  const { mode } = plan;
  const [{ gatesOf }, { MACHINE_VERSION }, forensics] = await Promise.all([
    import('../workflow/recovery/gates.ts'),
    import('../workflow/aggregates.ts'),
    forensicsOf(preparation, lost),
  ]);
  // As the runbook means it, wherever the run is resumed from.
  const absolute = (path: string): string => pathFrom(place, path);
  const draft: Omit<RunRecord, 'runId' | 'forensics'> = {
    ...start,
    runbook: runbook.name,
    mode,
    machineVersion: MACHINE_VERSION,
    createdAt: plan.plannedAt,
    plan,
    ...gatesOf(runbook, plan, {
      isIncident: start.options.incidentDeclared,
      absolute,
      unapprovedStart: asksApproval ? start.startedBy : undefined,
    }),
    protects: happensIn(mode, 'protection') && runbook.protection.recoveryPoint,
    ...(happensIn(mode, 'backfill') &&
      runbook.backfill !== undefined && { backfill: absolutePaths(runbook.backfill, place) }),
    runbookText: withoutWebhooks(source.text, runbook.notify),
    ...(lost !== undefined && { adopted: lost.adopted, evidence: lost.evidence }),
  };
  return {
    runbook: runbook.name,
    at: plan.plannedAt,
    isShared: start.options.simulation === undefined,
    ...(runId !== undefined && { runId }),
    record: (id) => ({ ...draft, runId: id, forensics: forensics(id) }),
  };
}

/** Paths of a runbook count from its folder, wherever the command is given. */
export function absolutePaths(spec: BackfillSpec, runbook: string): BackfillSpec {
  const absolute = (path: string): string => (path === '-' ? path : pathFrom(runbook, path));
  const { replay, ...rest } = spec;
  const live =
    replay?.live?.log === undefined ? {} : { live: { ...replay.live, log: absolute(replay.live.log) } };
  return {
    ...rest,
    sources: spec.sources.map((source) =>
      source.path === undefined ? source : { ...source, path: absolute(source.path) },
    ),
    ...(replay !== undefined && { replay: { ...replay, ...live } }),
  };
}

const BUCKET = 's3://';
/** The object of a bucket, whatever its version. */
const OBJECT = /^s3:\/\/([^/]+)\/(.*?)(\?versionId=.*)?$/;

/**
 * A path that a runbook names, from the place of the runbook: a file, or an object in a bucket.
 *
 * @example pathFrom('s3://runbooks/orders.yaml', 'freeze') // 's3://runbooks/freeze'
 */
export function pathFrom(runbook: string, path: string): string {
  if (path.startsWith(BUCKET) || isAbsolute(path)) return path;
  const [, bucket, key = ''] = OBJECT.exec(runbook) ?? [];
  if (bucket === undefined) return resolve(dirname(runbook), path);
  return `${BUCKET}${bucket}${posix.resolve('/', posix.dirname(key), path)}`;
}

async function forensicsOf(
  { runbook, account, plan }: Preparation,
  lost: Lost | undefined,
): Promise<(runId: string) => RunRecord['forensics']> {
  if (!happensIn(plan.mode, 'forensics') || !runbook.forensics) return () => [];
  const [{ forensicTargets }, { KIND_INVENTORIES }] = await Promise.all([
    import('../workflow/recovery/forensics.ts'),
    import('../kinds/schemas.ts'),
  ]);
  const existing = new Set(KIND_INVENTORIES.flatMap(({ sources }) => sources(account).map(({ id }) => id)));
  const isMissing = (id: string): boolean =>
    existing.has(id) && lost?.evidence.some(({ of }) => of === id) !== true;
  return (runId) => forensicTargets(plan, runId, isMissing);
}
