import type { Wake, Wakes } from '../wakes.ts';
import { ALL } from './bodies.ts';
import type { Key } from './items.ts';
import type { Rows } from './rows.ts';

/** A partition of its own: an event of AWS must find the runs that rest without reading any other run. */
const WAKES = 'WAKES';

/** {@link Wakes} as one row for each run that rests. */
export class DynamoWakes implements Wakes {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  async expectWake(runId: string, callbackId: string): Promise<void> {
    await this.#rows.update(keyOf(runId), { set: { callbackId } });
  }

  async forgetWake(runId: string): Promise<void> {
    await this.#rows.delete(keyOf(runId));
  }

  async wakeOf(runId: string): Promise<Wake | undefined> {
    const callbackId = (await this.#rows.get(keyOf(runId)))?.['callbackId'];
    return callbackId === undefined ? undefined : { runId, callbackId: String(callbackId) };
  }

  async wakes(): Promise<readonly Wake[]> {
    const wakes: Wake[] = [];
    for await (const { sk, callbackId } of this.#rows.query(WAKES, ALL))
      wakes.push({ runId: sk, callbackId: String(callbackId) });
    return wakes;
  }
}

function keyOf(runId: string): Key {
  return { pk: WAKES, sk: runId };
}
