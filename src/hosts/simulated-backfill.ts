import { adviceText } from '../advice.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LifeboatError } from '../errors.ts';
import type { RunRecord } from '../journal/journal.ts';
import { SECOND_MS } from '../time.ts';
import type { Json } from '../workflow/base/decision.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import type { Backfill, BackfillState } from '../driver/fleet/backfiller.ts';
import { definitionOf } from './backfill-definition.ts';

/** The rate assumed for a target with an adaptive rate, because a rehearsal measures none. */
const ASSUMED_RATE_PER_SECOND = 100;
const SILENT = { warn: () => undefined, info: () => undefined };

/** The backfill of a rehearsal: logs are really read, and no request is sent. A simulated request takes its time and succeeds. */
export function simulatedBackfill(record: RunRecord): Backfill | undefined {
  const { backfill: spec } = record;
  if (spec === undefined) return undefined;
  let found: BackfillResult | undefined;
  return {
    async tend(at, since, handle): Promise<BackfillState> {
      try {
        found ??= (handle as BackfillResult | undefined) ?? (await count(record, spec));
      } catch (error) {
        if (!(error instanceof LifeboatError)) throw error;
        return { kind: 'stuck', message: `${error.message} ${adviceText(error.next)}` };
      }
      const rate =
        spec.replay?.rate === 'adaptive'
          ? ASSUMED_RATE_PER_SECOND
          : (spec.replay?.rate ?? ASSUMED_RATE_PER_SECOND);
      const doneAt = since + Math.ceil((found.replayed.succeeded / rate) * SECOND_MS);
      return at < doneAt
        ? { kind: 'running', wakeAt: doneAt, handle: found as unknown as Json }
        : { kind: 'over', result: found };
    },
    stop: async () => undefined,
    soFar: async () => undefined,
  };
}

async function count(record: RunRecord, spec: NonNullable<RunRecord['backfill']>): Promise<BackfillResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'lifeboat-rehearsal-'));
  try {
    // Loaded here: most rehearsals have no backfill.
    const { scanOnly } = await import('../backfill/scan-only.ts');
    // Queues and objects are in the account, which a rehearsal never reads or changes.
    const sources = spec.sources.filter(({ path }) => path !== undefined && !path.startsWith('s3://'));
    const { undone } = definitionOf(record, spec);
    const tools = { env: {}, log: SILENT, now: () => record.plan.plannedAt, threads: 1 };
    const signal = new AbortController().signal;
    const result = await scanOnly({ ...spec, sources }, scratch, tools, {
      signal,
      asReplayed: true,
      ...(undone !== undefined && { undone }),
    });
    const left = spec.sources.length - sources.length;
    const note = `${left} source(s) in the account were not looked at: this is a rehearsal.`;
    return left === 0 ? result : { ...result, actions: [...result.actions, note] };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
