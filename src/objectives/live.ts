import type { Instant } from '../time.ts';

export type ObjectiveState = 'on-track' | 'at-risk' | 'breached';

/** One objective while the run is in progress. */
export interface LiveObjective {
  readonly objectiveSeconds: number;
  /** Since the incident. For the RPO: the age of the recovery points in use, which is fixed from the start. */
  readonly elapsedSeconds: number;
  /** The forecast end from actual progress; Infinity while the recovery waits for an operator. */
  readonly forecastSeconds: number;
  readonly state: ObjectiveState;
}

/** The forecast of the end, revised on every event. */
export interface LiveForecast {
  readonly at: Instant;
  readonly rto: LiveObjective;
  readonly rpo: LiveObjective;
  /** The resource that decides when the recovery ends, and the step it is in. */
  readonly cause?: { readonly resource: string; readonly step: string };
  /** The resource whose recovery point loses the most data. */
  readonly oldest?: string;
}

/** A change of an objective's state as it is stored: JSON has no Infinity. */
export interface ObjectiveChange
  extends Omit<LiveObjective, 'forecastSeconds'>, Pick<LiveForecast, 'cause' | 'oldest'> {
  /** Null while the recovery waits for an operator. */
  readonly forecastSeconds: number | null;
}
