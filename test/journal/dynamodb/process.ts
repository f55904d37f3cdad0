import { classify } from '../../../src/aws/request-failures.ts';
import { DynamoStore, type DynamoStoreOptions } from '../../../src/journal/dynamodb/dynamo-store.ts';
import type { Sender } from '../../../src/journal/dynamodb/rows.ts';
import type { Held } from '../../../src/journal/lease.ts';
import type { Stores } from '../../contract/journal.ts';
import type { OpenTable } from './table.ts';

/** Processes that live give a heartbeat whenever another one lets time pass; one that is stopped does not. */
export class Machines {
  readonly #living = new Set<Held>();

  readonly beat = async (): Promise<void> => {
    for (const held of this.#living) await held.renew();
  };

  add(held: Held): void {
    this.#living.add(held);
  }

  stop(held: Held): void {
    this.#living.delete(held);
  }
}

/** One process with its own clock, which agrees with no other. */
export interface Process extends Stores {
  readonly store: DynamoStore;
  /** On its monotonic clock. */
  readonly passedMs: () => number;
}

export interface ProcessOptions extends Partial<DynamoStoreOptions> {
  readonly startsAt?: number;
  /** What its requests go through. */
  readonly wrap?: (client: Sender) => Sender;
}

export function processOn(
  { client, table }: OpenTable,
  machines: Machines,
  options: ProcessOptions = {},
): Process {
  const { startsAt = 0, wrap = (same: Sender) => same, ...rest } = options;
  let monotonic = startsAt;
  const sleep = async (milliseconds: number): Promise<void> => {
    monotonic += milliseconds;
    await machines.beat();
  };
  const store = new DynamoStore({
    client: wrap(client),
    table,
    classify,
    clock: { monotonic: () => monotonic, sleep, ...rest.clock },
    ...rest,
    // Machines beat, and nothing else: on a slow one a real heartbeat would fall into virtual time.
    times: { beatEveryMs: 3_600_000, ...rest.times },
  });
  const lease: Stores['lease'] = {
    holder: (runId) => store.holder(runId),
    acquire: async (...given) => {
      const held = await store.acquire(...given);
      if ('epoch' in held) machines.add(held);
      return held;
    },
  };
  return { runs: store, lease, store, passedMs: () => monotonic - startsAt };
}
