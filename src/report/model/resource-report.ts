import type { AttachmentPlace } from '../../kinds/course.ts';
import { courseOf } from '../../kinds/courses.ts';
import type { ResourceState } from '../../workflow/resource/resource-state.ts';
import type { RecoveryPoint } from '../../plan/types.ts';
import { formatInstant, SECOND_MS } from '../../time.ts';
import { reasonText } from '../../sentences/reasons.ts';
import type { Finding, FindingCode, FindingData } from '../../workflow/base/effects.ts';
import { copiesOf, idOf, pointOf } from '../../workflow/resource/parts.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';
import { removedByRun } from '../../workflow/resource/resource-answers.ts';
import { outcomeOf, strategyUsed } from './outcome.ts';
import type { ResourceView } from './run-view.ts';
import { presentIds } from './spent.ts';

export interface RecoveryPointReport {
  readonly id: string;
  readonly at: string;
  readonly ageSeconds: number;
}

export interface ResourceReport {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** The one that recovered it, or that was tried last. */
  readonly strategy: string | null;
  readonly recoveryPoint: RecoveryPointReport | null;
  /** What became of it; cleaning it up afterwards does not change that, `removed` tells it. */
  readonly status: ResourceState;
  readonly removed: boolean;
  /** What it consists of; once all of that is gone again, everything that was made for it. */
  readonly createdIds: readonly string[];
  /** What this run removed again at its end: not what had vanished by itself, nor what could not be removed. */
  readonly removedIds: readonly string[];
  /** Of all that was made for it, what was thrown away or removed since. */
  readonly discardedIds: readonly string[];
  readonly fallbacks: readonly { readonly strategy: string; readonly reason: string; readonly at: string }[];
  /** What differs from what was asked for: what a person has to decide, then what people have accepted. */
  readonly differences: readonly DifferenceReport[];
  /** Fresh recovery points of what was recovered; empty where none is taken. */
  readonly protection: readonly ProtectionReport[];
  /** Where what was made is attached; empty where it is not, or no longer. */
  readonly attachments: readonly AttachmentPlace[];
  /** From its own start to ready, as planned for the strategy used. */
  readonly forecastSeconds: number | null;
  readonly actualSeconds: number | null;
  readonly startedAt: string | null;
  readonly readyAt: string | null;
}

/** One way in which what was made is not as it was asked for. It was kept. */
export interface DifferenceReport {
  readonly code: FindingCode | null;
  readonly subject: string;
  readonly message: string;
  readonly data: FindingData | null;
  /** Null while it is not decided. */
  readonly accepted: { readonly by: string; readonly at: string } | null;
}

/** The fresh recovery point of one copy of what was recovered. */
export interface ProtectionReport {
  readonly of: string;
  readonly id: string | null;
  readonly completedAt: string | null;
  /** Why there is none. */
  readonly problem: string | null;
  /** A cleanup has removed it since, with what it protected. */
  readonly removed: boolean;
}

/** @param cleanedUp whether a cleanup has removed what the run had left */
export function resourceReport(resource: ResourceView, cleanedUp: boolean): ResourceReport {
  const { context, id, state } = resource;
  const strategy = strategyUsed(resource);
  const status = outcomeOf(resource);
  const present = cleanedUp ? [] : presentIds(context);
  const { startedAt, readyAt } = context;
  const isReady = status === 'ready' && startedAt !== undefined && readyAt !== undefined;
  return {
    id,
    type: context.spec.type,
    source: context.spec.source,
    strategy: strategy?.name ?? null,
    recoveryPoint: strategy === undefined ? null : recoveryPointReport(strategy.recoveryPoint),
    status,
    removed: state === 'removed' || (cleanedUp && context.createdIds.length > 0),
    createdIds: present.length > 0 ? present : context.createdIds,
    removedIds: state === 'removed' ? removedByRun(context) : [],
    discardedIds: context.createdIds.filter((made) => !present.includes(made)),
    fallbacks: context.fallbacks.map(({ strategy: name, reason, at }) => ({
      strategy: name,
      reason: reasonText(reason),
      at: formatInstant(at),
    })),
    differences: differencesOf(context),
    protection: [context.parts, context.removedParts ?? []].flatMap((parts) =>
      protectionOf({ ...context, parts }, cleanedUp),
    ),
    attachments: cleanedUp ? [] : attachmentsOf(context),
    forecastSeconds: strategy?.forecast.p50Seconds ?? null,
    actualSeconds: isReady ? (readyAt - startedAt) / SECOND_MS : null,
    startedAt: startedAt === undefined ? null : formatInstant(startedAt),
    readyAt: isReady ? formatInstant(readyAt) : null,
  };
}

function differencesOf({ halt, accepted = [] }: ResourceContext): readonly DifferenceReport[] {
  const told = (finding: Finding, decision: DifferenceReport['accepted']): DifferenceReport => {
    const { code = null, subject, message, data = null } = finding;
    return { code, subject, message, data, accepted: decision };
  };
  return [
    ...(halt?.differences ?? []).map((finding) => told(finding, null)),
    ...accepted.flatMap(({ differences, by, at }) =>
      differences.map((finding) => told(finding, { by, at: formatInstant(at) })),
    ),
  ];
}

/** The fresh recovery points of the copies. */
function protectionOf(context: ResourceContext, removed: boolean): readonly ProtectionReport[] {
  return copiesOf(context).flatMap((part): ProtectionReport[] => {
    const of = idOf(part);
    const point = pointOf(context, part.copy);
    if (of === undefined || point === undefined) return [];
    const id = idOf(point);
    const { completed } = point.at;
    return [
      {
        of,
        id: id ?? null,
        completedAt: completed === undefined ? null : formatInstant(completed),
        problem: whyUnprotected(context, of),
        removed: removed && id !== undefined,
      },
    ];
  });
}

function whyUnprotected({ leftovers }: ResourceContext, of: string): string | null {
  const [reason] = leftovers.flatMap(({ code, data }) =>
    code === 'no-recovery-point' && data.id === of ? data.reason : [],
  );
  return reason === undefined ? null : reasonText(reason);
}

function attachmentsOf({ spec, parts }: ResourceContext): readonly AttachmentPlace[] {
  const { attachedAt } = courseOf(spec.type);
  return parts.flatMap((part) => {
    const strategy = spec.strategies[part.strategy];
    return (strategy && attachedAt?.(part, strategy)) ?? [];
  });
}

function recoveryPointReport(point: RecoveryPoint): RecoveryPointReport {
  return { id: point.id, at: formatInstant(point.at), ageSeconds: point.ageSeconds };
}
