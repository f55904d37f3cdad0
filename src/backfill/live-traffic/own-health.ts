import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { OwnHealth } from '../control/adaptive.ts';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;
/** How many readings one histogram lasts. */
const READS = 3;

export interface OwnHealthWatch {
  /** The utilization since the last reading, the delay over the last few. */
  read(): OwnHealth;
  close(): void;
}

/** Watches the event loop and the heap of this thread. */
export function watchOwnHealth(): OwnHealthWatch {
  // Two that overlap: each reading covers at least one whole length, or one late timer would be the p99 of a second.
  const monitors = [started(), started()] as const;
  let reads = 0;
  let before = performance.eventLoopUtilization();
  return {
    read() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const oldest = monitors[Math.floor(reads / READS) % 2 === 0 ? 0 : 1];
      // What is measured is the whole interval, of which the resolution was asked for.
      const late = oldest.count === 0 ? 0 : oldest.percentile(99) / NANOSECONDS - RESOLUTION_MS;
      reads += 1;
      if (reads % READS === 0) oldest.reset();
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return {
        eventLoopDelayMs: Math.max(0, late),
        eventLoopUtilization: Math.min(Math.max(utilization, 0), 1),
        heapUsed: limit > 0 ? Math.min(used / limit, 1) : 0,
      };
    },
    close() {
      for (const monitor of monitors) monitor.disable();
    },
  };
}

function started() {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  return monitor;
}
