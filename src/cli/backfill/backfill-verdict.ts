import type { BackfillDefinition } from '../../backfill/base/definition.ts';
import type { RejectedEntry } from '../../backfill/ledger/ledger.ts';
import type { Position } from '../../backfill/base/record.ts';
import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import { backfillNumbers, type BackfillNumbers } from '../../report/model/backfill.ts';
import { lostTotal, type BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { EXIT, type ExitCode } from '../session/exit-codes.ts';

/** What both `scan` and `run` print under `--json`. */
export type BackfillDocument = BackfillNumbers & { readonly schema: string };

export function scanDocument(result: BackfillResult): BackfillDocument {
  return documentOf('lifeboat.backfill-scan/v1', result);
}

/** What the target refused, with the beginning of its answer. */
export interface RefusalDocument {
  /** Number of the source, from 1, as the ledger has it. */
  readonly source: number;
  readonly position: Position;
  readonly status: number;
  readonly answer: string;
  readonly at: string;
}

export type RunDocument = BackfillDocument & {
  readonly name: string;
  /** The first twenty; the ledger has all. */
  readonly refusals: readonly RefusalDocument[];
  /** `completed`: everything has a fate. `paused`: the same command goes on. `counted`: a dry run. */
  readonly status: 'completed' | 'paused' | 'counted';
  readonly dataComplete: {
    readonly objectiveSeconds: number;
    readonly actualSeconds: number | null;
    readonly met: boolean | null;
  } | null;
};

export function runDocument(
  result: BackfillResult,
  {
    refusals,
    ...rest
  }: Pick<RunDocument, 'name' | 'status' | 'dataComplete'> & { readonly refusals: readonly RejectedEntry[] },
): RunDocument {
  return {
    ...documentOf('lifeboat.backfill-run/v1', result),
    ...rest,
    refusals: refusals.map(({ source, position, status, answer, at }) => ({
      ...{ source, position, status, answer },
      at: formatInstant(at),
    })),
  };
}

function documentOf(schema: string, result: BackfillResult): BackfillDocument {
  return { schema, ...backfillNumbers(result) };
}

/** The objective by the actual times; null if there is none, or if the beginning of the outage is unknown. */
export function dataCompleteOf(
  { dataCompleteSeconds: objectiveSeconds, incidentAt }: BackfillDefinition,
  { windows }: BackfillResult,
  endedAt: Instant | undefined,
): RunDocument['dataComplete'] {
  const began = incidentAt ?? windows.find(({ kind }) => kind !== 'gap')?.start;
  if (objectiveSeconds === undefined || began === undefined) return null;
  const actualSeconds = endedAt === undefined ? null : (endedAt - began) / SECOND_MS;
  return {
    objectiveSeconds,
    actualSeconds,
    met: actualSeconds === null ? null : actualSeconds <= objectiveSeconds,
  };
}

/** The end of a run: paused is for a person, an objective missed is a loss. */
export function exitCodeOfRunning(
  result: BackfillResult,
  end: 'completed' | 'paused',
  dataComplete: RunDocument['dataComplete'],
): ExitCode {
  if (end === 'paused') return EXIT.waiting;
  const exitCode = exitCodeOfBackfill(result);
  return exitCode === EXIT.done && dataComplete?.met === false ? EXIT.objectiveMissed : exitCode;
}

/** 3 when something is lost, was rejected, or is still in a queue. Counts that do not balance are a failure, and so are logs without a single request in them. */
export function exitCodeOfBackfill(result: BackfillResult): ExitCode {
  const { balanced, scanned, malformed, foreign } = result;
  // A script that reads only the exit code must not take a log in an unknown format for one without failures.
  const isUnreadable = scanned > 0 && scanned === malformed + foreign;
  if (!balanced || isUnreadable) return EXIT.failed;
  return lostTotal(result) > 0 || result.waiting !== undefined ? EXIT.objectiveMissed : EXIT.done;
}
