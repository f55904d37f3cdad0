import { advise, lifeboat, type Advice } from '../../advice.ts';
import { formatDuration, formatInstant, SECOND_MS } from '../../time.ts';
import { isConfirmed } from '../../workflow/recovery/questions.ts';
import { judgeRun } from './judgement.ts';
import type { RunView } from './run-view.ts';

/** The jumps of the machine's clock, and what they make uncertain. */
export interface ClockReport {
  readonly jumps: readonly {
    /** Of the step that confirms it: `approve --step clock/NUMBER`. */
    readonly number: number;
    readonly at: string;
    readonly seconds: number;
    /** Nothing drove the run meanwhile, so nothing measured the time. */
    readonly away: boolean;
    /** The time counts, because a person said that it has really passed. */
    readonly counted: boolean;
  }[];
  /** The actual RTA without the jumps and with all of them; null before the end of the recovery. */
  readonly rtoActualSeconds: { readonly without: number | null; readonly with: number | null };
}

/** Null where the clock has agreed with the time that passed. */
export function clockReport(view: RunView): ClockReport | null {
  const { recovery } = view;
  const jumps = recovery?.clock?.jumps ?? [];
  if (recovery === undefined || jumps.length === 0) return null;
  const told = jumps.map((jump) => ({
    number: jump.number,
    at: formatInstant(jump.at),
    seconds: jump.ms / SECOND_MS,
    away: jump.isAway,
    counted: jump.isCounted || isConfirmed(jump, recovery.approvals),
  }));
  const actual = judgeRun(view).rto.actualSeconds;
  const { recoveredAt } = recovery;
  const secondsOf = (isCounted: boolean): number =>
    jumps
      .filter((jump, index) => jump.at <= (recoveredAt ?? 0) && told[index]?.counted === isCounted)
      .reduce((sum, { ms }) => sum + ms / SECOND_MS, 0);
  return {
    jumps: told,
    rtoActualSeconds: {
      without: actual === null ? null : actual - secondsOf(true),
      with: actual === null ? null : actual + secondsOf(false),
    },
  };
}

/** What the jumps mean for the figures, a line each. */
export function clockLines(report: ClockReport | null, runId: string, isOver: boolean): readonly Advice[] {
  if (report === null) return [];
  const { without, with: counted } = report.rtoActualSeconds;
  const jumps = report.jumps.map(({ number, at, seconds, away, counted: isCounted }) => {
    const what = away
      ? `nothing drove the run for ${formatDuration(seconds)} by the machine's clock`
      : `the machine's clock jumped forward by ${formatDuration(seconds)}`;
    const decision = isCounted ? 'counted, as a person confirmed' : 'not counted';
    const way =
      isCounted || isOver
        ? ''
        : advise`; to count it: ${lifeboat('approve', runId, '--step', `clock/${number}`)}`;
    return advise`${what} at ${at}: ${decision}${way}`;
  });
  if (without === null || counted === null || report.jumps.every((jump) => jump.counted)) return jumps;
  return [
    ...jumps,
    `the actual RTA is uncertain: ${formatDuration(without)} without the jumps, ${formatDuration(counted)} with them`,
  ];
}
