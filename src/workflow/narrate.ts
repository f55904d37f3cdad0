import { isResource, resourceOf } from './base/aggregate-id.ts';
import { type ResourceState, resourceState } from './resource/resource-state.ts';
import type { AnyMachineSnapshot } from 'xstate';
import { formatDuration, SECOND_MS, type Instant } from '../time.ts';
import { backfillSentence } from './recovery/backfill-result.ts';
import type { Stamped } from './base/decide.ts';
import type { TimelineEntry } from './base/decision.ts';
import type { Failure } from './base/effects.ts';
import type { Pending } from './base/pending.ts';
import { obstacles, obstacleText, phaseAfter } from './recovery/obstacles.ts';
import { approvedText, differenceText } from './recovery/questions.ts';
import type { Approval, RecoveryContext, RecoveryEvent } from './recovery/recovery-context.ts';
import { heldBy } from './recovery/recovery-answers.ts';
import { isPaused, phaseOf, type Phase } from './recovery/phase.ts';
import { strategyOf, type ResourceContext, type ResourceEvent } from './resource/resource-context.ts';
import { removedByRun } from './resource/resource-answers.ts';

/** Retries are told one by one only at first: a storm would bury everything else. */
const ATTEMPTS_TOLD = 3;

function stateSentence(state: ResourceState, context: ResourceContext): string | undefined {
  const { name, spec } =
    context.spec.strategies.length > 0 ? strategyOf(context) : { name: 'none', spec: undefined };
  switch (state) {
    case 'accelerating':
      return `waits for fast snapshot restore of ${context.fsr?.snapshotId} in ${context.fsr?.zone}`;
    case 'restoring':
      return `restoring by ${name} from ${spec === undefined ? '-' : recoverySource(context)}`;
    case 'warming':
      return `available as ${context.makes.map((make) => make.id).join(', ')}; hydrating`;
    case 'verifying':
      return 'verifying its configuration';
    case 'halted':
      return context.halt === undefined
        ? undefined
        : `halted: ${differenceText(context.halt)}; what was made is kept until a person decides`;
    case 'ready':
      return `ready after ${formatDuration(((context.readyAt ?? 0) - (context.startedAt ?? 0)) / SECOND_MS)}`;
    case 'protecting':
      return 'taking a fresh recovery point of what was recovered';
    case 'protected':
      return protectedSentence(context);
    case 'failed':
      return `failed: ${context.exhausted ?? 'no strategy is left'}${passedOver(context)}`;
    case 'removed':
      return removedSentence(context);
    case 'kept':
      return context.createdIds.length > 0 ? `stopped; what was made is kept` : undefined;
    case 'queued':
    case 'removing':
      return undefined;
  }
}

/** Strategies that would meet the same refusal. */
function passedOver({ refusal, spec, strategy }: ResourceContext): string {
  const others = spec.strategies.slice(strategy + 1).map(({ name }) => name);
  if (refusal === undefined || others.length === 0) return '';
  return `; not tried, because they would send the same: ${others.join(', ')}`;
}

/** What could not be removed is told as a leftover, not as removed. */
function removedSentence(context: ResourceContext): string | undefined {
  const { leftovers } = context;
  const gone = removedByRun(context);
  const left = leftovers.length === 0 ? '' : `left behind: ${leftovers.join('; ')}`;
  if (gone.length === 0) return left === '' ? undefined : left;
  return `removed ${gone.join(', ')}${left === '' ? '' : `; ${left}`}`;
}

function protectedSentence({ makes }: ResourceContext): string {
  const points = makes.flatMap(({ point }) => (point?.completedAt === undefined ? [] : [point.id]));
  const failed = makes.flatMap(({ point }) => point?.problem ?? []);
  const problem = failed.length === 0 ? '' : `; none of ${failed.length} of it: ${failed[0]}`;
  return points.length === 0
    ? `no fresh recovery point: ${failed[0] ?? 'unknown'}`
    : `protected by ${points.join(', ')}${problem}`;
}

function recoverySource(context: ResourceContext): string {
  return strategyOf(context).recoveryPoint.id;
}

