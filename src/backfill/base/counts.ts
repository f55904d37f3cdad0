/** Fates of what was sent, each final. */
export interface ReplayCounts {
  /** Answered with 2xx, 303 or 304. */
  readonly succeeded: number;
  /** Answered with 4xx, or with another redirect (it was not taken there, and is not sent elsewhere): final, kept with the answer. */
  readonly rejected: number;
  /** Tried as often as allowed, without an answer that counts. */
  readonly abandoned: number;
  /** It is unknown whether it arrived, and by policy it is not sent again. */
  readonly ambiguous: number;
}

/** Every record of every source is in exactly one of these. */
export interface Counts {
  /** All lines and messages. */
  readonly scanned: number;
  readonly malformed: number;
  readonly foreign: number;
  readonly healthy: number;
  /** Comes back by itself, or was tried again by its client. */
  readonly clientRecovered: number;
  readonly unrecoverable: number;
  /** To be replayed, without a fate so far. */
  readonly pending: number;
  readonly replayed: ReplayCounts;
}

export const NOTHING_REPLAYED: ReplayCounts = { succeeded: 0, rejected: 0, abandoned: 0, ambiguous: 0 };

/** All that was sent and has a fate. */
export function replayedTotal({ succeeded, rejected, abandoned, ambiguous }: ReplayCounts): number {
  return succeeded + rejected + abandoned + ambiguous;
}

/** What failed or was undone: healthy and unreadable lines are not in it. */
export function failedTotal({ clientRecovered, unrecoverable, pending, replayed }: Counts): number {
  return clientRecovered + unrecoverable + pending + replayedTotal(replayed);
}

/** scanned = healthy + recovered by the client + unrecoverable + pending + replayed + malformed + foreign. */
export function isBalanced(counts: Counts): boolean {
  return counts.scanned === counts.healthy + failedTotal(counts) + counts.malformed + counts.foreign;
}
