import type { DrillSubject, OperationName } from './drill-rules.ts';

/** A call by its name in IAM: `ec2:CreateVolume`. */
export type Action = `${string}:${string}`;

/**
 * What Lifeboat calls in AWS for one kind of resource. From it follow what the adapter may send, the policies of the deployment, what its role for
 * drills is denied, and what `check` looks at.
 */
export interface KindCalls<Name extends OperationName = never> {
  /** By the operation of the adapter. */
  readonly operations: Readonly<
    Record<Name, readonly Action[]> & Partial<Record<OperationName, readonly Action[]>>
  >;
  /** By their rule of drills: what settings and parts of a run need beside the operations. */
  readonly parts: Readonly<Partial<Record<DrillSubject, readonly Action[]>>>;
  /** To observe, delete, mark and sweep. */
  readonly beside: readonly Action[];
  /** To capture an inventory. */
  readonly capture: readonly Action[];
}
