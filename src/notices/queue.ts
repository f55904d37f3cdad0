import type { Message } from './channel.ts';
import type { Notice } from './notice.ts';

/** Notices that wait for one channel; beyond it the oldest make room. */
export const MOST_WAITING = 100;

/** A notice, and where in the run's timeline it comes from. */
export interface Waiting {
  readonly notice: Notice;
  /** Entries of the timeline that are done with once this one is. */
  readonly handled: number;
  /** Notices that were left out just before it. */
  readonly omitted: number;
}

/** Adds one at the end. When there are too many, the oldest routine one goes, or else the oldest; the one after it says how many went. */
export function enqueue(
  queue: readonly Waiting[],
  added: Pick<Waiting, 'notice' | 'handled'>,
  most = MOST_WAITING,
): readonly Waiting[] {
  const all = [...queue, { ...added, omitted: 0 }];
  if (all.length <= most) return all;
  // The newest stays in any case: it says that others went.
  const routine = all.slice(0, -1).findIndex(({ notice }) => notice.importance === 'routine');
  const index = Math.max(0, routine);
  const gone = all[index]?.omitted ?? 0;
  return all.flatMap((waiting, position) => {
    if (position === index) return [];
    return position === index + 1 ? [{ ...waiting, omitted: waiting.omitted + gone + 1 }] : [waiting];
  });
}

/** What is sent of it. */
export function messageOf({ notice: { subject, text }, omitted }: Waiting): Message {
  if (omitted === 0) return { subject, text };
  const those = omitted === 1 ? '1 earlier notice was' : `${omitted} earlier notices were`;
  return { subject, text: `${text}\n(${those} left out: see the timeline of the run)` };
}
