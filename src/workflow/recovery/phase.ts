/** Where the recovery as a whole stands. */
export type Phase =
  | 'preflight'
  | 'approval'
  | 'securing'
  | 'restore'
  | 'warmup'
  | 'verify'
  | 'cutover'
  | 'backfill'
  | 'cleanup'
  | 'halted'
  | 'completed'
  | 'failed'
  | 'aborted';

export function phaseOf(value: unknown): Phase {
  return (value as { course: Phase }).course;
}

export function isPaused(value: unknown): boolean {
  return (value as { hold: string }).hold === 'paused';
}
