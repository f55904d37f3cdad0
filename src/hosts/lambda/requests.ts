import type { RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';

/**
 * Begins a run. The execution's name is the run's id: the same request, sent twice, starts one run.
 * Sent by the start function, and by `lifeboat restore --cloud` and `drill --cloud`.
 */
export interface BeginRun {
  readonly kind: 'begin';
  readonly runId: string;
  /** Name of a runbook that the deployment knows. */
  readonly runbook: string;
  readonly mode: RunMode;
  /** When the run was asked for, by the clock of the sender; the first part of the run's id. */
  readonly at: Instant;
  readonly incidentAt?: Instant;
  readonly damagedAt?: Instant;
  readonly recoverTo?: Instant;
  /** The identity in the account, or the name of the schedule, alarm or rule. */
  readonly by: string;
  /** The run waits for one approval before it restores, in addition to the gates of its runbook. */
  readonly asksApproval: boolean;
  /** SHA-256, in hexadecimal, of the runbook's text as the sender has it. With another text the function refuses the request. Absent: whatever the deployment has. */
  readonly runbookSha256?: string;
}

/** Drives a run that exists: a successor of an execution near its limits, or a run that `resume --cloud` hands back. */
export interface ContinueRun {
  readonly kind: 'continue';
  readonly runId: string;
  /** Counts the executions of a run; the first has 1. The execution's name is `<run id>-<generation>`. */
  readonly generation: number;
}

/** What the durable function is invoked with. */
export type RunRequest = BeginRun | ContinueRun;

/**
 * A drill that is due, as the schedule of its runbook sends it to the start function. EventBridge Scheduler delivers at least once: the instant
 * for which the drill was due is the same in each delivery, and so is the run's id.
 */
export interface ScheduledDrill {
  readonly kind: 'schedule';
  readonly runbook: string;
  /** ISO 8601, UTC. */
  readonly scheduledAt: string;
}

/** An alarm or event that `triggers` of a runbook names, as its rule sends it to the start function. */
export interface TriggeredRestore {
  readonly kind: 'trigger';
  readonly runbook: string;
  /** Position in `triggers` of the runbook. */
  readonly trigger: number;
  readonly approval: 'required' | 'none';
  /** The event as EventBridge delivered it; a repeated delivery has the same id and time. */
  readonly event: { readonly id: string; readonly time: string; readonly source: string } & Readonly<
    Record<string, unknown>
  >;
}

/** An operator or a script that invokes the start function. */
export interface ManualStart {
  readonly kind: 'manual';
  readonly runbook: string;
  readonly mode: RunMode;
  /** ISO 8601, like the options of the same names. */
  readonly incidentAt?: string;
  readonly damagedAt?: string;
  readonly recoverTo?: string;
  /** Makes a repeated invocation start the same run: the instant at which it was first asked for, ISO 8601. Default: now. */
  readonly at?: string;
}

/** What the start function is invoked with. */
export type StartRequest = ScheduledDrill | TriggeredRestore | ManualStart;

/** What a deployment consists of, as the CDK app writes it to the parameter {@link DEPLOYMENT_PARAMETER}: the CLI finds everything else by it. */
export interface Deployment {
  readonly schema: 'lifeboat.deployment/v1';
  readonly region: string;
  /** Name of the journal's table. */
  readonly table: string;
  /** ARNs with the alias: only a qualified function can be executed durably. */
  readonly functions: { readonly drill: string; readonly restore: string };
  readonly runbookBucket: string;
  readonly evidenceBucket: string;
  readonly topic: string;
  /** Names of the runbooks that are part of the deployment. */
  readonly runbooks: readonly string[];
}

export const DEPLOYMENT_PARAMETER = '/lifeboat/deployment';

/** The environment of every function of the deployment. */
export interface FunctionEnvironment {
  readonly LIFEBOAT_TABLE: string;
  readonly LIFEBOAT_EVIDENCE_BUCKET: string;
  readonly LIFEBOAT_RUNBOOK_BUCKET: string;
  /** Keeps what the backfills of runs have found and sent. */
  readonly LIFEBOAT_BACKFILL_BUCKET: string;
  readonly LIFEBOAT_TOPIC: string;
  /** Folder of the runbooks and baselines that were deployed with the function: a layer. */
  readonly LIFEBOAT_RUNBOOKS: string;
  readonly LIFEBOAT_DRILL_FUNCTION: string;
  readonly LIFEBOAT_RESTORE_FUNCTION: string;
  /** ARN of the role in which the function recovers or reads another account than its own. Absent: its own. */
  readonly LIFEBOAT_ACCOUNT_ROLE?: string;
}
