import type { ObjectiveState } from '../../objectives/live.ts';
import { formatDuration } from '../../time.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import type { GovernorState } from '../../backfill/base/replay-ports.ts';
import { UNBOUNDED } from '../layout/format.ts';
import type { Palette } from '../layout/palette.ts';
import { plain } from '../layout/plain.ts';
import { hanging } from '../layout/text.ts';

/** `backfill status --json`: counts are null until the scan is complete. */
export interface BackfillStatus {
  readonly schema: 'lifeboat.backfill-status/v1';
  readonly name: string;
  readonly runbook: string | null;
  readonly status: 'scanning' | 'replaying' | 'interrupted' | 'completed';
  readonly asOf: string;
  readonly scanned: number | null;
  readonly failed: number | null;
  readonly clientRecovered: number | null;
  readonly unrecoverable: number | null;
  readonly pending: number | null;
  readonly replayed: BackfillResult['replayed'] | null;
  readonly sends: number | null;
  readonly ratePerSecond: number;
  /** Until every request is replayed, rejected or abandoned; null while no forecast is possible. */
  readonly etaSeconds: number | null;
  readonly governor: GovernorState | null;
  /** In back-off, for another attempt. */
  readonly waiting: number;
  /** Why nothing but probes is sent; null: the target answers. */
  readonly targetDown: string | null;
  readonly dataComplete: {
    readonly objectiveSeconds: number;
    readonly elapsedSeconds: number;
    readonly forecastSeconds: number | null;
    readonly state: ObjectiveState;
  } | null;
  readonly balanced: boolean | null;
  readonly lastAt: string | null;
}

/** The status of a backfill as text. */
export function renderBackfillStatus(status: BackfillStatus, palette: Palette, width = UNBOUNDED): string {
  const lines = [palette.bold(`${plain(status.name)}: ${status.status}`)];
  const { replayed, pending } = status;
  if (replayed === null || pending === null) {
    lines.push(
      status.status === 'scanning'
        ? 'Looking for what was missed.'
        : 'What was missed is not known yet: the same command begins anew.',
    );
    return lines.join('\n');
  }
  const done = replayed.succeeded + replayed.rejected + replayed.abandoned + replayed.ambiguous;
  const share = done + pending === 0 ? 100 : Math.floor((100 * done) / (done + pending));
  lines.push(
    `${whole(done)} of ${whole(done + pending)} sent (${share} %): ${whole(replayed.succeeded)} succeeded, ${whole(replayed.rejected)} rejected, ` +
      `${whole(replayed.abandoned)} abandoned, ${whole(replayed.ambiguous)} ambiguous`,
  );
  if (status.status === 'replaying') lines.push(...rateLines(status, width));
  if (status.dataComplete !== null) lines.push(objectiveLine(status.dataComplete, palette));
  if (status.balanced === false) lines.push(palette.red('The counts do not balance: report this as a bug.'));
  if (status.status === 'interrupted') lines.push('Not running. Re-run: the command that started it.');
  return lines.join('\n');
}

function rateLines(
  { ratePerSecond, etaSeconds, governor, targetDown, waiting }: BackfillStatus,
  width: number,
): readonly string[] {
  const left = etaSeconds === null ? 'no end in sight' : `${formatDuration(etaSeconds)} to go`;
  const held = governor?.heldBackBy;
  return [
    `${Number(ratePerSecond.toPrecision(3))}/s, ${left}`,
    ...(targetDown === null ? [] : hanging('target down: ', plain(targetDown), width)),
    ...(waiting === 0 ? [] : [`${whole(waiting)} wait for another attempt`]),
    ...(held === undefined ? [] : hanging('held back: ', plain(held), width)),
  ];
}

function objectiveLine(
  { objectiveSeconds, elapsedSeconds, forecastSeconds, state }: NonNullable<BackfillStatus['dataComplete']>,
  palette: Palette,
): string {
  const paint = { 'on-track': palette.green, 'at-risk': palette.yellow, breached: palette.red }[state];
  const likely = forecastSeconds === null ? 'unknown' : formatDuration(forecastSeconds);
  return `Data complete: ${formatDuration(elapsedSeconds)} of ${formatDuration(objectiveSeconds)} gone, likely after ${likely}: ${paint(state)}`;
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}
