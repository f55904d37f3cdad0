import { adviceText, lifeboat, type RenderAdvice } from '../advice.ts';
import type { Sentences } from '../coded.ts';
import { formatDuration } from '../time.ts';
import type { Reason } from '../workflow/base/reasons.ts';
import type { TimelineEntry } from '../workflow/base/decision.ts';
import type { Identity } from '../workflow/recovery/recovery-context.ts';
import { eventOf, TIMELINE } from '../workflow/timeline/timeline.ts';
import { rpoText, rtoText } from './objectives.ts';
import { approvedText, differenceText, frozenText, obstacleText } from './questions.ts';
import { because, claimText, failureText, leftoverText, reasonText } from './reasons.ts';

interface Given {
  readonly by: string;
  readonly identity?: Identity;
  readonly reason?: string;
}

const IN_USE = '; created resources are kept, because they may be in use';

const SENTENCES: Sentences<typeof TIMELINE> = {
  'phase.begun': ({ phase, arrived, total }) => {
    if (phase === 'approval') return 'approval: no approval is required';
    if (arrived === undefined) return phase;
    const state = phase === 'warmup' ? 'restored' : 'warmed up';
    return `${phase}: ${arrived} of ${total} resources ${state} so far`;
  },
  'phase.waiting': ({ phase, waits }) => `${phase}: ${waits.map(obstacleText).join('; ')}`,
  'phase.securing': ({ sources }) =>
    `securing: taking snapshots of ${sources} damaged ${sources === 1 ? 'source' : 'sources'} first`,
  'phase.backfilled': ({ failed, succeeded, clientRecovered, lost, pending, balanced }) => {
    const parts = [
      `${succeeded} of ${failed} missed requests replayed`,
      ...(clientRecovered > 0 ? [`${clientRecovered} recovered by their clients`] : []),
      ...(lost > 0 ? [`${lost} lost`] : []),
      ...(pending > 0 ? [`${pending} not sent`] : []),
    ];
    return `backfill: ${parts.join(', ')}; the counts ${balanced ? 'balance' : 'DO NOT BALANCE'}`;
  },
  'phase.halted': ({ problem }, render) =>
    `halted: ${problem === undefined ? 'an operator must decide' : reasonText(problem, render)}`,
  'phase.completed': ({ problem }, render) => ended('completed', problem, render),
  'phase.failed': ({ problem }, render) => ended('failed', problem, render),
  'phase.aborted': ({ problem }, render) => ended('aborted', problem, render),

  'resource.accelerating': ({ snapshotId, zone }) =>
    `waiting for fast snapshot restore of ${snapshotId} in ${zone}`,
  'resource.restoring': ({ strategy, recoveryPoint }) => `restoring by ${strategy} from ${recoveryPoint}`,
  'resource.warming': ({ ids }) => `available as ${ids.join(', ')}; hydrating`,
  'resource.verifying': () => 'verifying its configuration',
  'resource.ready': ({ seconds }) => `ready after ${formatDuration(seconds)}`,
  'resource.protecting': () => 'taking a fresh recovery point of the recovered resource',
  'resource.protected': ({ points, missing, problem }, render) => {
    const why = problem === undefined ? 'unknown' : reasonText(problem, render);
    if (points.length === 0) return `no fresh recovery point: ${why}`;
    return `protected by ${points.join(', ')}${missing === 0 ? '' : `; ${missing} without a recovery point: ${why}`}`;
  },
  'resource.fallback': ({ strategy, reason, next }, render) =>
    `gave up ${strategy} (${reasonText(reason, render)}); next: ${next}`,
  'resource.failed': ({ reason, notTried }, render) => {
    const others =
      notTried.length === 0
        ? ''
        : `; not tried, because they would send the same request: ${notTried.join(', ')}`;
    const why = reason === undefined ? 'no strategy is left' : reasonText(reason, render);
    return `failed: ${why}${others}`;
  },
  'resource.removed': ({ ids, leftovers }, render) =>
    [
      ...(ids.length === 0 ? [] : [`removed ${ids.join(', ')}`]),
      ...(leftovers.length === 0
        ? []
        : [`left behind: ${leftovers.map((each) => leftoverText(each, render)).join('; ')}`]),
    ].join('; '),
  'resource.kept': () => 'stopped; created resources are kept',
  'resource.evidence': ({ of, snapshotId }) => `the damaged ${of} is kept as ${snapshotId}`,

  'approval.approved': ({ gate, step, ...given }) => {
    const what =
      gate === undefined ? '' : ` (${approvedText({ gate, ...(step !== undefined && { step }) })})`;
    return givenText('approved', given, what);
  },
  'approval.rejected': ({ keeps = false, ...given }) =>
    `${givenText('rejected', given)}${keeps ? IN_USE : ''}`,
  'approval.halted': (halt) =>
    `halted: ${differenceText(halt)}; created resources are kept until an operator decides`,
  'approval.accepted': ({ by, ...halt }) => `accepted by ${by}: ${differenceText(halt)}`,
  'approval.waived': ({ what, why }) => `waived: ${what} (${why})`,
  'approval.frozen': ({ files }) => `frozen: ${files.map(frozenText).join('; ')}`,
  'approval.unfrozen': () => 'the freeze has ended',

  'signal.paused': ({ because: why, ...given }) =>
    `${givenText('paused', given)}${why === undefined ? '' : `: ${reasonText(why)}`}`,
  'signal.resumed': (given) => givenText('resumed', given),
  'signal.aborted': ({ keeps, ...given }) => {
    const kept = { requested: '; created resources are kept', 'in-use': IN_USE };
    return `${givenText('aborted', given)}${keeps === undefined ? '' : kept[keeps]}`;
  },
  'signal.cleanup': (given) => givenText('cleanup requested', given),

  'objective.rto': rtoText,
  'objective.rpo': rpoText,

  'run.precedence': ({ drill, seconds }) => `takes precedence over ${claimText(drill, seconds)}`,
  'run.kept': ({ ids }) => `kept untracked resources: ${ids.join(', ')}`,
  'run.paused': () => 'no request is sent until the run is resumed',
  'run.resumed': () => 'the run goes on',
  'run.restarted': ({ place }) => `simulated crash ${place}; going on from the journal`,
  'run.cleaned-up': ({ ids, leftovers }, options) => {
    const removed = ids.length === 0 ? [] : [`removed ${ids.join(', ')}`];
    const texts = leftovers.map((each) => leftoverText(each, options));
    const left = texts.length === 0 ? [] : [`left behind: ${texts.join('; ')}`];
    const told = [...removed, ...left];
    return `cleanup: ${told.length === 0 ? 'nothing was left' : told.join('; ')}`;
  },

  'fault.retry': ({ class: kind, request, awsCode, attempt }) => {
    // By the run's own count of credits there was one.
    const others = kind === 'quota' ? ' (other users of the account use the quota, too)' : '';
    return `${request}: ${awsCode}${others}, retrying (attempt ${attempt})`;
  },
  'fault.vanished': ({ id }) => `${id} no longer exists`,
  'fault.remade': ({ isLeft }) =>
    `${isLeft ? 'leaving' : 'discarding'} a copy that cannot be used, and making it again`,
  'fault.no-evidence': ({ of, problem }, render) =>
    `no snapshot of the damaged ${of} could be taken${problem === undefined ? '' : `: ${reasonText(problem, render)}`}`,
  'fault.unclaimed': ({ why = 'unknown' }) =>
    `the account could not be marked: two recoveries of this runbook are not kept apart (${why})`,
  'fault.signal': ({ signal, by, why }, render) =>
    `not counted: ${signal} by ${by}: ${reasonText(why, render)}`,
  'fault.clock-jump': ({ runId, number, seconds, isAway, isCounted }, render) => {
    const span = formatDuration(seconds);
    const what = isAway
      ? `by the machine's clock, no process has driven the run for ${span}`
      : `the machine's clock jumped forward by ${span} while the run was driven`;
    if (isCounted) return `${what}; an operator confirmed it, and the time counts`;
    const command = render(lifeboat('approve', runId, '--step', `clock/${number}`));
    return `${what}; the time is not counted, and the run's time goes on from before it; if that time has really passed: ${command}`;
  },
  'fault.clock-agrees': () => "the machine's clock agrees with the run's time again",
  'fault.silence': ({ seconds, ...failure }) =>
    `AWS has not answered for ${formatDuration(seconds)} (${failureText(failure)}); nothing is judged or discarded until it does`,
  'fault.contact': ({ seconds }) => `AWS answers again after ${formatDuration(seconds)}`,
  'fault.missing': ({ ids }) => `not found by the last sweep: ${ids.join(', ')}`,
  'fault.untracked': ({ ids }) => `removed untracked resources: ${ids.join(', ')}`,
};

