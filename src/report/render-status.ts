import { parseInstant } from '../time.ts';
import { elapsed, isoMoment, moment, PAGE_WIDTH, seconds } from './format.ts';
import { tally, worst } from './groups.ts';
import { isRecovered, outcomeOf, strategyUsed, type RunStatus } from './outcome.ts';
import type { Paint, Palette } from './palette.ts';
import { PHASE_NAMES } from './phases.ts';
import type { ResourceView, RunView } from './run-view.ts';
import type { Status, StatusObjective } from './status.ts';
import { counted, hanging, plain } from './text.ts';

const LABEL_WIDTH = 13;

/** Where a run stands, for somebody who has just been called: what happened, what runs, what is next, how much time is left, how to go on. */
export function renderStatus(status: Status, view: RunView, palette: Palette, width = PAGE_WIDTH): string {
  const since = elapsed(parseInstant(status.asOf) ?? view.lastAt, view.record.plan.incidentAt);
  const where = isEnd(status.status) || status.status === status.phase ? '' : `, in ${status.phase}`;
  const title = `${plain(status.runId)}: ${status.mode} of ${plain(status.runbook)}, ${status.status}${where}`;
  const line = (label: string, text: string): readonly string[] =>
    hanging(`  ${label.padEnd(LABEL_WIDTH)}`, text, width);
  return [
    palette.bold(title),
    ...line('happened', happened(view)),
    ...line('now', `${isoMoment(status.asOf)} (${since} since the incident): ${work(status, view)}`),
    ...line('next', next(status, view)),
    ...objectiveLines('RTO', status.objectives.rto, rtoText(status), status.status, palette, line),
    ...objectiveLines(
      'RPO',
      status.objectives.rpo,
      rpoText(status.objectives.rpo),
      status.status,
      palette,
      line,
    ),
    ...line('approved by', approvals(view)),
    ...line(
      'waiting for',
      status.waitingFor.length === 0 ? 'nobody' : status.waitingFor.map((wait) => plain(wait)).join('; '),
    ).map(status.waitingFor.length === 0 ? (text) => text : palette.yellow),
    ...goOn(status, view).flatMap((way, index) => line(index === 0 ? 'to go on' : '', way)),
  ].join('\n');
}

function happened({ record }: RunView): string {
  const { plan, options } = record;
  const declared = options.incidentDeclared ? 'Incident' : 'Incident taken to be at';
  const damage = plan.damagedAt === plan.incidentAt ? '' : `, data bad since ${moment(plan.damagedAt)}`;
  const world =
    options.simulation === undefined
      ? ''
      : `; simulated (seed ${options.simulation.seed}, faults ${options.simulation.faults})`;
  return `${declared} ${moment(plan.incidentAt)}${damage}${world}.`;
}

function work(status: Status, view: RunView): string {
  const { total, ready, failed } = status.resources;
  const going = view.resources.filter(
    (resource) => !isRecovered(resource) && outcomeOf(resource) !== 'failed',
  );
  const rest = going.length === 0 ? '' : `, ${tallied(going)}`;
  const fallbacks = view.resources.filter((resource) => resource.context.fallbacks.length > 0).length;
  const detours = fallbacks === 0 ? '' : `; ${counted(fallbacks, 'resource')} had to fall back`;
  const cause =
    status.cause === null
      ? ''
      : `; the end is decided by ${plain(status.cause.resource)} (${plain(status.cause.step)})`;
  return `${ready} of ${total} ready, ${failed} failed${rest}${detours}${cause}.`;
}

function tallied(resources: readonly ResourceView[]): string {
  const states = tally(resources.map((resource) => resource.state));
  return states.includes(' ') ? states : `${states} ${resources.length}`;
}

