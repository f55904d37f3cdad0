import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import { counted, plain } from '../../report/layout/plain.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';

const MOST_NAMED = 5;

/** What the operator must know about the hosts before anything is sent. */
export interface HostNote {
  readonly text: string;
  /** Requests of several hosts become requests of one, and the runbook does not say that they shall. */
  readonly isMixed: boolean;
}

/** `undefined`: every request goes to the host that it was made to, or the sources do not say. A queue takes requests as they were. */
export function hostNote({ hosts = [] }: BackfillResult, settings: ReplaySettings): HostNote | undefined {
  const { target, rewrite } = settings;
  if (typeof target !== 'string') return undefined;
  const known = hosts.flatMap(({ host, requests }) => (host === null ? [] : [{ host, requests }]));
  const own = new URL(target).host;
  if (known.length === 0 || (known.length === 1 && known[0]?.host === own)) return undefined;
  const named = known
    .slice(0, MOST_NAMED)
    .map(({ host, requests }) => `${plain(host, 80)} (${counted(requests, 'request')})`);
  const more = known.length - named.length;
  const made = `The requests were made to ${[...named, ...(more > 0 ? [`${more} more hosts`] : [])].join(', ')}.`;
  if (rewrite.host === 'original')
    return { text: `${made} All go to ${own}, each with the host that it had.`, isMixed: false };
  if (rewrite.host !== undefined)
    return { text: `${made} All go to ${own}, with the host ${rewrite.host}.`, isMixed: false };
  const text = `${made} All go to ${own}, with its host. rewrite.host: original in the runbook keeps the host of each.`;
  return { text, isMixed: known.length > 1 };
}
