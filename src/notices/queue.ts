import type { Message } from './channel.ts';
import type { Notice } from './notice.ts';

/** Maximum number of notices waiting for one channel; beyond it the oldest are dropped. */
export const MOST_WAITING = 100;

/** A notice and its position in the run's timeline. */
export interface Waiting {
  readonly notice: Notice;
  /** Number of timeline entries that are handled once this notice is. */
  readonly handled: number;
  /** Number of notices dropped just before this one. */
  readonly omitted: number;
}

/** Adds a notice at the end. If there are too many, drops the oldest routine one, or else the oldest; the next notice gives the number dropped. */
export function enqueue(
  queue: readonly Waiting[],
  added: Pick<Waiting, 'notice' | 'handled'>,
  most = MOST_WAITING,
): readonly Waiting[] {
  const all = [...queue, { ...added, omitted: 0 }];
  if (all.length <= most) return all;
  // The newest is never dropped: it tells that others were.
  const routine = all.slice(0, -1).findIndex(({ notice }) => notice.importance === 'routine');
  const index = Math.max(0, routine);
  const gone = all[index]?.omitted ?? 0;
  return all.flatMap((waiting, position) => {
    if (position === index) return [];
    return position === index + 1 ? [{ ...waiting, omitted: waiting.omitted + gone + 1 }] : [waiting];
  });
}

/** The message as sent. */
export function messageOf({ notice: { subject, text }, omitted }: Waiting): Message {
  if (omitted === 0) return { subject, text };
  const those = omitted === 1 ? '1 earlier notice was' : `${omitted} earlier notices were`;
  return { subject, text: `${text}\n(${those} left out: see the timeline of the run)` };
}
