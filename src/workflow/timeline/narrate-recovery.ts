import type { AnyMachineSnapshot } from 'xstate';
import { SECOND_MS, type Instant } from '../../time.ts';
import { lostTotal, type BackfillResult } from '../recovery/backfill-result.ts';
import type { Stamped } from '../base/decide.ts';
import type { TimelineEntry } from '../base/decision.ts';
import { retryEvent } from './narrate-retry.ts';
import { obstacles, phaseAfter } from '../recovery/obstacles.ts';
import { isPaused, PHASE_NAMES, phaseOf, type Phase } from '../recovery/phase.ts';
import type { RecoveryContext, RecoveryEvent } from '../recovery/recovery-context.ts';
import { entryAt, RUN_SUBJECT, type TimelineEvent } from './timeline.ts';

/** Phases that are not reported if the run passes through them at once. */
const PASSED_OVER: ReadonlySet<Phase> = new Set(['cutover', 'backfill']);
/** Phases that begin with the first resource that comes so far. */
const OVERLAPPING: ReadonlySet<Phase> = new Set(['warmup', 'verify']);

/** What an event changed on the recovery as a whole. */
export function narrateRecovery(
  before: AnyMachineSnapshot | undefined,
  after: AnyMachineSnapshot,
  stamped: Stamped,
): readonly TimelineEntry[] {
  const context = after.context as RecoveryContext;
  const was = before?.context as RecoveryContext | undefined;
  const event = stamped as RecoveryEvent;
  const { at } = event;
  const told = (events: Iterable<TimelineEvent>): TimelineEntry[] =>
    [...events].map((each) => entryAt(at, RUN_SUBJECT, each));
  return [
    ...told(was === undefined ? [] : heard(was, context, event)),
    ...told(was === undefined ? waived(context) : claimed(was, context, at)),
    ...evidence(was, context, at),
    ...told(was === undefined ? [] : changes(was, context, event)),
    ...told(begunPhases(before, after).map((phase) => phaseEvent(phase, context, at))),
    ...told(before === undefined ? [] : lastly(before, after)),
  ];
}

/** The signal that an operator gave. */
function* heard(
  was: RecoveryContext,
  context: RecoveryContext,
  event: RecoveryEvent,
): Generator<TimelineEvent> {
  if (event.type === 'UNHEARD') {
    const { kind: signal, giver: by, why } = event;
    yield { code: 'fault.signal', data: { signal, by, why } };
  }
  if (!('by' in event)) return;
  const { by, reason, identity } = event;
  const given = { by, ...(identity !== undefined && { identity }), ...(reason !== undefined && { reason }) };
  const keepsNow = context.keepsMade && !was.keepsMade;
  switch (event.type) {
    case 'approve': {
      // Several approvals may be asked for: the evidence names the one that was given.
      const approval = context.approvals[was.approvals.length];
      const { gate, step } = approval ?? {};
      const answered = { ...(gate !== undefined && { gate }), ...(step !== undefined && { step }) };
      yield { code: 'approval.approved', data: { ...given, ...answered } };
      return;
    }
    case 'reject':
      yield { code: 'approval.rejected', data: { ...given, ...(keepsNow && { keeps: true }) } };
      return;
    case 'abort': {
      const keeps = event.made === 'keep' ? 'requested' : 'in-use';
      yield { code: 'signal.aborted', data: { ...given, ...(keepsNow && { keeps }) } };
      return;
    }
    case 'cleanup':
      yield { code: 'signal.cleanup', data: given };
      return;
    case 'pause':
      yield {
        code: 'signal.paused',
        data: { ...given, ...(event.because !== undefined && { because: event.because }) },
      };
      return;
    case 'resume':
      yield { code: 'signal.resumed', data: given };
  }
}

function waived({ waivers }: RecoveryContext): readonly TimelineEvent[] {
  return waivers.map(({ gate: { id: gate, why: what }, why }) => ({
    code: 'approval.waived',
    data: { gate, what, why },
  }));
}

/** How the account was marked. */
function* claimed(was: RecoveryContext, context: RecoveryContext, at: Instant): Generator<TimelineEvent> {
  if (context.claimed === undefined || was.claimed !== undefined) return;
  const { preempted: drill, place, why } = context.claimed;
  if (drill !== undefined)
    yield { code: 'run.precedence', data: { drill, seconds: Math.max(0, at - drill.at) / SECOND_MS } };
  if (place === 'nowhere') yield { code: 'fault.unclaimed', data: { ...(why !== undefined && { why }) } };
}

/** Snapshots of damaged sources, those that were not possible included. */
function evidence(
  was: RecoveryContext | undefined,
  context: RecoveryContext,
  at: Instant,
): readonly TimelineEntry[] {
  const added = context.evidence.slice(was?.evidence.length ?? 0);
  return added.map(({ resource, of, snapshotId, problem }) =>
    entryAt(
      at,
      resource,
      snapshotId === undefined
        ? { code: 'fault.no-evidence', data: { of, ...(problem !== undefined && { problem }) } }
        : { code: 'resource.evidence', data: { of, snapshotId } },
    ),
  );
}

