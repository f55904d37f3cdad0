/**
 * Lifeboat as a library: the documents, the plan, the workflow and the evidence, all pure. Only the command line acts on an
 * account.
 *
 * @example
 * const { runbook } = parseRunbook(text, 'orders.yaml');
 * const inventory = parseInventory(inventoryText, 'inventory.yaml');
 * const { members, missing } = selectMembers(runbook, unite(inventory, undefined));
 * const at = inventory.capturedAt;
 * const plan = planRecovery({ runbook, inventory, members, missing, mode: 'restore', incidentAt: at, damagedAt: at, now: at,
 *   notExercised: [] });
 * plan.meets.rto
 */
export { formatPlace, LifeboatError } from './errors.ts';
export type { Complaint, ErrorCode, Place } from './errors.ts';
export { formatDuration, formatInstant, parseDuration, parseInstant } from './time.ts';
export type { Instant } from './time.ts';

export { parseRunbook } from './runbook/parse.ts';
export type { ParsedRunbook } from './runbook/parse.ts';
export type { Runbook, RunbookResource, StrategyName } from './runbook/schema.ts';
export { runbookJsonSchema } from './runbook/json-schema.ts';
export { draftRunbook } from './runbook/draft.ts';
export type { Draft } from './runbook/draft.ts';
export { closesAt, isOpen, opensAt, parseWindow } from './runbook/window.ts';
export type { ChangeWindow, ParsedWindow } from './runbook/window.ts';
export { unsupportedParts } from './runbook/support.ts';
export type { UnsupportedPart } from './runbook/support.ts';

export { parseInventory } from './inventory/parse.ts';
export { formatInventory } from './inventory/serialize.ts';
export { diffInventories } from './inventory/diff.ts';
export type { InventoryDiff } from './inventory/diff.ts';
export { selectMembers, unite } from './inventory/membership.ts';
export type { Member, Membership, MissingSource, United } from './inventory/membership.ts';
export type { Inventory } from './inventory/schema.ts';

export { planRecovery } from './plan/planner.ts';
export { planDocument } from './plan/document.ts';
export type { PlanInput } from './plan/planner.ts';
export type {
  Plan,
  PlannedResource,
  PlannedStrategy,
  Problem,
  RecoveryPoint,
  RunMode,
} from './plan/types.ts';

export { judge } from './objectives/objectives.ts';
export type { Actuals, ObjectiveResults } from './objectives/objectives.ts';
export type { LiveForecast, ObjectiveState } from './objectives/live.ts';

export { begin, decide } from './workflow/base/decide.ts';
export { recoveryMachine } from './workflow/recovery/recovery-machine.ts';
export { resourceMachine } from './workflow/resource/resource-machine.ts';
export type { Decision, TimelineEntry } from './workflow/base/decision.ts';
export type { Answer, Effect, Failure } from './workflow/base/effects.ts';
export type { Executor } from './workflow/base/executor.ts';
export { sentenceOf } from './sentences/timeline.ts';

export type { Journal, JournalState, RunRecord, Signal } from './journal/journal.ts';
export { buildReport } from './report/model/report.ts';
export type { Report } from './report/model/report.ts';
export { buildStatus } from './report/model/status.ts';
export type { Status } from './report/model/status.ts';
export { viewRun } from './report/model/run-view.ts';
export type { RunView } from './report/model/run-view.ts';