/** Tells of the effect that is asked again, if there is one and it is not too often already. */
function retryLine(was: Pending | undefined, pending: Pending, failure: Failure): string | undefined {
  const known = new Set(Object.values(was ?? {}).map(({ id }) => id));
  const again = Object.values(pending).find(({ id, attempt }) => attempt > 1 && !known.has(id));
  if (again === undefined || again.attempt > ATTEMPTS_TOLD) return undefined;
  const what = isResource(again.aggregate) ? resourceOf(again.aggregate) : again.kind;
  // By our own count it would have fitted.
  const others = failure.class === 'quota' ? ': others use the quota, too' : '';
  return `${what}: ${failure.code}${others}, asking again (attempt ${again.attempt})`;
}

/** What an event changed on a resource, in lines for people. */
export function narrateResource(
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot,
  stamped: Stamped,
): readonly TimelineEntry[] {
  const context = after.context as ResourceContext;
  const was = before?.context as ResourceContext | undefined;
  const event = stamped as ResourceEvent;
  const lines: TimelineEntry[] = [];
  const say = (kind: string, message: string | undefined): void => {
    if (message !== undefined) lines.push({ at: event.at, kind, message });
  };
  const [stateWas, stateIs] = [
    before === undefined ? undefined : resourceState(before.value),
    resourceState(after.value),
  ];
  if (event.type === 'ANSWERED' && !event.answer.ok && was !== undefined)
    say('fault', retryLine(was.pending, context.pending, event.answer.failure));
  if (event.type === 'GONE' && was !== undefined && was.makes !== context.makes)
    say('fault', `${context.spec.id}: ${event.id} vanished`);
  const lost = context.misses > (was?.misses ?? 0) && stateIs !== 'removing';
  const isSetAside = context.outlived !== was?.outlived;
  if (lost && event.type === 'SIGHTED')
    say(
      'fault',
      `${context.spec.id}: ${isSetAside ? 'leaves' : 'throws away'} what was made and makes it again`,
    );
  if (was !== undefined && context.fallbacks.length > was.fallbacks.length && stateIs !== 'failed') {
    const last = context.fallbacks.at(-1);
    say(
      'resource',
      `${context.spec.id}: ${last?.strategy} given up (${last?.reason}); next: ${strategyOf(context).name}`,
    );
  }
  if (event.type === 'ACCEPT' && was?.halt !== undefined)
    say('approval', `${context.spec.id}: accepted by ${event.by}: ${differenceText(was.halt)}`);
  const isHaltedAnew = stateIs === 'halted' && context.halt?.number !== was?.halt?.number;
  if (stateIs !== stateWas || isHaltedAnew) {
    const sentence = stateSentence(stateIs, context);
    if (sentence !== undefined)
      say(stateIs === 'halted' ? 'approval' : 'resource', `${context.spec.id}: ${sentence}`);
  }
  return lines;
}

function signalLine(
  event: Extract<RecoveryEvent, { by: string }>,
  isKept: boolean,
  approval: Approval | undefined,
): string {
  const verb = {
    approve: 'approved',
    reject: 'rejected',
    pause: 'paused',
    resume: 'resumed',
    abort: 'aborted',
  }[event.type];
  const doubt = event.identity === 'break-glass' ? ' (break-glass: the identity could not be checked)' : '';
  const asked = event.type === 'abort' && event.made === 'keep';
  const why = asked ? '' : ', for it may be in use';
  const wish = isKept ? `; what was made is kept${why}` : '';
  // Several may be asked for: the evidence names the one that was given.
  const what = approval === undefined ? '' : ` (${approvedText(approval)})`;
  return `${verb} by ${event.by}${what}${doubt}${event.reason === undefined ? '' : `: ${event.reason}`}${wish}`;
}

function contactLine(
  { at, lost }: Extract<RecoveryEvent, { type: 'CONTACT' }>,
  since: Instant | undefined,
): string {
  if (lost === undefined)
    return `AWS answers again after ${formatDuration((at - (since ?? at)) / SECOND_MS)}`;
  const { code, message } = lost.failure;
  return `AWS has not answered for ${formatDuration((at - lost.since) / SECOND_MS)} (${code}: ${message}); nothing is judged or thrown away until it does`;
}