function* changes(
  was: RecoveryContext,
  context: RecoveryContext,
  event: RecoveryEvent,
): Generator<TimelineEvent> {
  const { frozen: files, keptIds: ids } = context;
  if (ids.length > was.keptIds.length) yield { code: 'run.kept', data: { ids } };
  if (files !== was.frozen)
    yield files.length === 0
      ? { code: 'approval.unfrozen', data: {} }
      : { code: 'approval.frozen', data: { files } };
  const { cleanup } = context;
  if (cleanup?.endedAt !== undefined && was.cleanup?.endedAt === undefined)
    yield { code: 'run.cleaned-up', data: { ids: cleanup.removedIds, leftovers: cleanup.leftovers } };
  switch (event.type) {
    case 'OBJECTIVE':
      yield { code: `objective.${event.objective}`, data: event.change };
      return;
    case 'BACKFILLED':
      yield backfilled(event.result);
      return;
    case 'CLOCK':
      yield clock(event, context);
      return;
    case 'CONTACT':
      yield contact(event, was.outOfContact?.since);
      return;
    case 'ANSWERED':
      if (!event.answer.ok) yield* retryEvent(was.pending, context.pending, event.answer.failure);
      if (context.missing.length > 0 && was.missing.length === 0)
        yield { code: 'fault.missing', data: { ids: context.missing } };
  }
}

function backfilled(result: BackfillResult): TimelineEvent {
  const { failed, clientRecovered, pending, balanced, replayed } = result;
  const { succeeded } = replayed;
  const data = { failed, succeeded, clientRecovered, lost: lostTotal(result), pending, balanced };
  return { code: 'phase.backfilled', data };
}

function clock(
  { jump }: Extract<RecoveryEvent, { type: 'CLOCK' }>,
  { runId, clock: known }: RecoveryContext,
): TimelineEvent {
  if (jump === undefined) return { code: 'fault.clock-agrees', data: {} };
  const { ms, isAway, isCounted } = jump;
  const number = known?.jumps.length ?? 1;
  return { code: 'fault.clock-jump', data: { runId, number, seconds: ms / SECOND_MS, isAway, isCounted } };
}

function contact(
  { at, lost }: Extract<RecoveryEvent, { type: 'CONTACT' }>,
  since: Instant = at,
): TimelineEvent {
  if (lost === undefined) return { code: 'fault.contact', data: { seconds: (at - since) / SECOND_MS } };
  const { code: awsCode, message: awsMessage } = lost.failure;
  const seconds = (at - lost.since) / SECOND_MS;
  return { code: 'fault.silence', data: { seconds, awsCode, awsMessage } };
}

/** A phase that stands before a gate says what it waits for. */
function phaseEvent(phase: Phase, context: RecoveryContext, at: Instant): TimelineEvent {
  const wanted = phaseAfter(phase);
  const waits = wanted === undefined ? [] : obstacles(context, wanted, at);
  if (waits.length > 0) return { code: 'phase.waiting', data: { phase, waits } };
  const { fleet, forensics, problem } = context;
  switch (phase) {
    case 'securing':
      return { code: 'phase.securing', data: { sources: forensics.length } };
    case 'halted':
    case 'completed':
    case 'failed':
    case 'aborted':
      return { code: `phase.${phase}`, data: { ...(problem !== undefined && { problem }) } };
    case 'warmup':
      return begunBySome(phase, fleet.restored, fleet.total);
    case 'verify':
      return begunBySome(phase, fleet.warmed, fleet.total);
    default:
      return { code: 'phase.begun', data: { phase } };
  }
}

/** A phase that overlaps with the one before begins while others of its resources are still in that one. */
function begunBySome(phase: Phase, arrived: number, total: number): TimelineEvent {
  return { code: 'phase.begun', data: { phase, ...(arrived < total && { arrived, total }) } };
}

/** In the order in which they begin. A phase that began with its first resource is not told again when the last one comes to it. */
function begunPhases(before: AnyMachineSnapshot | undefined, after: AnyMachineSnapshot): readonly Phase[] {
  const known = (before?.context as RecoveryContext | undefined)?.enteredAt ?? {};
  const phase = phaseOf(after.value);
  const { enteredAt } = after.context as RecoveryContext;
  const begun: readonly Phase[] = PHASE_NAMES.filter(
    (name) => name in enteredAt && !(name in known) && (name === phase || !PASSED_OVER.has(name)),
  );
  const isEntered = before === undefined || phaseOf(before.value) !== phase;
  const isKnown = begun.includes(phase) || (OVERLAPPING.has(phase) && phase in known);
  return isEntered && !isKnown ? [...begun, phase] : begun;
}

function* lastly(before: AnyMachineSnapshot, after: AnyMachineSnapshot): Generator<TimelineEvent> {
  const removed = (before.context as RecoveryContext).removedIds.length;
  const ids = (after.context as RecoveryContext).removedIds.slice(removed);
  if (ids.length > 0) yield { code: 'fault.untracked', data: { ids } };
  if (isPaused(before.value) !== isPaused(after.value))
    yield { code: isPaused(after.value) ? 'run.paused' : 'run.resumed', data: {} };
}
