import { watchSignals } from '../../../driver/signals/signal-watch.ts';
import type { Journal } from '../../../journal/journal.ts';
import { SECOND_MS } from '../../../time.ts';
import { openAccount } from '../../account.ts';
import { realClock } from '../../clock.ts';
import { frozenByObjects } from '../../freeze.ts';
import type { Deployed } from '../deployed.ts';
import type { RunAccount } from './cloud.ts';

/** How often a slice that waits for AWS, or sleeps, looks for signals: each look is a read of the table. */
const LISTEN_EVERY_MS = 2 * SECOND_MS;

/** What acts on the account for one run. */
export async function runAccount(
  { names, log, commandOptions }: Deployed,
  journal: Journal,
): Promise<RunAccount> {
  const account = await openAccount({
    ...{ journal, log, commandOptions, region: journal.record.plan.region },
    roleArn: names.LIFEBOAT_ACCOUNT_ROLE,
    // The entries are in the log already.
    onTimeline: () => undefined,
    alsoNotify: [{ sns: names.LIFEBOAT_TOPIC }],
  });
  const backfill =
    journal.record.backfill === undefined
      ? undefined
      : (await import('../cloud-backfill.ts')).cloudBackfill({ journal, log, now: () => realClock.now() });
  return {
    parts: {
      ...account.parts,
      ...(backfill !== undefined && { backfill }),
      frozenBy: frozenByObjects,
      onSpoken: (wake) => watchSignals(journal, wake, LISTEN_EVERY_MS),
    },
    async close() {
      await backfill?.stop();
      await account.notices.end();
      account.destroy();
    },
  };
}
