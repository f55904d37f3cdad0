import type { Logger } from 'pino';
import { sentenceOf } from '../sentences/timeline.ts';
import { createClients } from '../aws/clients.ts';
import { createExecutor } from '../aws/executor.ts';
import type { Journal } from '../journal/journal.ts';
import { beginRun } from '../driver/begin.ts';
import { PacedCalls } from '../driver/requests/calls.ts';
import { drive } from '../driver/drive.ts';
import { aWhile, realClock } from './clock.ts';
import { Driver } from '../driver/driver.ts';
import type { DriverParts } from '../driver/parts.ts';
import { beforeEachRequest } from './ownership-check.ts';
import { frozenBy } from './freeze.ts';
import type { TimelineListener } from '../driver/base/ports.ts';
import type { Host } from './host.ts';
import { watchSignals } from '../driver/signals/signal-watch.ts';
import { openNotices } from './notices.ts';
import { clientsFor, tagSettling } from '../driver/executor-clients.ts';
import { verifierOf } from './verify-identity.ts';

/** Requests to AWS in flight at once: high enough that the token buckets are the limit, not the round trip. */
const CONCURRENCY = 8;

export interface LocalOptions {
  /** Opened with the run's lease. */
  readonly journal: Journal;
  /** Folder of the run. */
  readonly directory: string;
  readonly region: string;
  readonly onTimeline: TimelineListener;
  readonly log: Logger;
  /** A person sits before the run: it stays while it waits for people. */
  readonly waitsForPeople: boolean;
  /** Options that a command needs to find the run, e.g. `--state /srv/dr`: notices suggest commands. */
  readonly commandOptions: readonly string[];
  /** Only a simulation has a speed and simulated approvals. */
  readonly speed?: undefined;
  readonly answersApprovals?: undefined;
}

/** A run on an engineer's machine: the account behind the SDK's standard configuration, and the machine's clock. */
export async function openLocalHost({
  journal,
  directory,
  region,
  onTimeline,
  log,
  waitsForPeople,
  commandOptions,
}: LocalOptions): Promise<Host> {
  const clients = await createClients(['ec2', 'rds', 'ssm'], { region });
  for (const client of [clients.ec2, clients.rds, clients.ssm])
    beforeEachRequest(client, () => journal.assertOurs());
  const { runId, runbook, mode, plan } = journal.record;
  const calls = new PacedCalls(journal, realClock);
  const notices = openNotices({ journal, log, env: process.env, commandOptions, call: calls.call });
  const executor = createExecutor({
    ...clientsFor(plan, clients),
    ...tagSettling(realClock),
    call: calls.call,
    ...{ runId, runbook, mode },
  });
  const backfill =
    journal.record.backfill === undefined
      ? undefined
      : (await import('./local-backfill.ts')).localBackfill({
          ...{ record: journal.record, directory, log },
          now: () => realClock.now(),
        });
  const parts: DriverParts = {
    journal,
    calls,
    executor,
    clock: realClock,
    concurrency: CONCURRENCY,
    answersApprovals: false,
    isKept: true,
    frozenBy,
    verify: verifierOf(journal.record),
    ...(backfill !== undefined && { backfill }),
    onSpoken: (wake) => watchSignals(journal, wake),
    ...(waitsForPeople && { untilSpoken: aWhile }),
    onTimeline: (entries) => {
      for (const entry of entries) log.debug({ runId, ...entry }, sentenceOf(entry));
      onTimeline(entries);
      notices.onTimeline(entries);
    },
  };
  let driver: Driver | undefined;
  return {
    now: () => driver?.now() ?? realClock.now(),
    async drive(pause) {
      await beginRun(parts);
      try {
        driver = await Driver.open(parts);
        return await drive(driver, parts, pause);
      } finally {
        await backfill?.stop();
        await notices.end();
      }
    },
    async close() {
      await notices.end();
      clients.destroy();
      await journal.close();
    },
  };
}
