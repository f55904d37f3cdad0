import type { BackfillState } from '../../backfill/backfill-state.ts';
import type { BackfillStatus } from '../../report/render/render-backfill-status.ts';
import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';

/** `backfill status --json`. */
export function statusDocument(state: BackfillState, now: Instant): BackfillStatus {
  const { definition, status, result, progress, lastAt } = state;
  const ratePerSecond = progress?.ratePerSecond ?? 0;
  const pending = result?.pending ?? 0;
  const etaSeconds =
    result === undefined || (pending > 0 && ratePerSecond <= 0)
      ? null
      : pending / Math.max(ratePerSecond, 1e-9);
  return {
    schema: 'lifeboat.backfill-status/v1',
    name: definition.name,
    runbook: definition.runbook ?? null,
    status,
    asOf: formatInstant(now),
    scanned: result?.scanned ?? null,
    failed: result?.failed ?? null,
    clientRecovered: result?.clientRecovered ?? null,
    unrecoverable: result?.unrecoverable ?? null,
    pending: result?.pending ?? null,
    replayed: result?.replayed ?? null,
    sends: result?.sends ?? null,
    ratePerSecond,
    etaSeconds: pending === 0 && result !== undefined ? 0 : etaSeconds,
    governor: progress?.governor ?? null,
    waiting: progress?.waiting ?? 0,
    targetDown: progress?.targetDown ?? null,
    dataComplete: dataComplete(state, now, pending === 0 ? 0 : etaSeconds),
    balanced: result?.balanced ?? null,
    lastAt: lastAt === undefined ? null : formatInstant(lastAt),
  };
}

/** The objective while the backfill runs; once complete, by the instant of the last fate. */
function dataComplete(
  { definition, status, result, lastAt }: BackfillState,
  now: Instant,
  etaSeconds: number | null,
): BackfillStatus['dataComplete'] {
  const { dataCompleteSeconds: objectiveSeconds, incidentAt } = definition;
  const began = incidentAt ?? result?.windows.find(({ kind }) => kind !== 'gap')?.start;
  if (objectiveSeconds === undefined || began === undefined) return null;
  const elapsedSeconds = ((status === 'completed' ? (lastAt ?? now) : now) - began) / SECOND_MS;
  const forecastSeconds =
    status === 'completed' ? elapsedSeconds : etaSeconds === null ? null : elapsedSeconds + etaSeconds;
  const isLate = elapsedSeconds > objectiveSeconds;
  const willBeLate = forecastSeconds !== null && forecastSeconds > objectiveSeconds;
  return {
    objectiveSeconds,
    elapsedSeconds,
    forecastSeconds,
    state: isLate
      ? 'breached'
      : willBeLate || (forecastSeconds === null && status !== 'scanning')
        ? 'at-risk'
        : 'on-track',
  };
}
