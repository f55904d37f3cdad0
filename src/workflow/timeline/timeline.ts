import { count, field, flag, optional, text, texts, type Coded, type Declared } from '../../coded.ts';
import type { LiveForecast, ObjectiveState } from '../../objectives/live.ts';
import type { Instant } from '../../time.ts';
import type { TimelineEntry } from '../base/decision.ts';
import type { Claim, FailureClass, Finding } from '../base/effects.ts';
import type { Obstacle } from '../recovery/obstacles.ts';
import type { Phase } from '../recovery/phase.ts';
import type { Leftover, Reason } from '../base/reasons.ts';
import type { Frozen, GatedPhase, Identity } from '../recovery/recovery-context.ts';

/** The subject of an entry: the run as a whole, a resource, or either. */
type Subject = 'run' | 'resource' | 'either';

interface DeclaredEvent extends Declared {
  readonly subject: Subject;
}

const phase = field<Phase>('phase', 'The phase.');
const problem = optional(field<Reason>('reason', 'What went wrong.'));
const by = text('Who gave the signal.');
const signal = {
  by,
  identity: optional(
    field<Identity>('verified, local or break-glass', 'How it is known who gave the signal.'),
  ),
  reason: optional(text('The reason that was given with the signal.')),
};
const differences = field<readonly Finding[]>(
  'list of findings',
  'How the resource differs from what was requested.',
);
const awsFailure = {
  awsCode: text("AWS's error code."),
  awsMessage: text("AWS's error message."),
};
const objective = {
  state: field<ObjectiveState>('on-track, at-risk or breached', 'The new state.'),
  objectiveSeconds: count('The objective.'),
  elapsedSeconds: count('Since the incident. Of the RPO: age of the oldest recovery point in use.'),
  forecastSeconds: field<number | null>('number or null', 'Where it will end. Null: no end is in sight.'),
  cause: optional(
    field<NonNullable<LiveForecast['cause']>>(
      'resource and step',
      'The resource that decides when the recovery ends, and where it stands.',
    ),
  ),
  oldest: optional(text('Of the RPO: the resource whose recovery point is the oldest.')),
};

function run<const D extends Declared['data']>(about: string, data: D) {
  return { subject: 'run', about, data } as const;
}

function resource<const D extends Declared['data']>(about: string, data: D) {
  return { subject: 'resource', about, data } as const;
}

