import { basename, join } from 'node:path';
import type { SourceSpec } from '../runbook/backfill-schema.ts';
import { formatNamed } from './formats/formats.ts';
import { orderKeyOf } from './scan/request-identity.ts';
import type { RequestRecord } from './base/record.ts';
import { keptBy } from './base/folder-keeper.ts';
import { LEDGER_FILE, openLedger, type FileLedger } from './ledger/file-ledger.ts';
import { isFifoQueue, regionOfQueue } from './base/queue-calls.ts';
import type { QueueFacts } from './result.ts';
import type { ReplaySource } from './base/replay-ports.ts';
import { createSqsSource } from './queue/sqs-source.ts';
import { regional, type BackfillTools } from './base/tools.ts';

/** A queue that is drained, with a ledger of its own: its messages have no order and no offsets. */
export interface OpenQueue {
  readonly source: ReplaySource;
  readonly ledger: FileLedger;
  /** Its messages come in groups that keep their order. */
  readonly isOrdered: boolean;
  facts(): QueueFacts;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Of the source, from 1. */
  readonly number: number;
  /** The runbook's; absent: the groups of a FIFO queue. */
  readonly orderBy: string | undefined;
  /** How long no request has come to its fate, in earlier processes as well. */
  readonly quietMs: () => number;
}

/**
 * Opens the queue of a source; nothing is received before it is asked for.
 * @param directory holds the ledger of this queue
 */
export async function openQueue(
  directory: string,
  { sqs: queueUrl = '', format = 'capture', fields }: SourceSpec,
  { number, orderBy, quietMs }: QueueOptions,
  tools: BackfillTools,
): Promise<OpenQueue> {
  const { createClients } = await import('../aws/clients.ts');
  const region = regionOfQueue(queueUrl) ?? tools.region;
  const { sqs } = await createClients(['sqs'], regional(region));
  const source = createSqsSource(queueUrl, {
    sqs,
    log: tools.log,
    format: formatNamed(format, { ...(fields !== undefined && { fields }) }),
    source: number,
    quietMs,
    ...(orderBy !== undefined && { orderKeyOf: (record: RequestRecord) => orderKeyOf(record, orderBy) }),
  });
  const file = join(basename(directory), LEDGER_FILE);
  const ledger = await openLedger(directory, { now: () => tools.now(), ...keptBy(tools.keeper, file) });
  return {
    source: forgetting(source, ledger),
    ledger,
    isOrdered: isFifoQueue(queueUrl),
    facts() {
      const { malformed, foreign, pending, samples, waiting } = source.counts();
      const { name } = source;
      return { name, format, malformed, foreign, pending, replayed: ledger.counts, samples, waiting };
    },
    async close() {
      await source.close();
      await ledger.close();
      sqs.destroy();
    },
  };
}

/** What the queue has deleted never comes again: its ledger need not keep it in mind. */
function forgetting(source: ReplaySource, ledger: FileLedger): ReplaySource {
  return {
    name: source.name,
    next: (limit, pause) => source.next(limit, pause),
    load: (ticket) => source.load(ticket),
    async settle(ticket, fate) {
      await source.settle(ticket, fate);
      if (fate.kind === 'succeeded') await ledger.forget(ticket);
    },
    close: () => source.close(),
  };
}
