import type { ApiCallCount, SignalKind } from '../../journal/journal.ts';
import type { ChannelRecord } from '../../notices/record.ts';
import type { ObjectiveResults } from '../../objectives/objectives.ts';
import type { Plan, RunMode } from '../../plan/types.ts';
import { formatInstant, type Instant } from '../../time.ts';
import type { Remaining } from '../../kinds/things.ts';
import { leftoverText, reasonText, remainingText } from '../../sentences/reasons.ts';
import { sentenceOf } from '../../sentences/timeline.ts';
import { kindOf } from '../../workflow/timeline/timeline.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import type { ClaimPlace, Finding } from '../../workflow/base/effects.ts';
import type { Identity } from '../../workflow/recovery/recovery-context.ts';
import { clockReport, type ClockReport } from './clock.ts';
import { backfillReport, type BackfillReport } from './backfill.ts';
import { judgeRun } from './judgement.ts';
import {
  accountAt,
  endOf,
  keptIdsOf,
  leftoversOf,
  remainsOf,
  runStatus,
  waitingFor,
  type RunStatus,
} from './outcome.ts';
import { phasesOf, type PhaseReport } from './phases.ts';
import { resourceReport, type ResourceReport } from './resource-report.ts';
import type { RunView } from './run-view.ts';
import { spentUsd } from './spent.ts';
import { asksPeople } from './ways-on.ts';
import type { Leftover, Reason } from '../../workflow/base/reasons.ts';

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

function countedCalls(apiCalls: readonly ApiCallCount[]): Report['apiCalls'] {
  const sorted = [...apiCalls].sort((one, other) => (one.operation < other.operation ? -1 : 1));
  return {
    total: apiCalls.reduce((sum, call) => sum + call.total, 0),
    throttled: apiCalls.reduce((sum, call) => sum + call.throttled, 0),
    byOperation: Object.fromEntries(sorted.map((call) => [call.operation, call.total])),
  };
}

function textOf(reason: Reason | undefined): string | null {
  return reason === undefined ? null : reasonText(reason);
}