/** Every code of the timeline, `<kind>.<event>`, with the data of its entries. Sentences about them are in `src/sentences`. */
export const TIMELINE = {
  'phase.begun': run('A phase has begun.', {
    phase,
    arrived: optional(
      count('Resources that have come so far. Absent where the phase begins for all of them.'),
    ),
    total: optional(count('Resources of the run. Present with `arrived`.')),
  }),
  'phase.waiting': run('A phase waits for its gates.', {
    phase,
    waits: field<readonly Obstacle[]>('list of waits', 'What it waits for.'),
  }),
  'phase.securing': run('Snapshots of the damaged sources are taken before the restore.', {
    sources: count('Damaged sources.'),
  }),
  'phase.backfilled': run('The backfill has ended.', {
    failed: count('Missed requests.'),
    succeeded: count('Of these, replayed.'),
    clientRecovered: count('Of these, sent again by their clients.'),
    lost: count('Of these, lost.'),
    pending: count('Of these, not sent.'),
    balanced: flag('Whether every record of every source is in exactly one count.'),
  }),
  'phase.halted': run('The recovery cannot go on until an operator acts.', { problem }),
  'phase.completed': run('The run has ended.', { problem }),
  'phase.failed': run('The run has failed.', { problem }),
  'phase.aborted': run('The run was aborted, and has ended.', { problem }),

  'resource.accelerating': resource('It waits for fast snapshot restore.', {
    snapshotId: text('The snapshot.'),
    zone: text('The Availability Zone.'),
  }),
  'resource.restoring': resource('Its restore has begun.', {
    strategy: text('The strategy in use.'),
    recoveryPoint: text('Snapshot, DB snapshot or point in time.'),
  }),
  'resource.warming': resource('It is available, and its data is being loaded.', {
    ids: texts('Volumes or DB instances that were created.'),
  }),
  'resource.verifying': resource('Its configuration is being verified.', {}),
  'resource.ready': resource('It is ready.', { seconds: count('From its start to ready.') }),
  'resource.protecting': resource('A fresh recovery point is being taken of what was recovered.', {}),
  'resource.protected': resource('A fresh recovery point is complete, or cannot be taken.', {
    points: texts('Recovery points that are complete.'),
    missing: count('Copies without a recovery point.'),
    problem: optional(field<Reason>('reason', 'Why the first of these has none.')),
  }),
  'resource.fallback': resource('A strategy was given up.', {
    strategy: text('The strategy that was given up.'),
    reason: field<Reason>('reason', 'Why.'),
    next: text('The strategy that is tried next.'),
  }),
  'resource.failed': resource('It could not be recovered.', {
    reason: optional(field<Reason>('reason', 'Why.')),
    notTried: texts('Strategies that would have met the same refusal.'),
  }),
  'resource.removed': resource('What was made for it was removed.', {
    ids: texts('What was removed.'),
    leftovers: field<readonly Leftover[]>('list of leftovers', 'What could not be removed.'),
  }),
  'resource.kept': resource('It was stopped, and what was made for it is kept.', {}),
  'resource.evidence': resource('A snapshot of its damaged source was taken.', {
    of: text('The damaged source.'),
    snapshotId: text('The snapshot.'),
  }),

  'approval.approved': run('A gate or step was approved.', {
    ...signal,
    gate: optional(
      field<GatedPhase>('phase', 'The phase before which it counts. Absent: it answered nothing.'),
    ),
    step: optional(text('The manual step, difference or clock jump that it answers.')),
  }),
  'approval.rejected': run('The run was rejected, and ends.', {
    ...signal,
    keeps: optional(flag('What was made is kept, because it may be in use.')),
  }),
  'approval.halted': resource('It is kept and waits for a decision.', { differences }),
  'approval.accepted': resource('An operator has accepted how it differs.', { by, differences }),
  'approval.waived': run('A gate does not hold for this run.', {
    gate: text('The gate.'),
    what: text('What it waits for.'),
    why: text('Why it does not hold.'),
  }),
  'approval.frozen': run('Freeze files stop the run at its next gate.', {
    files: field<readonly Frozen[]>('list of files', 'The files, and what is known of each.'),
  }),
  'approval.unfrozen': run('The last freeze file is gone.', {}),

  'signal.paused': run('The run was paused.', {
    ...signal,
    because: optional(field<Reason>('reason', 'Why the driver itself paused it.')),
  }),
  'signal.resumed': run('The run was resumed.', signal),
  'signal.aborted': run('The run was aborted.', {
    ...signal,
    keeps: optional(
      field<'requested' | 'in-use'>(
        'requested or in-use',
        'What was made is kept: the signal says so, or it may be in use. Absent: it is removed.',
      ),
    ),
  }),
  'signal.cleanup': run('A cleanup of the ended run was requested.', signal),

  'objective.rto': run('The state of the RTO has changed.', objective),
  'objective.rpo': run('The state of the RPO has changed.', objective),

  'run.precedence': run('The restore takes the runbook from a drill.', {
    drill: field<Claim>('claim', 'The claim of the drill.'),
    seconds: count('Since the drill was started.'),
  }),
  'run.kept': run('Untracked resources carry the tag of the run, and are kept.', {
    ids: texts('Their ids.'),
  }),
  'run.paused': run('No request is sent until the run is resumed.', {}),
  'run.resumed': run('Requests are sent again.', {}),
  'run.restarted': run('A simulated crash ended the process; another one goes on from the journal.', {
    place: text('Where the process died.'),
  }),
  'run.cleaned-up': run('A cleanup after the end of the run has ended.', {
    ids: texts('What was removed.'),
    leftovers: field<readonly Leftover[]>('list of leftovers', 'What could not be removed.'),
  }),

  'fault.retry': {
    subject: 'either',
    about: 'A request has failed and is sent again. Only the first attempts are told.',
    data: {
      request: text('The request.'),
      class: field<FailureClass>('failure class', 'What the failure means for the next step.'),
      ...awsFailure,
      attempt: count('The attempt that follows.'),
    },
  },
  'fault.vanished': resource('Something that was made for it no longer exists.', {
    id: text('What is gone.'),
  }),
  'fault.remade': resource('A copy cannot be used, and is made again.', {
    isLeft: flag('What it replaces is not deleted, because it may be in use.'),
  }),
  'fault.no-evidence': resource('No snapshot of its damaged source could be taken.', {
    of: text('The damaged source.'),
    problem: optional(field<Reason>('reason', 'Why.')),
  }),
  'fault.unclaimed': run('The account could not be marked: two recoveries are not kept apart.', {
    why: optional(text("AWS's errors.")),
  }),
  'fault.signal': run('A signal does not count.', {
    signal: text('Its kind.'),
    by,
    why: field<Reason>('reason', 'Why it does not count.'),
  }),
  'fault.clock-jump': run("The machine's clock jumped forward.", {
    runId: text('The run.'),
    number: count('Of the jump, from 1.'),
    seconds: count('How far.'),
    isAway: flag('No process drove the run meanwhile.'),
    isCounted: flag("The run's time includes it."),
  }),
  'fault.clock-agrees': run("The machine's clock agrees with the run's time again.", {}),
  'fault.silence': run('AWS does not answer.', { seconds: count('For how long.'), ...awsFailure }),
  'fault.contact': run('AWS answers again.', { seconds: count('After how long.') }),
  'fault.missing': run('The last sweep did not find what should be there.', {
    ids: texts('What is missing.'),
  }),
  'fault.untracked': run('A sweep has removed untracked resources.', { ids: texts('What was removed.') }),
} as const satisfies Readonly<Record<string, DeclaredEvent>>;

export type TimelineCode = keyof typeof TIMELINE;

/** What an entry says: its code, with the data that belongs to it. */
export type TimelineEvent = Coded<typeof TIMELINE>;

/** The event of one code. */
export type EventOf<C extends TimelineCode> = Extract<TimelineEvent, { readonly code: C }>;

/** The subject of an entry about the run as a whole. */
export const RUN_SUBJECT = 'run';

/** Says one thing at one instant. */
export function entryAt(at: Instant, subject: string, event: TimelineEvent): TimelineEntry {
  return { at, subject, ...event };
}

/** An entry with a code of this version, typed by it; `undefined` for one that another version wrote. */
export function eventOf(entry: Pick<TimelineEntry, 'code' | 'data'>): TimelineEvent | undefined {
  return Object.hasOwn(TIMELINE, entry.code) ? (entry as TimelineEvent) : undefined;
}

/** `phase` of `phase.begun`. */
export function kindOf(code: string): string {
  return code.slice(0, code.indexOf('.'));
}

/** The code of entries of old journals, which hold a sentence instead of data: `phase.legacy`. */
const LEGACY = 'legacy';

/** An entry of a journal that kept sentences. */
export function legacyEntry(at: Instant, kind: string, message: string): TimelineEntry {
  return { at, subject: RUN_SUBJECT, code: `${kind}.${LEGACY}`, data: { message } };
}
