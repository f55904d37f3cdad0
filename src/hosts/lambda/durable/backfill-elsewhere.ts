import { adviceText, lifeboat } from '../../../advice.ts';
import type { Backfill } from '../../../driver/fleet/backfiller.ts';
import type { RunRecord } from '../../../journal/journal.ts';

/**
 * The backfill of a run that a function drives: pauses the run for a machine to take it over. The ledger of what was sent must outlive each process, and the
 * disk of a function does not: without it requests would be sent again. `undefined` for a run without a backfill.
 */
export function backfillElsewhere(
  { runId, backfill }: Pick<RunRecord, 'runId' | 'backfill'>,
  commandOptions: readonly string[],
): Backfill | undefined {
  if (backfill === undefined) return undefined;
  const here = commandOptions.filter((option) => option !== '--cloud');
  const message = `A function does not replay missed requests, because its disk does not keep what was sent. Take the run over on a machine whose disk does: ${adviceText(lifeboat('resume', runId), here)}`;
  return {
    tend: async () => ({ kind: 'stuck', message }),
    stop: async () => undefined,
  };
}
