import type { Instant } from '../time.ts';
import { formatInstant, SECOND_MS } from '../time.ts';
import { isEvidence } from '../tags.ts';
import type { InventoryIndex } from './inventory-index.ts';

/** A restorable copy at an instant. For a point in time, `id` names the source and the instant. */
export interface RecoveryPoint {
  readonly id: string;
  readonly at: Instant;
  /** Data lost: from the recovery point to the incident. */
  readonly ageSeconds: number;
}

/** A copy that cannot be used. */
export interface PassedOverPoint {
  readonly id: string;
  readonly at: Instant;
  /** Completes "it cannot be used: ...". */
  readonly reason: string;
}

/** Which recovery points are allowed and preferred. */
export interface PointPolicy {
  readonly policy: 'latest' | 'before-damage' | 'at';
  /** For `at`: the newest point at or before this instant. */
  readonly at?: Instant;
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
}

/** The newest usable recovery point among copies, and what was passed over. */
export interface PointChoice<T> {
  readonly chosen: { readonly copy: T; readonly point: RecoveryPoint } | undefined;
  /** Newest first. */
  readonly excluded: readonly PassedOverPoint[];
}

/** Data lost, from the point to the incident. A point after the incident loses nothing. */
export function ageSeconds(at: Instant, { incidentAt }: { readonly incidentAt: Instant }): number {
  return Math.max(0, (incidentAt - at) / SECOND_MS);
}

/** A copy as a recovery point. */
export function pointOf(id: string, at: Instant, times: { readonly incidentAt: Instant }): RecoveryPoint {
  return { id, at, ageSeconds: ageSeconds(at, times) };
}

/** An instant in the logs of a DB instance or cluster as a recovery point. */
export function pointInTime(
  sourceId: string,
  at: Instant,
  times: { readonly incidentAt: Instant },
): RecoveryPoint {
  return pointOf(`${sourceId}@${formatInstant(at)}`, at, times);
}

/** The age that is compared with the RPO: that of the oldest point; `null` when one of them is unknown. */
export function oldestAgeSeconds(points: readonly (RecoveryPoint | undefined)[]): number | null {
  return points.reduce<number | null>(
    (oldest, point) => (oldest === null || point === undefined ? null : Math.max(oldest, point.ageSeconds)),
    0,
  );
}

/** The newest instant that the policy allows; what a source has may end before it. */
export function wantedInstant(policy: PointPolicy): Instant {
  if (policy.policy === 'latest') return Infinity;
  if (policy.policy === 'at') return policy.at ?? Infinity;
  // Up to a second of the writes before the damage is lost: a second is the finest instant that AWS takes.
  return policy.damagedAt - SECOND_MS;
}

/** The newest usable of copies; of equally old ones the first by id. */
export function chooseCopy<T extends { readonly id: string }>(
  copies: readonly T[],
  policy: PointPolicy,
  instantOf: (copy: T) => Instant,
  whyUnusable: (copy: T) => string | undefined,
): PointChoice<T> {
  const excluded: PassedOverPoint[] = [];
  let chosen: T | undefined;
  for (const copy of copies) {
    const at = instantOf(copy);
    const reason = whyUnusable(copy) ?? whyAgainstPolicy(at, policy);
    if (reason !== undefined) excluded.push({ id: copy.id, at, reason });
    else if (
      chosen === undefined ||
      at > instantOf(chosen) ||
      (at === instantOf(chosen) && copy.id < chosen.id)
    ) {
      chosen = copy;
    }
  }
  excluded.sort((left, right) => right.at - left.at || (left.id < right.id ? -1 : 1));
  if (chosen === undefined) return { chosen: undefined, excluded };
  return { chosen: { copy: chosen, point: pointOf(chosen.id, instantOf(chosen), policy) }, excluded };
}

function whyAgainstPolicy(at: Instant, policy: PointPolicy): string | undefined {
  if (policy.policy === 'before-damage' && at >= policy.damagedAt) return 'taken after the damage';
  if (policy.policy === 'at' && policy.at !== undefined && at > policy.at) {
    return `taken after ${formatInstant(policy.at)}, the instant to recover to`;
  }
  return undefined;
}

/** A copy of any kind of source. */
interface Copy {
  readonly region?: string | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Why a copy cannot be used wherever it is in its life: `why` says what its state means. */
export function whyUnusable(
  copy: Copy,
  why: string | undefined,
  index: Pick<InventoryIndex, 'region' | 'keyTrouble'>,
): string | undefined {
  // Snapshots that a run took of a damaged source contain the damage, whenever they were taken.
  if (isEvidence(copy.tags)) return 'evidence: taken of the damaged source for forensics';
  if (copy.region !== undefined && copy.region !== index.region)
    return `it is in ${copy.region}, not in ${index.region}`;
  return why ?? (copy.encrypted ? index.keyTrouble(copy.kmsKeyId) : undefined);
}
