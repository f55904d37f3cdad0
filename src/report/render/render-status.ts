import { adviceText, type RenderAdvice } from '../../advice.ts';
import { formatDuration, parseInstant, SECOND_MS, type Instant } from '../../time.ts';
import { drivenText, pendingText, type Attendance } from '../model/attendance.ts';
import { clock, elapsed, forecastText, moment, PAGE_WIDTH, seconds } from '../layout/format.ts';
import { tally, worst } from '../layout/groups.ts';
import { isDecided, objectiveWord } from '../model/judgement.ts';
import {
  isFallback,
  isRecovered,
  keptIdsOf,
  leftoversOf,
  noApprovals,
  outcomeOf,
  problemText,
  strategyUsed,
  type RunStatus,
} from '../model/outcome.ts';
import { approvedText } from '../../sentences/questions.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { phasesUnderWay } from '../model/phases.ts';
import type { ResourceView, RunView } from '../model/run-view.ts';
import type { Status, StatusObjective } from '../model/status.ts';
import { counted, listed, plain } from '../layout/plain.ts';
import { displayWidth, hanging, truncate } from '../layout/text.ts';
import { waysOn } from '../model/ways-on.ts';
import { isOver, PHASE_NAMES } from '../../workflow/recovery/phase.ts';
import { leftoverText } from '../../sentences/reasons.ts';

const LABEL_WIDTH = 10;
/** Few enough for an operator who has just been paged. */
const MOST_LINES = 10;
/** Narrower than this the lines are broken as often as they must be. */
const LEAST_WIDTH_FOR_A_GLANCE = 72;
const LEAST_WIDTH_FOR_LABELS = 50;
const MOST_IDS = 3;

export interface StatusSurroundings {
  /** Who drives the run; unknown where it is absent. */
  readonly attendance?: Attendance;
  /** By the clock on the wall, which heartbeats go by. */
  readonly now?: Instant;
  /** A sentence with its commands as they must be typed here. */
  readonly hint?: RenderAdvice;
}

/** One thing that is told, on as many lines as it takes or may take. */
interface Item {
  readonly lines: readonly string[];
  /** The higher, the sooner it is cut short; 0 is never. */
  readonly gives: number;
  readonly paint?: Paint;
}

/**
 * Where a run stands, for an operator who has just been paged: what happened, what runs, what is next, how much time is left, who
 * approved what, how to go on. At most ten lines from 72 columns up, and those that tell of pending signals.
 */
export function renderStatus(
  status: Status,
  view: RunView,
  palette: Palette,
  width = PAGE_WIDTH,
  surroundings: StatusSurroundings = {},
): string {
  const { attendance, now, hint = adviceText } = surroundings;
  const phases = phasesUnderWay(view, parseInstant(status.asOf)).join(' and ');
  const where = isOver(status.status) || status.status === status.phase ? '' : `, in ${phases}`;
  const hasEnded = isOver(status.status) && !view.isCleaningUp;
  const driven = attendance === undefined || hasEnded ? '' : `; ${drivenText(attendance, now)}`;
  const title = `${plain(status.runId)}: ${status.mode} of ${plain(status.runbook)}, ${status.status}${where}${driven}`;
  const { rto, rpo } = status.objectives;
  const item = (label: string, text: string, gives: number, paint?: Paint): Item => ({
    lines: labelled(label, text, width),
    gives,
    ...(paint !== undefined && { paint }),
  });
  const pending = (attendance?.pendingSignals ?? []).map((signal, index) =>
    item(index === 0 ? 'pending' : '', pendingText(signal), 0, palette.yellow),
  );
  const pendingLines = pending.reduce((sum, { lines }) => sum + lines.length, 0);
  const objectiveItem = (label: string, objective: StatusObjective, text: string): Item => {
    const word = objectiveWord(objective, isDecided(view));
    return item(label, `${word}: ${text}`, 1, (line) =>
      line.replace(`${word}:`, () => `${statePaint(objective, palette)(word)}:`),
    );
  };
  const waits = status.waitingFor.map((wait) => plain(wait)).join('; ');
  const items: readonly Item[] = [
    { lines: hanging('', title, width), gives: 1, paint: palette.bold },
    item('happened', happened(view), 4),
    item('now', work(status, view), 3),
    item('next', next(status, view, hint), 2),
    objectiveItem('RTO', rto, rtoText(status, view)),
    objectiveItem('RPO', rpo, rpoText(status, view)),
    item('approved', approvals(status.status, view), 2),
    ...(waits === '' ? [] : [item('waiting', waits, 1, palette.yellow)]),
    ...pending,
    ...waysOn(status, view, attendance).map((way, index) => ({
      lines: [wayLine(index === 0 ? 'to go on' : '', hint(way), width)],
      gives: 0,
    })),
  ];
  return (width < LEAST_WIDTH_FOR_A_GLANCE ? items : shortened(items, width, MOST_LINES + pendingLines))
    .flatMap(({ lines, paint }) => (paint === undefined ? lines : lines.map(paint)))
    .join('\n');
}