function next(status: Status, view: RunView): string {
  switch (status.status) {
    case 'completed':
      return status.mode === 'drill'
        ? 'Nothing: what the drill made is removed.'
        : 'Nothing: the recovery is over.';
    case 'failed':
    case 'aborted':
      return `Nothing more happens by itself: ${plain(view.recovery?.problem ?? status.status)}.`;
    case 'halted':
      return `Nothing more happens by itself: ${plain(view.recovery?.problem ?? 'the recovery halted')}.`;
    default: {
      const left = PHASE_NAMES.slice(PHASE_NAMES.findIndex((name) => name === view.phase) + 1);
      const names = left.filter((name) => name !== 'approval' && name !== 'cutover' && name !== 'backfill');
      const oldest = worst(
        view.resources.map((resource) => strategyUsed(resource)?.recoveryPoint.ageSeconds),
      );
      const from =
        view.phase === 'preflight' || view.phase === 'approval'
          ? `, from recovery points up to ${seconds(oldest)} old`
          : '';
      return names.length === 0 ? 'the end, once what is to go is gone.' : `${names.join(', ')}${from}.`;
    }
  }
}

type Line = (label: string, text: string) => readonly string[];

function objectiveLines(
  label: string,
  { state }: StatusObjective,
  text: string,
  status: RunStatus,
  palette: Palette,
  line: Line,
): readonly string[] {
  const paints: Record<StatusObjective['state'], Paint> = {
    'on-track': palette.green,
    'at-risk': palette.yellow,
    breached: palette.red,
  };
  const word = wordFor(state, status);
  const [first = '', ...rest] = line(label, `${word}: ${text}`);
  return [first.replace(word, paints[state]), ...rest];
}

function wordFor(state: StatusObjective['state'], status: RunStatus): string {
  if (!isEnd(status)) return state.toUpperCase();
  return state === 'on-track' ? 'MET' : 'MISSED';
}

function isEnd(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'aborted';
}

function rtoText(status: Status): string {
  const { objectiveSeconds, elapsedSeconds, forecastSeconds } = status.objectives.rto;
  const promised = `${seconds(objectiveSeconds)} promised`;
  if (isEnd(status.status))
    return `${promised}, ${status.status === 'completed' ? 'recovered' : 'not recovered'} after ${seconds(elapsedSeconds)}.`;
  const leftSeconds = objectiveSeconds - elapsedSeconds;
  const left = leftSeconds >= 0 ? `${seconds(leftSeconds)} left` : `${seconds(-leftSeconds)} over`;
  const late = (forecastSeconds ?? 0) - objectiveSeconds;
  const forecast =
    forecastSeconds === null
      ? 'unknown'
      : `${seconds(forecastSeconds)}${late > 0 ? `, ${seconds(late)} too late` : ''}`;
  return `${promised}, ${seconds(elapsedSeconds)} gone, ${left}; forecast ${forecast}.`;
}

function rpoText({ objectiveSeconds, forecastSeconds }: StatusObjective): string {
  const lost =
    forecastSeconds === null ? 'how much is lost is not known' : `${seconds(forecastSeconds)} of data lost`;
  return `${seconds(objectiveSeconds)} promised, ${lost}.`;
}

function approvals({ recovery }: RunView): string {
  const given = recovery?.approvals ?? [];
  if (given.length === 0) return (recovery?.gates ?? []).length === 0 ? 'nobody is asked' : 'nobody so far';
  return given
    .map(
      ({ by, gate, at, reason }) =>
        `${plain(by)} before ${gate} at ${moment(at)}${reason === undefined ? '' : ` (${plain(reason)})`}`,
    )
    .join('; ');
}

function goOn({ status, runId, waitingFor, mode }: Status, { cleanedUp }: RunView): readonly string[] {
  const run = plain(runId);
  switch (status) {
    case 'running':
      return waitingFor.length > 0
        ? [`lifeboat approve ${run}, or lifeboat reject ${run}`, `then lifeboat resume ${run}`]
        : ['nothing to do while a process drives it', `if that died: lifeboat resume ${run}`];
    case 'paused':
      return [`lifeboat resume ${run}, or lifeboat abort ${run}`];
    case 'halted':
      return [`mend the cause, then lifeboat resume ${run}`, `or give up: lifeboat abort ${run}`];
    case 'failed':
    case 'aborted':
      return cleanedUp
        ? [`lifeboat report ${run}`]
        : [`lifeboat report ${run}`, `if anything was left: lifeboat cleanup ${run}`];
    case 'completed':
      return mode === 'drill'
        ? [`lifeboat report ${run}`]
        : [`lifeboat report ${run}`, 'bring traffic back by hand: no cutover was part of this run'];
  }
}
