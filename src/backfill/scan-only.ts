import type { BackfillSpec } from '../runbook/backfill-schema.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import { openLogs } from './open-logs.ts';
import { Room } from './base/room.ts';
import { buildResult, NOTHING_SENT } from './result.ts';
import type { ScanParts } from './scan/scan-parts.ts';
import { scan } from './scan/scan.ts';
import type { BackfillTools } from './base/tools.ts';

export interface ScanOnlyOptions extends Pick<ScanParts, 'undone' | 'onProgress'> {
  readonly signal: AbortSignal;
  /** As if everything that can be replayed had been, with success: for a rehearsal. */
  readonly asReplayed?: boolean;
}

/** Finds and counts what was missed; keeps nothing and sends nothing. Queues are left alone: to look into one hides its messages from others. */
export async function scanOnly(
  spec: BackfillSpec,
  scratch: string,
  tools: BackfillTools,
  { asReplayed = false, ...options }: ScanOnlyOptions,
): Promise<BackfillResult> {
  const sources = await openLogs(spec, scratch, tools, options.signal);
  try {
    const { now, threads, spaceOf } = tools;
    const room = new Room(scratch, spaceOf);
    const facts = await scan({ spec, sources, scratch, room, now: now(), threads, ...options });
    const ledger = asReplayed ? { ...NOTHING_SENT, succeeded: facts.counts.pending } : NOTHING_SENT;
    return buildResult({ facts, ledger, queues: [], undone: options.undone });
  } finally {
    for (const source of sources) await source.close();
  }
}