/** Not broken by us: a command that the terminal breaks can still be copied as one. */
function wayLine(label: string, way: string, width: number): string {
  return width < LEAST_WIDTH_FOR_LABELS ? `${label} ${way}`.trim() : `  ${label.padEnd(LABEL_WIDTH)}${way}`;
}

/** Beside its label, or below it where there is little room. */
function labelled(label: string, text: string, width: number): readonly string[] {
  if (width < LEAST_WIDTH_FOR_LABELS) return hanging('', `${label} ${text}`.trim(), width);
  return hanging(`  ${label.padEnd(LABEL_WIDTH)}`, text, width);
}

/** Takes a line from what can give one best, until all fit. */
function shortened(items: readonly Item[], width: number, mostLines: number): readonly Item[] {
  const short = [...items];
  const rows = (line: string): number => Math.max(1, Math.ceil(displayWidth(line) / width));
  const total = (): number =>
    short.reduce((all, { lines }) => lines.reduce((sum, line) => sum + rows(line), all), 0);
  while (total() > mostLines) {
    const givers = short.filter(({ lines, gives }) => gives > 0 && lines.length > 1);
    const [giver] = givers.sort(
      (one, other) => other.gives - one.gives || other.lines.length - one.lines.length,
    );
    if (giver === undefined) break;
    const kept = giver.lines.slice(0, -1);
    const last = kept.at(-1) ?? '';
    const cut =
      displayWidth(last) + 2 <= width ? `${last.replace(/ …$/, '')} …` : truncate(`${last}…`, width);
    short[short.indexOf(giver)] = { ...giver, lines: [...kept.slice(0, -1), cut] };
  }
  return short;
}

function happened({ record }: RunView): string {
  const { plan, options, startedBy } = record;
  const declared = options.incidentDeclared ? 'incident' : 'incident taken to be';
  const damage = plan.damagedAt === plan.incidentAt ? '' : `, data bad since ${moment(plan.damagedAt)}`;
  // Journals of older versions do not know.
  const starter = (startedBy as string | undefined) === undefined ? '' : `, started by ${plain(startedBy)}`;
  const { simulation } = options;
  const world =
    simulation === undefined ? '' : `; simulated (seed ${simulation.seed}, faults ${simulation.faults})`;
  return `${declared} ${moment(plan.incidentAt)}${damage}${starter}${world}`;
}

function work(status: Status, view: RunView): string {
  const { total, ready, failed } = status.resources;
  const asOf = parseInstant(status.asOf) ?? view.lastAt;
  const going = view.resources.filter(
    (resource) => !isRecovered(resource) && outcomeOf(resource) !== 'failed',
  );
  const rest = going.length === 0 ? '' : `, ${tallied(going)}`;
  const fallbacks = view.resources.filter(isFallback).length;
  const detours = fallbacks === 0 ? '' : `; ${counted(fallbacks, 'resource')} had to fall back`;
  const cause =
    status.cause === null || status.cause.step === 'failed' || status.cause.step === 'halted'
      ? ''
      : `; the end is decided by ${plain(status.cause.resource)} (${plain(status.cause.step)})`;
  const contact = view.recovery?.outOfContact;
  const silence =
    contact === undefined || isOver(status.status)
      ? ''
      : `AWS has not answered for ${formatDuration((asOf - contact.since) / SECOND_MS)}; `;
  const replays =
    view.phase === 'backfill' && view.recovery?.backfills === true ? 'replaying what was missed; ' : '';
  const since = elapsed(asOf, view.record.plan.incidentAt);
  return `${clock(asOf)} (${since}): ${silence}${replays}${ready} of ${total} ready, ${failed} failed${rest}${detours}${cause}`;
}

function tallied(resources: readonly ResourceView[]): string {
  const states = tally(resources.map((resource) => resource.state));
  return states.includes(' ') ? states : `${states} ${resources.length}`;
}

