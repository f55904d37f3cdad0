import type { OwnHealth, Restraint } from './held-back.ts';

const LOOP_LATE_MS = 50;
const LOOP_VERY_LATE_MS = 200;
const LOOP_BUSY = 0.95;
const HEAP_FULL = 0.8;
const HEAP_VERY_FULL = 0.9;

/** A shortage of this process. */
export interface Strain {
  readonly by: Restraint;
  /** By what the rate is multiplied; 1: it only does not grow. */
  readonly factor: number;
}

/** `undefined`: none. */
export function strainOf({
  eventLoopDelayMs,
  eventLoopUtilization,
  heapUsed,
}: OwnHealth): Strain | undefined {
  const isVery = eventLoopDelayMs > LOOP_VERY_LATE_MS || heapUsed > HEAP_VERY_FULL;
  const factor = isVery ? 0.5 : 0.8;
  if (heapUsed > HEAP_FULL) return { by: 'own-heap', factor };
  if (eventLoopDelayMs > LOOP_LATE_MS) return { by: 'own-loop', factor };
  return eventLoopUtilization > LOOP_BUSY ? { by: 'own-loop', factor: 1 } : undefined;
}
