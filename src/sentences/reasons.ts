import { adviceText, advise, lifeboat, type RenderAdvice } from '../advice.ts';
import type { Sentences } from '../coded.ts';
import type { Remaining } from '../kinds/things.ts';
import { formatDuration, formatInstant } from '../time.ts';
import type { Claim } from '../workflow/base/effects.ts';
import type { Leftover, LEFTOVERS, Reason, REASONS } from '../workflow/base/reasons.ts';
import { differenceText } from './questions.ts';

const SENTENCES: Sentences<typeof REASONS> = {
  'request-failed': ({ request, ...failure }) => `${request}: ${failureText(failure)}`,
  claimed: ({ holder, seconds }, render) => {
    const { runId } = holder;
    const end = advise`If no process drives it any more, end it: ${lifeboat('abort', runId)}; if its journal is lost, first ${lifeboat('adopt', runId)}`;
    return `${claimText(holder, seconds)} is in progress. ${render(end)}`;
  },
  preempted: ({ holder, seconds }) => `preempted by ${claimText(holder, seconds)}`,
  'backup-unusable': ({ finding }) => `${finding.subject}: ${finding.message}`,
  'not-recovered': ({ mode, failed, total, halts }) => {
    const lost = failed === 0 ? [] : [`${failed} of ${total} resources could not be recovered`];
    const waits = mode === 'drill' ? 'differs from what was requested' : 'is kept and waits for a decision';
    return [...lost, ...halts.map((halt) => `${halt.resource} ${waits}: ${differenceText(halt)}`)].join('; ');
  },
  rejected: ({ by, reason }) => `rejected by ${by}${because(reason)}`,
  aborted: ({ by, reason }) => `aborted by ${by}${because(reason)}`,
  silence: ({ seconds, ...failure }) =>
    `AWS has not answered for ${formatDuration(seconds)} (${failureText(failure)})`,
  'backfill-stuck': ({ message }) => `the backfill cannot go on: ${message}`,
  'row-altered': () => 'its row in the journal was altered, or not written by lifeboat',
  'no-proof': () => 'it carries no proof of who gave it',
  'proof-unreadable': () => 'its proof of who gave it is not readable',
  'proof-expired': ({ at }) => `its proof of who gave it expired at ${formatInstant(at)}; approve again`,
  'proof-refused': (failure) =>
    `the identity service refuses the proof of who gave it (${failureText(failure)})`,
  'proof-not-verified': (failure) =>
    `who gave it could not be verified (${failureText(failure)}); approve again, or break the glass`,
  'other-account': ({ account, wanted }) =>
    `it was signed in the account ${account}; the run is in ${wanted}`,
  aws: failureText,
  'dependency-failed': ({ resource }) => `its dependency '${resource}' failed`,
  'quota-used-up': () => 'its quota is used up, and no operation in progress releases any of it',
  'fsr-not-enabled': () => 'fast snapshot restore was not enabled in time',
  'fsr-switched-off': () => 'another user of the account switched fast snapshot restore off',
  'fsr-contested': () => 'another user of the account keeps switching fast snapshot restore off',
  'fsr-without-credit': ({ id }) =>
    `volume ${id} was created without fast snapshot restore: no credit was left`,
  'went-to': ({ id, status, detail }) => `${id} went to ${status}${because(detail)}`,
  'deleted-elsewhere': ({ id }) => `${id} was deleted, and not by this run`,
  vanished: ({ id }) => `${id} no longer exists`,
  stalled: ({ id, percent }) => `hydration of ${id} stalled at ${percent} %`,
  'not-available': ({ id, minutes }) => `${id} was not available after ${minutes} min`,
  'step-too-late': ({ step, minutes }) => `${step} was not completed after ${minutes} min`,
  'not-in-drill': ({ step }) => `a drill does not carry out the step '${step}'`,
  'point-too-late': () => 'it was not complete after a day',
  'cleaned-up': () => 'a cleanup removes it',
  'given-up': () => 'given up',
  stated: ({ message }) => message,
};

const LEFT: Sentences<typeof LEFTOVERS> = {
  'not-removed': ({ id, reason }, render) => `${id}: ${reasonText(reason, render)}`,
  replaced: ({ id, reason }, render) =>
    `${id}: replaced (${reasonText(reason, render)}), left because it may be in use`,
  'existing-kept': ({ id }) => `${id} existed before the run, which has changed it: it is kept`,
  untracked: ({ id }) => id,
  'not-swept': ({ reason }, render) => `not swept: ${reasonText(reason, render)}`,
  'fsr-on': ({ snapshotId, zone, reason }, render) =>
    `fast snapshot restore of ${snapshotId} in ${zone}: ${reasonText(reason, render)}`,
  'fsr-of-unknown-origin': ({ snapshotId, zone }) =>
    `fast snapshot restore of ${snapshotId} in ${zone} was on when the run was adopted: switch it off by hand unless others use it`,
  'settings-not-given': ({ id, reason }, render) =>
    `settings of ${id} not restored: ${reasonText(reason, render)}`,
  'step-not-done': ({ id, step, reason }, render) =>
    `the step '${step}' of ${id} was not carried out: ${reasonText(reason, render)}`,
  'setting-by-hand': ({ finding }) => `to be set by hand: ${finding.subject}: ${finding.message}`,
  'no-recovery-point': ({ id, reason }, render) =>
    `no fresh recovery point of ${id}: ${reasonText(reason, render)}`,
  claim: ({ runbook, reason }, render) =>
    `the claim of the run, which keeps other runs from recovering '${runbook}' (parameter /lifeboat/${runbook}/run, or tag lifeboat:claim): remove it by hand: ${reasonText(reason, render)}`,
  stated: ({ message }) => message,
};

/** A resource or task that a run could not remove or finish. */
export function leftoverText({ code, data }: Leftover, render: RenderAdvice = adviceText): string {
  return (LEFT[code] as (known: unknown, render: RenderAdvice) => string)(data, render);
}

/** Why something cannot go on or was given up. */
export function reasonText({ code, data }: Reason, render: RenderAdvice = adviceText): string {
  return (SENTENCES[code] as (known: unknown, render: RenderAdvice) => string)(data, render);
}

/** The run that holds a claim. */
export function claimText({ mode, runId, by, host }: Claim, seconds: number): string {
  return `the ${mode} ${runId} of this runbook, started by ${by} on ${host} ${formatDuration(seconds)} ago`;
}

export function failureText({ awsCode, awsMessage }: { awsCode: string; awsMessage: string }): string {
  return `${awsCode}: ${awsMessage}`;
}

/** Appended to a sentence if a reason was given. */
export function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

const REMAINS: Readonly<Record<Remaining['why'], string>> = {
  'old-primary':
    'the old primary: clients that still write to it write what the promoted replica does not get',
  'own-replica': 'it goes on replicating what was promoted',
  'other-replica': 'it goes on replicating the old primary, not what was promoted',
};

/** What a strategy leaves behind beside what it recovered. */
export function remainingText({ thing, why }: Remaining): string {
  return `${thing.id}: ${REMAINS[why]}`;
}