function clockLine(
  { jump }: Extract<RecoveryEvent, { type: 'CLOCK' }>,
  { runId, clock }: RecoveryContext,
): string {
  if (jump === undefined) return "the machine's clock agrees with the run's time again";
  const ms = formatDuration(jump.ms / SECOND_MS);
  const what = jump.isAway
    ? `by the machine's clock nothing has driven the run for ${ms}`
    : `the machine's clock jumped forward by ${ms} while the run was driven`;
  if (jump.isCounted) return `${what}; a person confirmed it, and the time counts`;
  const way = `if that time has really passed: lifeboat approve ${runId} --step clock/${clock?.jumps.length ?? 1}`;
  return `${what}; it is not counted, and the run's time goes on from before it; ${way}`;
}

/** A phase that stands before a gate says what it waits for. */
function gateLine(phase: Phase, context: RecoveryContext, at: Instant): string | undefined {
  const wanted = phaseAfter(phase);
  const waits = wanted === undefined ? [] : obstacles(context, wanted, at).map(obstacleText);
  return waits.length === 0 ? undefined : `${phase}: waits for ${waits.join('; ')}`;
}

function phaseLine(phase: Phase, context: RecoveryContext, at: Instant): string {
  const gate = gateLine(phase, context, at);
  if (gate !== undefined) return gate;
  switch (phase) {
    case 'approval':
      return 'approval: nothing to ask';
    case 'securing':
      return `securing: snapshots of ${context.forensics.length} damaged source(s) are taken first`;
    case 'halted':
      return `halted: ${context.problem ?? 'waiting for a person'}`;
    case 'completed':
    case 'failed':
    case 'aborted':
      return `${phase}${context.problem === undefined ? '' : `: ${context.problem}`}`;
    case 'warmup':
      return begunBySome(phase, context.fleet.restored, context.fleet.total, 'restored');
    case 'verify':
      return begunBySome(phase, context.fleet.warmed, context.fleet.total, 'warmed up');
    default:
      return phase;
  }
}

/** A phase that overlaps with the one before: its bare name would read as if that one were over for all resources. */
function begunBySome(phase: Phase, arrived: number, total: number, state: string): string {
  return arrived < total ? `${phase}: ${arrived} of ${total} resources ${state} so far` : phase;
}

const PASSED_OVER: ReadonlySet<Phase> = new Set(['cutover', 'backfill']);
const OVERLAPPING: ReadonlySet<Phase> = new Set(['warmup', 'verify']);
/** Phases whose beginning is kept. */
const BEGINNING: readonly Phase[] = [
  'preflight',
  'approval',
  'restore',
  'warmup',
  'verify',
  'cutover',
  'backfill',
  'cleanup',
];

/** The mark in the account, evidence, waived gates: what the recovery did for its own safety. */
function* safetyLines(
  context: RecoveryContext,
  was: RecoveryContext | undefined,
  at: Instant,
): Generator<TimelineEntry> {
  if (was === undefined) {
    for (const { gate, why } of context.waivers)
      yield { at, kind: 'approval', message: `waived: ${gate.why} (${why})` };
  }
  if (was !== undefined && context.claimed !== undefined && was.claimed === undefined) {
    const { preempted, place, why } = context.claimed;
    if (preempted !== undefined)
      yield { at, kind: 'run', message: `takes precedence: ${heldBy(preempted, at)}` };
    if (place === 'nowhere')
      yield {
        at,
        kind: 'fault',
        message: `the account could not be marked: two recoveries of this runbook are not kept apart (${why ?? 'unknown'})`,
      };
  }
  for (const { resource, of, snapshotId, problem } of context.evidence.slice(was?.evidence.length ?? 0)) {
    yield snapshotId === undefined
      ? {
          at,
          kind: 'fault',
          message: `${resource}: no snapshot of the damaged ${of} could be taken: ${problem}`,
        }
      : { at, kind: 'resource', message: `${resource}: the damaged ${of} is kept as ${snapshotId}` };
  }
  if (context.keptIds.length > (was?.keptIds.length ?? 0))
    yield { at, kind: 'run', message: `kept, although no row knows of it: ${context.keptIds.join(', ')}` };
}

