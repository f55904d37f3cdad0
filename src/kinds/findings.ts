/** One thing that a check found wrong; an empty list of them means that all is well. */
export interface Finding {
  /** e.g. `volume vol-1: iops` or `snapshot snap-1`. */
  readonly subject: string;
  readonly message: string;
  /** For programs: the same for each finding of this kind, e.g. `configuration-differs`. */
  readonly code?: FindingCode;
  readonly data?: FindingData;
}

/**
 * Why a usable copy is not as requested: a property differs; it has a status that a modification or a start can fix; its settings could not be
 * restored; loading has stopped; it could not be compared; a step of it was not completed. Before a restore: a backup cannot be used.
 */
export type FindingCode =
  | 'configuration-differs'
  | 'status-not-available'
  | 'settings-not-given'
  | 'hydration-stalled'
  | 'not-verified'
  | 'step-not-completed'
  | 'backup-unusable';

export interface FindingData {
  /** Id of the volume or snapshot, or identifier of the DB instance or DB snapshot. */
  readonly thing: string;
  readonly property?: string;
  readonly wanted?: string;
  readonly actual?: string;
  /** AWS's code, where a refusal is the reason. */
  readonly awsCode?: string;
}
