import { LifeboatError } from '../errors.ts';

/**
 * Calls `beat` at intervals until it returns false or {@link stop} is called. Does not keep the process alive.
 */
export class Heartbeat {
  #timer: NodeJS.Timeout | undefined;

  /** Starts beating every `everyMs`; replaces an earlier start. */
  start(everyMs: number, beat: () => boolean): void {
    this.stop();
    this.#timer = setInterval(() => {
      if (!succeeds(beat)) this.stop();
    }, everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A failed beat alone does not end the run: a disk that refuses it refuses the next decision too, and the failure is reported there. */
function succeeds(beat: () => boolean): boolean {
  try {
    return beat();
  } catch (error) {
    if (error instanceof LifeboatError) return true;
    throw error;
  }
}
