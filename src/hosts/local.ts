import type { Logger } from 'pino';
import { sentenceOf } from '../sentences/timeline.ts';
import type { Journal } from '../journal/journal.ts';
import { beginRun } from '../driver/begin.ts';
import { drive } from '../driver/drive.ts';
import { openAccount } from './account.ts';
import { aWhile, realClock } from './clock.ts';
import { Driver } from '../driver/driver.ts';
import type { DriverParts } from '../driver/parts.ts';
import { frozenBy } from './freeze.ts';
import type { TimelineListener } from '../driver/base/ports.ts';
import type { Host } from './host.ts';
import { watchSignals } from '../driver/signals/signal-watch.ts';

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
  const { record } = journal;
  const account = await openAccount({
    ...{ journal, region, log, commandOptions },
    onTimeline(entries) {
      for (const entry of entries) log.debug({ runId: record.runId, ...entry }, sentenceOf(entry));
      onTimeline(entries);
    },
  });
  const backfill =
    record.backfill === undefined
      ? undefined
      : (await import('./local-backfill.ts')).localBackfill({
          ...{ journal, directory, log },
          now: () => realClock.now(),
        });
  const parts: DriverParts = {
    ...account.parts,
    journal,
    clock: realClock,
    isKept: true,
    frozenBy,
    ...(backfill !== undefined && { backfill }),
    onSpoken: (wake) => watchSignals(journal, wake),
    ...(waitsForPeople && { untilSpoken: aWhile }),
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
        await account.notices.end();
      }
    },
    async close() {
      await account.notices.end();
      account.destroy();
      await journal.close();
    },
  };
}