/** What freezes the run, or lets it go on. */
function freezeLine({ frozen }: RecoveryContext, was: RecoveryContext | undefined): string | undefined {
  if (was === undefined || frozen === was.frozen) return undefined;
  return frozen.length === 0
    ? 'the freeze is over'
    : `frozen: ${frozen.map(({ file, why }) => `${file} ${why}`).join('; ')}`;
}

/** In the order in which they begin. One that began with its first resource is not told again when the last one comes to it. */
function begunPhases(before: AnyMachineSnapshot | undefined, after: AnyMachineSnapshot): readonly Phase[] {
  const known = (before?.context as RecoveryContext | undefined)?.enteredAt ?? {};
  const phase = phaseOf(after.value);
  const { enteredAt } = after.context as RecoveryContext;
  const begun = BEGINNING.filter(
    (name) => name in enteredAt && !(name in known) && (name === phase || !PASSED_OVER.has(name)),
  );
  const isEntered = before === undefined || phaseOf(before.value) !== phase;
  const isKnown = begun.includes(phase) || (OVERLAPPING.has(phase) && phase in known);
  return isEntered && !isKnown ? [...begun, phase] : begun;
}

/** What an event changed on the recovery as a whole, in lines for people. */
export function narrateRecovery(
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot,
  stamped: Stamped,
): readonly TimelineEntry[] {
  const context = after.context as RecoveryContext;
  const was = before?.context as RecoveryContext | undefined;
  const event = stamped as RecoveryEvent;
  const lines: TimelineEntry[] = [];
  if ('by' in event)
    lines.push({
      at: event.at,
      kind: event.type === 'approve' || event.type === 'reject' ? 'approval' : 'signal',
      message: signalLine(
        event,
        context.keepsMade && was?.keepsMade === false,
        context.approvals[was?.approvals.length ?? 0],
      ),
    });
  if (event.type === 'UNHEARD')
    lines.push({
      at: event.at,
      kind: 'fault',
      message: `not counted: ${event.kind} by ${event.giver}: ${event.why}`,
    });
  lines.push(...safetyLines(context, was, event.at));
  const freeze = freezeLine(context, was);
  if (freeze !== undefined) lines.push({ at: event.at, kind: 'approval', message: freeze });
  if (event.type === 'OBJECTIVE') lines.push({ at: event.at, kind: 'objective', message: event.message });
  if (event.type === 'BACKFILLED')
    lines.push({ at: event.at, kind: 'phase', message: backfillSentence(event.result) });
  if (event.type === 'CLOCK') lines.push({ at: event.at, kind: 'fault', message: clockLine(event, context) });
  if (event.type === 'CONTACT')
    lines.push({ at: event.at, kind: 'fault', message: contactLine(event, was?.outOfContact?.since) });
  const retry =
    event.type === 'ANSWERED' && !event.answer.ok
      ? retryLine(was?.pending, context.pending, event.answer.failure)
      : undefined;
  if (retry !== undefined) lines.push({ at: event.at, kind: 'fault', message: retry });
  if (event.type === 'ANSWERED' && context.missing.length > 0 && was?.missing.length === 0) {
    lines.push({
      at: event.at,
      kind: 'fault',
      message: `not found by the last sweep: ${context.missing.join(', ')}`,
    });
  }
  for (const phase of begunPhases(before, after))
    lines.push({ at: event.at, kind: 'phase', message: phaseLine(phase, context, event.at) });
  if (was !== undefined && context.removedIds.length > was.removedIds.length) {
    lines.push({
      at: event.at,
      kind: 'fault',
      message: `swept away what no row knew of: ${context.removedIds.slice(was.removedIds.length).join(', ')}`,
    });
  }
  if (before !== undefined && isPaused(before.value) !== isPaused(after.value)) {
    lines.push({
      at: event.at,
      kind: 'run',
      message: isPaused(after.value) ? 'nothing more is sent until it is resumed' : 'going on',
    });
  }
  return lines;
}
