import type { Wake, Wakes } from '../../../src/journal/wakes.ts';

/** In memory, for tests of the durable execution. */
export class MemoryWakes implements Wakes {
  readonly #callbacks = new Map<string, string>();

  async expectWake(runId: string, callbackId: string): Promise<void> {
    this.#callbacks.set(runId, callbackId);
  }

  async forgetWake(runId: string): Promise<void> {
    this.#callbacks.delete(runId);
  }

  async wakeOf(runId: string): Promise<Wake | undefined> {
    const callbackId = this.#callbacks.get(runId);
    return callbackId === undefined ? undefined : { runId, callbackId };
  }

  async wakes(): Promise<readonly Wake[]> {
    return [...this.#callbacks].map(([runId, callbackId]) => ({ runId, callbackId }));
  }
}
