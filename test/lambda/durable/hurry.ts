/** What the SDK waits before it suspends an execution (`CHECKPOINT_TERMINATION_COOLDOWN_MS`), ms of real time. */
const COOLDOWN_MS = 20;
/** Nothing here needs so much real time: such a timer is of the SDK, or of a process that was killed. */
const LONG_MS = 100;

/**
 * Shortens the pause that the SDK makes before each suspension: hundreds of waits would take many seconds of real time. The order of things stays the same,
 * because nothing that the SDK then waits for needs real time here. Long timers do not keep the test's process alive.
 */
export function hurry(): void {
  const real = globalThis.setTimeout;
  const hurried = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout => {
    const timer = real(work, ms === COOLDOWN_MS ? 0 : ms, ...args);
    return ms >= LONG_MS ? timer.unref() : timer;
  };
  globalThis.setTimeout = Object.assign(hurried, real);
}
