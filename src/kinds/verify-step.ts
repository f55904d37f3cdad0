import { DURATIONS } from '../facts/durations.ts';
import type { StrategyStep } from './steps.ts';

/** Reads what was made and compares it with the request. A difference is kept, and waits for an operator. */
export const VERIFY: StrategyStep = {
  id: 'verify',
  phase: 'verify',
  scope: 'resource',
  until: 'verified',
  onFailure: 'halt',
  takes: DURATIONS.configurationCheck,
};
