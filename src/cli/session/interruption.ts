/** What Ctrl-C and SIGTERM do while a body of work runs. */
export interface Interruption {
  /** Called by the first: the work is asked to stop. */
  readonly first?: () => void;
  /** Called by each further one, for work that may be left at once; without it they change nothing. */
  readonly again?: () => never;
}

/** Runs the work with a signal that Ctrl-C or SIGTERM aborts. The handlers are removed when the work ends. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { first, again }: Interruption = {},
): Promise<T> {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) again?.();
    else {
      first?.();
      stop.abort();
    }
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
