import { LifeboatError } from '../../errors.ts';

/**
 * Calls `beat` again and again, until that is false or {@link stop} is called. Does not keep the process alive.
 */
export class Heartbeat {
  #timer: NodeJS.Timeout | undefined;

  /** From now on, every `everyMs`; one that ran before has ended. */
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

/** A disk that refuses a beat refuses the next decision too, and that is where it is told: a missed beat alone ends nothing. */
function succeeds(beat: () => boolean): boolean {
  try {
    return beat();
  } catch (error) {
    if (error instanceof LifeboatError) return true;
    throw error;
  }
}
