import type { ResourceState } from '../../workflow/resource/resource-state.ts';
import type { ApiCallCount, SignalKind } from '../../journal/journal.ts';
import type { ChannelRecord } from '../../notices/record.ts';
import type { ObjectiveResults } from '../../objectives/objectives.ts';
import type { Plan, RecoveryPoint, RunMode } from '../../plan/types.ts';
import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { Remaining } from '../../kinds/things.ts';
import { leftoverText, reasonText, remainingText } from '../../sentences/reasons.ts';
import { sentenceOf } from '../../sentences/timeline.ts';
import { kindOf } from '../../workflow/timeline/timeline.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import type { ClaimPlace, Finding, FindingCode, FindingData } from '../../workflow/base/effects.ts';
import type { Identity } from '../../workflow/recovery/recovery-context.ts';
import { copiesOf, idOf, pointOf } from '../../workflow/resource/parts.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';
import { removedByRun } from '../../workflow/resource/resource-answers.ts';
import { clockReport, type ClockReport } from './clock.ts';
import { backfillReport, type BackfillReport } from './backfill.ts';
import { judgeRun } from './judgement.ts';
import {
  accountAt,
  endOf,
  keptIdsOf,
  leftoversOf,
  remainsOf,
  outcomeOf,
  runStatus,
  strategyUsed,
  waitingFor,
  type RunStatus,
} from './outcome.ts';
import { phasesOf, type PhaseReport } from './phases.ts';
import type { ResourceView, RunView } from './run-view.ts';
import { presentIds, spentUsd } from './spent.ts';
import { asksPeople } from './ways-on.ts';
import type { Leftover, Reason } from '../../workflow/base/reasons.ts';

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

export interface NoticeReport {
  /** Where they went, without what is secret in it. */
  readonly to: string;
  readonly delivered: number;
  /** Left out because too many waited. */
  readonly omitted: number;
  readonly undelivered: number;
  /** Sent when the run is resumed. */
  readonly waiting: number;
  /** Why the last one was not delivered. */
  readonly why: string | null;
}

export interface ApprovalReport {
  readonly gate: string;
  /** The manual step that was confirmed; null for an approval. */
  readonly step: string | null;
  /** `verified` by the account, `local` by the user of the machine, `break-glass`: by word and reason alone. */
  readonly identity: Identity;
  readonly breakGlass: boolean;
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
  /** Answered by --yes in a simulation: no person was asked. */
  readonly simulated: boolean;
}

/** An entry of the timeline: `message` is for people, `code` and `data` are for programs. */
export interface EntryReport extends Omit<TimelineEntry, 'at'> {
  readonly at: string;
  readonly kind: string;
  readonly message: string;
}

/** `report --json`. Instants are ISO 8601 UTC. */
export interface Report {
  readonly schema: 'lifeboat.report/v1';
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly region: string;
  readonly incidentAt: string;
  readonly damagedAt: string;
  /** What the report speaks of: the end of the run, or when it was asked for. */
  readonly asOf: string;
  readonly objectives: ObjectiveResults;
  /** Null where the machine's clock has agreed with the time that passed. */
  readonly clock: ClockReport | null;
  readonly forecast: {
    readonly rtaSeconds: Plan['forecast']['rtaSeconds'];
    readonly rpaSeconds: number | null;
    readonly costUsd: number;
  };
  readonly phases: readonly PhaseReport[];
  readonly resources: readonly ResourceReport[];
  readonly backfill: BackfillReport;
  readonly apiCalls: {
    readonly total: number;
    readonly throttled: number;
    readonly byOperation: Readonly<Record<string, number>>;
  };
  readonly costUsd: number;
  readonly leftovers: readonly string[];
  /** The same as data. */
  readonly leftoverDetails: readonly (Leftover & { readonly message: string })[];
  /** What existed before, and that a strategy leaves for people to decide about: the old primary of a promoted replica, other replicas. */
  readonly remains: readonly (Remaining & { readonly message: string })[];
  /** Found by the run's tag without a row of its own, and removed. */
  readonly sweptIds: readonly string[];
  readonly approvals: readonly ApprovalReport[];
  /** Gates that stood open because an incident was declared. */
  readonly waivers: readonly { readonly gate: string; readonly what: string; readonly why: string }[];
  readonly startedBy: string;
  /** Where the whole account is behind an AWS-compatible endpoint: that is who says who signs. Null: AWS. */
  readonly identityEndpoint: string | null;
  /** How the account was marked while this run recovered the runbook. */
  readonly claim: {
    readonly place: ClaimPlace;
    readonly preempted: string | null;
    readonly why: string | null;
  } | null;
  /** Snapshots of the damaged sources. */
  readonly evidence: readonly {
    readonly resource: string;
    readonly of: string;
    readonly snapshotId: string | null;
    readonly problem: string | null;
  }[];
  /** What an abort kept. */
  readonly keptIds: readonly string[];
  /** Delivery of the notices, by recipient; empty where the runbook names no recipient. */
  readonly notices: readonly NoticeReport[];
  readonly findings: readonly Finding[];
  readonly problem: string | null;
  readonly waitingFor: readonly string[];
  /** Signals that the run accepts now. */
  readonly accepts: readonly SignalKind[];
  /** An approval or a confirmation would move it on. */
  readonly asksPeople: boolean;
  readonly notExercised: readonly string[];
  /** Null for a run against real AWS. */
  readonly simulation: { readonly seed: number; readonly faults: string } | null;
  readonly timeline: readonly EntryReport[];
}

const SIMULATED_APPROVER = 'simulated-approver';

