import type { Evaluation } from './evaluate.ts';
import type { PlanInput } from './input.ts';
import type { PointPolicy } from '../kinds/recovery-points.ts';
import type { ResourceSubject } from './subjects.ts';
import type { ColdRestore, QuotaIncrease } from './types.ts';

/** The parts of a plan that problems are derived from. */
export interface Outcome {
  readonly input: PlanInput;
  readonly policy: PointPolicy;
  readonly subjects: readonly ResourceSubject[];
  readonly evaluation: Evaluation;
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly costUsd: number;
  readonly criticalPath: readonly string[];
  readonly quotaIncreases: readonly QuotaIncrease[];
  readonly coldRestore: ColdRestore | undefined;
}