function next(status: Status, view: RunView, hint: RenderAdvice): string {
  if (view.isCleaningUp) return 'the end of the cleanup that was requested';
  switch (status.status) {
    case 'completed':
      if (status.mode === 'drill') return remains(view) ?? 'nothing: what the drill made is removed';
      return view.cleanedUp
        ? 'nothing: what was recovered has been removed since'
        : 'nothing: the recovery is over';
    case 'failed':
    case 'aborted': {
      const rest = remains(view);
      const stays = rest === undefined ? '' : `; ${rest}`;
      return `nothing more happens by itself: ${plain(problemText(view, hint))}${stays}`;
    }
    case 'halted':
      return `nothing more happens by itself: ${plain(problemText(view, hint))}`;
    default: {
      const left = PHASE_NAMES.slice(PHASE_NAMES.findIndex((name) => name === view.phase) + 1);
      const passedOver = new Set([
        // Phases overlap: one that the first resource has come to is not to come.
        ...phasesUnderWay(view, parseInstant(status.asOf)),
        'approval',
        'cutover',
        ...(view.recovery?.backfills === true ? [] : ['backfill']),
      ]);
      const names = left.filter((name) => !passedOver.has(name));
      const oldest = worst(
        view.resources.map((resource) => strategyUsed(resource)?.recoveryPoint.ageSeconds),
      );
      const from =
        view.phase === 'preflight' || view.phase === 'approval'
          ? `, from recovery points up to ${seconds(oldest)} old`
          : '';
      return names.length === 0 ? 'finish after cleanup' : `${names.join(', ')}${from}`;
    }
  }
}

/** Resources of the run that still exist, and whether they were kept on purpose. */
function remains(view: RunView): string | undefined {
  const left = leftoversOf(view);
  const kept = keptIdsOf(view).length;
  if (left.length > 0)
    return `could not be removed: ${listed(
      left.map((leftover) => leftoverText(leftover)),
      MOST_IDS,
    )}`;
  return kept > 0 ? `${kept} kept on purpose` : undefined;
}

function statePaint({ state }: StatusObjective, palette: Palette): Paint {
  return { 'on-track': palette.green, 'at-risk': palette.yellow, breached: palette.red }[state];
}

function rtoText(status: Status, { recovery }: RunView): string {
  const { objectiveSeconds, elapsedSeconds, forecastSeconds } = status.objectives.rto;
  const promised = seconds(objectiveSeconds);
  const isRecoveryOver = recovery?.recoveredAt !== undefined;
  if (isRecoveryOver || isOver(status.status)) {
    const word = isRecoveryOver ? 'recovered' : 'not recovered';
    return `${word} after ${seconds(elapsedSeconds)}, ${promised} promised`;
  }
  const leftSeconds = objectiveSeconds - elapsedSeconds;
  const left =
    leftSeconds >= 0
      ? `${seconds(leftSeconds)} left of ${promised}`
      : `${seconds(-leftSeconds)} over ${promised}`;
  return `${left}, ${forecastText(forecastSeconds, status.resources)}`;
}

function rpoText(status: Status, view: RunView): string {
  const { objectiveSeconds, forecastSeconds } = status.objectives.rpo;
  const missing = view.resources.filter((resource) => !isRecovered(resource)).length;
  // The age of the recovery points is no measure for data that was not recovered.
  if (isOver(status.status) && missing > 0)
    return `${missing} of ${counted(view.resources.length, 'resource')} not recovered, ${seconds(objectiveSeconds)} promised`;
  const lost =
    forecastSeconds === null ? 'how much is lost is not known' : `${seconds(forecastSeconds)} of data lost`;
  return `${lost}, ${seconds(objectiveSeconds)} promised`;
}

function approvals(status: RunStatus, { recovery }: RunView): string {
  const given = recovery?.approvals ?? [];
  const waived = recovery?.waivers ?? [];
  const waiver = waived.length === 0 ? '' : `${counted(waived.length, 'gate')} waived for the incident`;
  if (given.length === 0) {
    const none = (recovery?.gates ?? []).length === 0 ? 'none required' : noApprovals(status);
    return waiver === '' ? none : `${none}; ${waiver}`;
  }
  const people = given.map((approval) => {
    const { by, at, reason, identity } = approval;
    const glass = identity === 'break-glass' ? ' BREAK-GLASS' : '';
    const why = reason === undefined ? '' : ` (${plain(reason)})`;
    return `${plain(by)}${glass} ${plain(approvedText(approval))} at ${clock(at)}${why}`;
  });
  return [...people, ...(waiver === '' ? [] : [waiver])].join('; ');
}
