/** Waits for this many milliseconds, or until the signal aborts; never throws. */
export function pause(milliseconds: number, wake?: AbortSignal): Promise<void> {
  if (wake?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      wake?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    wake?.addEventListener('abort', done, { once: true });
  });
}
