import type { Logger } from 'pino';
import { createClients } from '../aws/clients.ts';
import { createExecutor } from '../aws/executor.ts';
import type { Journal } from '../journal/journal.ts';
import { beginRun } from './begin.ts';
import { pacedCalls } from './calls.ts';
import { removeLeftovers } from './cleanup.ts';
import { realClock } from './clock.ts';
import { Driver, type DriverParts } from './driver.ts';
import type { Host, TimelineListener } from './host.ts';
import { servicesOf } from './services.ts';

/** Requests to AWS under way at once: the token buckets are the limit, not the round trip. */
const CONCURRENCY = 8;

export interface LocalOptions {
  readonly journal: Journal;
  readonly region: string;
  readonly onTimeline: TimelineListener;
  readonly log: Logger;
}

/** A run on an engineer's machine: the account behind the SDK's standard configuration, and the machine's clock. */
export async function openLocalHost({ journal, region, onTimeline, log }: LocalOptions): Promise<Host> {
  await journal.acquire();
  const { ec2, rds } = await createClients({ region });
  const { runId, runbook, plan } = journal.record;
  const executor = createExecutor({
    ...servicesOf(plan, { ec2, rds }),
    call: pacedCalls(journal, realClock),
    runId,
    runbook,
  });
  const parts: DriverParts = {
    journal,
    executor,
    clock: realClock,
    concurrency: CONCURRENCY,
    answersApprovals: false,
    onTimeline: (entries) => {
      for (const entry of entries) log.debug({ runId, ...entry }, entry.message);
      onTimeline(entries);
    },
  };
  return {
    async drive(pause) {
      await beginRun(parts);
      return (await Driver.open(parts)).drive(pause);
    },
    cleanUp: () => removeLeftovers(parts),
    async close() {
      ec2.destroy();
      rds.destroy();
      await journal.close();
    },
  };
}
