import type { Instant } from '../time.ts';

export type ObjectiveState = 'on-track' | 'at-risk' | 'breached';

/** One objective while the run goes on. */
export interface LiveObjective {
  readonly objectiveSeconds: number;
  /** Since the incident. For the RPO: the age of the recovery points in use, which is settled from the start. */
  readonly elapsedSeconds: number;
  /** Where it will end by all that has really happened; Infinity where no end is in sight. */
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
  /** The resource whose recovery point loses most. */
  readonly oldest?: string;
}

/** What a change of an objective's state says, as it is kept: JSON has no Infinity. */
export interface ObjectiveChange
  extends Omit<LiveObjective, 'forecastSeconds'>, Pick<LiveForecast, 'cause' | 'oldest'> {
  /** Null where no end is in sight. */
  readonly forecastSeconds: number | null;
}
