import { tagged } from '../base/state-tags.ts';
import type { Outcome } from './recovery-context.ts';

/** The phases that a report lists, in the order in which they begin. */
export const PHASE_NAMES = [
  'preflight',
  'approval',
  'restore',
  'warmup',
  'verify',
  'cutover',
  'backfill',
  'cleanup',
] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/** The phase of the recovery as a whole. */
export type Phase = PhaseName | 'securing' | 'halted' | Outcome;

/** `starts`: resources may start. `ending`: what the run made is removed, kept or protected. `over`: the run has ended. */
export type PhaseTag = 'starts' | 'ending' | 'over';

/** The tags of the recovery machine's states. */
export const PHASE_TAGS: Readonly<Record<Phase, readonly PhaseTag[]>> = {
  preflight: [],
  approval: [],
  securing: [],
  restore: ['starts'],
  warmup: ['starts'],
  verify: ['starts'],
  cutover: [],
  backfill: [],
  cleanup: ['ending'],
  halted: [],
  completed: ['over'],
  failed: ['over'],
  aborted: ['over'],
};

const STARTS = tagged(PHASE_TAGS, 'starts');
const OVER: ReadonlySet<string> = tagged(PHASE_TAGS, 'over');

export function phaseOf(value: unknown): Phase {
  return (value as { course: Phase }).course;
}

export function isPaused(value: unknown): boolean {
  return (value as { hold: string }).hold === 'paused';
}

/** Whether a run has ended, by its phase or by the status that is told of it. */
export function isOver(phase: string): phase is Outcome {
  return OVER.has(phase);
}

/** Whether a run that has ended is being cleaned up, as its operator asked. */
export function isCleaningUp(value: unknown): boolean {
  return (value as { afterwards?: string }).afterwards === 'removing';
}

/** Whether resources may start in this phase. */
export function mayStart(phase: Phase): boolean {
  return STARTS.has(phase);
}
