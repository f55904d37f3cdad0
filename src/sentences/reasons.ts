import { adviceText, advise, lifeboat } from '../advice.ts';
import type { Sentences } from '../coded.ts';
import { formatDuration } from '../time.ts';
import type { Claim } from '../workflow/base/effects.ts';
import type { Reason, REASONS } from '../workflow/base/reasons.ts';
import { differenceText } from './questions.ts';

const SENTENCES: Sentences<typeof REASONS> = {
  'request-failed': ({ request, ...failure }) => `${request}: ${failureText(failure)}`,
  claimed: ({ holder, seconds }, options) => {
    const { runId } = holder;
    const end = advise`If no process drives it any more, end it: ${lifeboat('abort', runId)}; if its journal is lost, first ${lifeboat('adopt', runId)}`;
    return `${claimText(holder, seconds)} is in progress. ${adviceText(end, options)}`;
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
  stated: ({ message }) => message,
};

/** Why something cannot go on or was given up. */
export function reasonText({ code, data }: Reason, options: readonly string[] = []): string {
  return (SENTENCES[code] as (known: unknown, options: readonly string[]) => string)(data, options);
}

/** The run that holds a claim. */
export function claimText({ mode, runId, by, host }: Claim, seconds: number): string {
  return `the ${mode} ${runId} of this runbook, started by ${by} on ${host} ${formatDuration(seconds)} ago`;
}

export function failureText({ awsCode, awsMessage }: { awsCode: string; awsMessage: string }): string {
  return `${awsCode}: ${awsMessage}`;
}

/** What follows a sentence where a reason was given. */
export function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
