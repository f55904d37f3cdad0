import { LifeboatError } from '../errors.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import type { BackfillDefinition } from './base/definition.ts';
import { queueFolder, readDefinition } from './folders.ts';
import { readLedger } from './ledger/ledger-view.ts';
import { progressOf, type ProgressRow } from './progress.ts';
import { nameOfQueue } from './base/queue-calls.ts';
import { buildResult, NOTHING_SENT, type QueueFacts } from './result.ts';
import { isBackfillDriven } from './work/lock.ts';
import { openWorkStore } from './work/sqlite-work.ts';
import type { WorkStore } from './work/work-store.ts';

/** Older than this, what a process said of its progress is not how it stands. */
const FRESH_MS = 3 * SECOND_MS;

/** Where a backfill stands, as any process sees it. */
export interface BackfillState {
  readonly definition: BackfillDefinition;
  /** `scanning`: what was missed is not known yet. `interrupted`: no process works on it; the same command continues it. */
  readonly status: 'scanning' | 'replaying' | 'interrupted' | 'completed';
  /** Undefined until its scan is complete. */
  readonly result?: BackfillResult;
  /** Present while a process works on it. */
  readonly progress?: ProgressRow;
  /** When the last request came to its fate. */
  readonly lastAt?: Instant;
}

/**
 * Reads where the backfill in `directory` stands, without disturbing it; `undefined` where there is none.
 * @throws LifeboatError for what cannot be read
 */
export async function readBackfillState(directory: string, now: Instant): Promise<BackfillState | undefined> {
  const definition = readDefinition(directory);
  if (definition === undefined) return undefined;
  const isDriven = isBackfillDriven(directory);
  const store = storeIn(directory);
  if (store === undefined) return { definition, status: isDriven ? 'scanning' : 'interrupted' };
  try {
    const { facts } = store;
    if (facts === undefined) return { definition, status: isDriven ? 'scanning' : 'interrupted' };
    const row = progressOf(directory);
    const hasQueues = definition.spec.sources.some(({ sqs }) => sqs !== undefined);
    if (isDriven && row !== undefined && now - row.at < FRESH_MS)
      return { definition, status: 'replaying', result: row.result, progress: row, lastAt: row.at };
    const view = await readLedger(directory);
    // What of a queue was no request is only known from the row; the ledgers say the rest to the last entry.
    const kept = hasQueues && row?.isOver === true ? row.result : undefined;
    const result =
      kept ??
      buildResult({
        facts,
        ledger: view?.counts ?? NOTHING_SENT,
        queues: await readQueues(directory, definition),
        undone: definition.undone,
      });
    const isOver = result.pending === 0 && (!hasQueues || row?.isOver === true);
    const status = isDriven ? 'replaying' : isOver ? 'completed' : 'interrupted';
    return { definition, status, result, ...(view?.lastAt !== undefined && { lastAt: view.lastAt }) };
  } finally {
    store.close();
  }
}

/** Queues as their ledgers know them. */
async function readQueues(directory: string, { spec }: BackfillDefinition): Promise<readonly QueueFacts[]> {
  const queues: QueueFacts[] = [];
  for (const [index, { sqs, format = 'capture' }] of spec.sources.entries()) {
    if (sqs === undefined) continue;
    const view = await readLedger(queueFolder(directory, index + 1));
    const counts = { malformed: 0, foreign: 0, waiting: 0, pending: view?.openCount ?? 0, samples: [] };
    queues.push({ name: nameOfQueue(sqs), format, replayed: view?.counts ?? NOTHING_SENT, ...counts });
  }
  return queues;
}

/** A process that died at its very beginning has left none. */
function storeIn(directory: string): WorkStore | undefined {
  try {
    return openWorkStore(directory, { readOnly: true });
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'RUN_NOT_FOUND') return undefined;
    throw error;
  }
}