/**
 * The evidence of a run, from the journal alone. For a run that goes on, costs and phases count up to `now`, by default the last
 * decision.
 *
 * @example buildReport(viewRun(journal.record, await journal.load()), await journal.timeline(), await journal.apiCalls())
 */
export function buildReport(
  view: RunView,
  timeline: readonly TimelineEntry[],
  apiCalls: readonly ApiCallCount[],
  options: { readonly now?: Instant; readonly notices?: readonly ChannelRecord[] } = {},
): Report {
  const { record, recovery, resources } = view;
  const { plan } = record;
  const ended = endOf(view);
  const leftovers = leftoversOf(view);
  const waits = { waitingFor: waitingFor(view, accountAt(view, options.now)) };
  return {
    schema: 'lifeboat.report/v1',
    runId: record.runId,
    runbook: record.runbook,
    mode: record.mode,
    status: runStatus(view),
    startedAt: formatInstant(record.createdAt),
    endedAt: ended === undefined ? null : formatInstant(ended),
    region: plan.region,
    incidentAt: formatInstant(plan.incidentAt),
    damagedAt: formatInstant(plan.damagedAt),
    asOf: formatInstant(accountAt(view, options.now)),
    objectives: judgeRun(view, options.now),
    clock: clockReport(view),
    forecast: {
      rtaSeconds: plan.forecast.rtaSeconds,
      rpaSeconds: plan.forecast.rpaSeconds,
      costUsd: plan.costUsd,
    },
    phases: phasesOf(view, options.now),
    resources: resources.map((resource) => resourceReport(resource, view.cleanedUp)),
    backfill: backfillReport(view),
    apiCalls: countedCalls(apiCalls),
    costUsd: spentUsd(view, options.now),
    leftovers: leftovers.map((leftover) => leftoverText(leftover)),
    leftoverDetails: leftovers.map((leftover) => ({ ...leftover, message: leftoverText(leftover) })),
    remains: remainsOf(view).map((one) => ({ ...one, message: remainingText(one) })),
    sweptIds: recovery?.removedIds ?? [],
    approvals: (recovery?.approvals ?? []).map(({ gate, step, by, identity = 'local', at, reason }) => ({
      gate,
      step: step ?? null,
      identity,
      breakGlass: identity === 'break-glass',
      by,
      at: formatInstant(at),
      reason: reason ?? null,
      simulated: record.options.simulation !== undefined && by.startsWith(SIMULATED_APPROVER),
    })),
    ...safetyOf(view),
    notices: (options.notices ?? []).map(noticeReport),
    findings: recovery?.findings ?? [],
    problem: textOf(recovery?.problem),
    ...waits,
    accepts: [...view.accepts],
    asksPeople: asksPeople(waits, view),
    notExercised: plan.notExercised,
    simulation: simulationOf(view),
    timeline: timeline.map(entryReport),
  };
}

function entryReport(entry: TimelineEntry): EntryReport {
  const { at, subject, code, data } = entry;
  return { at: formatInstant(at), kind: kindOf(code), subject, code, data, message: sentenceOf(entry) };
}

function simulationOf({ record }: RunView): Report['simulation'] {
  const { simulation } = record.options;
  return simulation === undefined ? null : { seed: simulation.seed, faults: simulation.faults };
}

function resourceReport(resource: ResourceView, cleanedUp: boolean): ResourceReport {
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

function noticeReport({
  label,
  delivered,
  omitted,
  undelivered,
  waiting,
  ...rest
}: ChannelRecord): NoticeReport {
  const why = rest.lastUndelivered.at(-1)?.why ?? null;
  return { to: label, delivered, omitted, undelivered, waiting, why };
}

function textOf(reason: Reason | undefined): string | null {
  return reason === undefined ? null : reasonText(reason);
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
        problem: textOf(whyUnprotected(context, of)),
        removed: removed && id !== undefined,
      },
    ];
  });
}

function whyUnprotected({ leftovers }: ResourceContext, of: string): Reason | undefined {
  return leftovers.flatMap(({ code, data }) =>
    code === 'no-recovery-point' && data.id === of ? data.reason : [],
  )[0];
}

/** Who started it, what was waived, how the account was marked, what was kept as evidence. */
function safetyOf(
  view: RunView,
): Pick<Report, 'waivers' | 'startedBy' | 'identityEndpoint' | 'claim' | 'evidence' | 'keptIds'> {
  const { record, recovery } = view;
  const claimed = recovery?.claimed;
  return {
    waivers: record.waivers.map(({ gate, why }) => ({ gate: gate.id, what: gate.why, why })),
    startedBy: record.startedBy,
    identityEndpoint: record.identityEndpoint ?? null,
    claim:
      claimed === undefined
        ? null
        : { place: claimed.place, preempted: claimed.preempted?.runId ?? null, why: claimed.why ?? null },
    evidence: (recovery?.evidence ?? []).map(({ resource, of, snapshotId, problem }) => ({
      resource,
      of,
      snapshotId: snapshotId ?? null,
      problem: textOf(problem),
    })),
    keptIds: keptIdsOf(view),
  };
}

function recoveryPointReport(point: RecoveryPoint): RecoveryPointReport {
  return { id: point.id, at: formatInstant(point.at), ageSeconds: point.ageSeconds };
}

function countedCalls(apiCalls: readonly ApiCallCount[]): Report['apiCalls'] {
  const sorted = [...apiCalls].sort((one, other) => (one.operation < other.operation ? -1 : 1));
  return {
    total: apiCalls.reduce((sum, call) => sum + call.total, 0),
    throttled: apiCalls.reduce((sum, call) => sum + call.throttled, 0),
    byOperation: Object.fromEntries(sorted.map((call) => [call.operation, call.total])),
  };
}