/**
 * A timeline entry as text.
 * @param render turns the commands in it into text
 */
export function sentenceOf(
  entry: Pick<TimelineEntry, 'subject' | 'code' | 'data'>,
  render: RenderAdvice = adviceText,
): string {
  const event = eventOf(entry);
  if (event === undefined) return foreignSentence(entry);
  const sentence = (SENTENCES[event.code] as (data: unknown, render: RenderAdvice) => string)(
    event.data,
    render,
  );
  return TIMELINE[event.code].subject === 'resource' ? `${entry.subject}: ${sentence}` : sentence;
}

/** An entry of another version: with a sentence, or with a code that this version does not know. */
function foreignSentence({ code, data }: Pick<TimelineEntry, 'code' | 'data'>): string {
  return 'message' in data && typeof data.message === 'string'
    ? data.message
    : `${code} ${JSON.stringify(data)}`;
}

function ended(phase: string, problem: Reason | undefined, render: RenderAdvice): string {
  return `${phase}${problem === undefined ? '' : `: ${reasonText(problem, render)}`}`;
}

function givenText(verb: string, { by, identity, reason }: Given, what = ''): string {
  const doubt = identity === 'break-glass' ? ' (break-glass: the identity could not be checked)' : '';
  return `${verb} by ${by}${what}${doubt}${because(reason)}`;
}
