import { count, field, optional, text, type Coded, type Declared } from '../../coded.ts';
import { LOSSES } from '../../kinds/losses.ts';
import type { RunMode } from '../../plan/types.ts';
import type { Claim, Failure, Finding } from './effects.ts';

interface Halted {
  readonly resource: string;
  readonly differences: readonly Finding[];
}

const awsFailure = {
  awsCode: text("AWS's error code."),
  awsMessage: text("AWS's error message."),
};
const holder = {
  holder: field<Claim>('claim', 'The claim of the other run.'),
  seconds: count('Since the other run was started.'),
};
const given = { by: text('Who gave the signal.'), reason: optional(text('Why.')) };

function why<const D extends Declared['data']>(about: string, data: D) {
  return { about, data } as const;
}

/** Why a run, a resource, a strategy or a signal was stopped, given up or refused. `src/sentences` renders reasons as text. */
export const REASONS = {
  'request-failed': why('A request of the run itself failed for good.', {
    request: text('The request.'),
    ...awsFailure,
  }),
  claimed: why('Another run recovers the runbook.', holder),
  preempted: why('A restore took the runbook from this drill.', holder),
  'backup-unusable': why('A backup that the plan relies on cannot be used.', {
    finding: field<Finding>('finding', 'What is wrong with it.'),
  }),
  'not-recovered': why('Resources failed or wait for a decision.', {
    mode: field<RunMode>('drill or restore', 'The mode of the run.'),
    failed: count('Resources that failed.'),
    total: count('Resources of the run.'),
    halts: field<readonly Halted[]>('list of halted resources', 'Those that wait for a decision.'),
  }),
  rejected: why('An approver rejected the run.', given),
  aborted: why('An operator aborted the run.', given),
  silence: why('AWS has not answered for too long.', { seconds: count('For how long.'), ...awsFailure }),
  'backfill-stuck': why('The backfill cannot go on without an operator.', {
    message: text('What stops it.'),
  }),
  'row-altered': why('The row of the signal in the journal was altered, or not written by Lifeboat.', {}),
  'no-proof': why('The signal carries no proof of who gave it.', {}),
  'proof-unreadable': why('The proof of who gave the signal is not readable.', {}),
  'proof-expired': why('The proof of who gave the signal has expired.', {
    at: count('When, in milliseconds since the Unix epoch.'),
  }),
  'proof-refused': why('The identity service refuses the proof of who gave the signal.', awsFailure),
  'proof-not-verified': why('Who gave the signal could not be verified.', awsFailure),
  'other-account': why('The signal was signed in another account.', {
    account: text('That account.'),
    wanted: text('The account of the run.'),
  }),
  aws: why('AWS refused the request.', awsFailure),
  'dependency-failed': why('A resource it depends on has failed.', { resource: text('That resource.') }),
  'quota-used-up': why('Its quota is used up, and no operation in progress releases any of it.', {}),
  ...LOSSES,
  'not-in-drill': why('A drill does not carry out this step.', { step: text('The step.') }),
  'point-too-late': why('A recovery point was not complete after a day.', {}),
  'cleaned-up': why('A cleanup removes it.', {}),
  'given-up': why('The strategy was given up.', {}),
  /** A reason from an old journal, stored as a sentence instead of data. */
  stated: why('A reason that an older version wrote as a sentence.', { message: text('The sentence.') }),
} as const satisfies Readonly<Record<string, Declared>>;

export type Reason = Coded<typeof REASONS>;

const target = { snapshotId: text('The snapshot.'), zone: text('The Availability Zone.') };
const reason = field<Reason>('reason', 'Why.');

/** What a run could not remove or finish: an operator has to. */
export const LEFTOVERS = {
  'not-removed': why('It could not be removed.', { id: text('Volume, DB instance or snapshot.'), reason }),
  replaced: why('It was replaced, and is not removed because it may be in use.', {
    id: text('Volume or DB instance.'),
    reason,
  }),
  'existing-kept': why('It existed before the run, which has changed it: it is kept.', {
    id: text('Volume or DB instance.'),
  }),
  untracked: why('Sweeps keep finding it.', { id: text('What carries the tag of the run.') }),
  'not-swept': why('Untracked resources could not be looked for.', { reason }),
  'fsr-on': why('Fast snapshot restore could not be switched off.', { ...target, reason }),
  'fsr-of-unknown-origin': why('Fast snapshot restore was on when the run was adopted.', target),
  'settings-not-given': why('Settings could not be restored.', {
    id: text('The DB instance.'),
    reason,
  }),
  'step-not-done': why('A step that is not essential was refused.', {
    id: text('The resource.'),
    step: text('The step.'),
    reason,
  }),
  'setting-by-hand': why('A setting is to be restored by hand.', {
    finding: field<Finding>('finding', 'The setting.'),
  }),
  'no-recovery-point': why('It has no fresh recovery point.', {
    id: text('Volume or DB instance.'),
    reason,
  }),
  claim: why('The claim could not be released: it keeps other runs from recovering the runbook.', {
    runbook: text('The runbook.'),
    reason,
  }),
  stated: why('A leftover that an older version wrote as a sentence.', { message: text('The sentence.') }),
} as const satisfies Readonly<Record<string, Declared>>;

export type Leftover = Coded<typeof LEFTOVERS>;

export function awsReason(failure: Failure): Reason {
  return { code: 'aws', data: awsFailureOf(failure) };
}

/** The failure of a request that the run as a whole made. */
export function requestReason(request: string, failure: Failure): Reason {
  return { code: 'request-failed', data: { request, ...awsFailureOf(failure) } };
}

/** A failure of AWS as data of a reason or of a timeline entry. */
export function awsFailureOf({ code, message }: Failure): { awsCode: string; awsMessage: string } {
  return { awsCode: code, awsMessage: message };
}
