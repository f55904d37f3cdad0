import type { AnyMachineSnapshot } from 'xstate';
import { formatDuration, SECOND_MS, type Instant } from '../time.ts';
import type { Stamped } from './decide.ts';
import type { TimelineEntry } from './decision.ts';
import type { Failure } from './effects.ts';
import type { Pending } from './pending.ts';
import { missingApprovals, type RecoveryContext, type RecoveryEvent } from './recovery-context.ts';
import { isPaused, phaseOf } from './recovery-machine.ts';
import { strategyOf, type ResourceContext, type ResourceEvent } from './resource-context.ts';
import { isResource, resourceOf } from './resource-effects.ts';
import { resourceState, type ResourceState } from './resource-machine.ts';

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
    case 'ready':
      return `ready after ${formatDuration(((context.readyAt ?? 0) - (context.startedAt ?? 0)) / SECOND_MS)}`;
    case 'failed':
      return `failed: ${context.exhausted ?? 'no strategy is left'}`;
    case 'removed':
      return context.createdIds.length > 0 ? `removed ${context.createdIds.join(', ')}` : undefined;
    case 'queued':
    case 'removing':
      return undefined;
  }
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
  return `${what}: ${failure.code}, asking again (attempt ${again.attempt})`;
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
  if (lost && event.type === 'SIGHTED')
    say('fault', `${context.spec.id}: throws away what was made and makes it again`);
  if (was !== undefined && context.fallbacks.length > was.fallbacks.length && stateIs !== 'failed') {
    const last = context.fallbacks.at(-1);
    say(
      'resource',
      `${context.spec.id}: ${last?.strategy} given up (${last?.reason}); next: ${strategyOf(context).name}`,
    );
  }
  if (stateIs !== stateWas) {
    const sentence = stateSentence(stateIs, context);
    if (sentence !== undefined) say('resource', `${context.spec.id}: ${sentence}`);
  }
  return lines;
}

function signalLine(event: Extract<RecoveryEvent, { by: string }>): string {
  const verb = {
    approve: 'approved',
    reject: 'rejected',
    pause: 'paused',
    resume: 'resumed',
    abort: 'aborted',
  }[event.type];
  return `${verb} by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`;
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

function phaseLine(phase: string, context: RecoveryContext): string {
  switch (phase) {
    case 'approval':
      return missingApprovals(context, 'restore') > 0
        ? `approval: ${missingApprovals(context, 'restore')} approval(s) wanted before restore`
        : 'approval: nothing to ask';
    case 'halted':
      return `halted: ${context.problem ?? 'waiting for a person'}`;
    case 'completed':
    case 'failed':
    case 'aborted':
      return `${phase}${context.problem === undefined ? '' : `: ${context.problem}`}`;
    default:
      return phase;
  }
}

const PASSED_OVER = new Set(['cutover', 'backfill']);

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
      message: signalLine(event),
    });
  if (event.type === 'OBJECTIVE') lines.push({ at: event.at, kind: 'objective', message: event.message });
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
  const entered = Object.entries(context.enteredAt).filter(
    ([phase]) => was === undefined || !(phase in was.enteredAt),
  );
  const phase = phaseOf(after.value);
  for (const [name] of entered) {
    if (!PASSED_OVER.has(name) && name !== phase)
      lines.push({ at: event.at, kind: 'phase', message: phaseLine(name, context) });
  }
  if (before === undefined || phaseOf(before.value) !== phase)
    lines.push({ at: event.at, kind: 'phase', message: phaseLine(phase, context) });
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
