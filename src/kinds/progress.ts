import type { Instant } from '../time.ts';
import type { Absorbed } from './course.ts';
import type { Part } from './steps.ts';

/** What a sighting tells of a part that loads in the background. */
export interface Progress {
  readonly isAvailable: boolean;
  readonly isHydrated: boolean;
  /** 0 to 100. */
  readonly progress: number | undefined;
}

/** The part after the sighting; `undefined` when it tells nothing new. Milestones stay: a later sighting may be older. */
export function progressed(part: Part, seen: Progress, at: Instant): Absorbed | undefined {
  const isFirst = seen.isAvailable && part.at.available === undefined;
  const isMore = seen.progress !== undefined && seen.progress > (part.data.progress ?? -1);
  const isDone = seen.isHydrated && part.at.hydrated === undefined;
  if (!isFirst && !isMore && !isDone) return undefined;
  return {
    part: {
      ...part,
      at: { ...part.at, ...(isFirst && { available: at }), ...(isDone && { hydrated: at }) },
      data: {
        ...part.data,
        ...((isFirst || isMore) && { progressAt: at }),
        ...(isMore && { progress: seen.progress }),
        ...(isDone && { progress: 100 }),
      },
    },
  };
}
