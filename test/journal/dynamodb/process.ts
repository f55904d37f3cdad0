import type { GetItemCommandInput, PutItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { classify } from '../../../src/aws/request-failures.ts';
import { DynamoStore, type DynamoStoreOptions } from '../../../src/journal/dynamodb/dynamo-store.ts';
import type { Sender } from '../../../src/journal/dynamodb/rows.ts';
import type { Held } from '../../../src/journal/lease.ts';
import { HOUR_MS } from '../../../src/time.ts';
import type { Stores } from '../../contract/journal.ts';
import type { SomeTable } from './table.ts';

/** Processes that live give a heartbeat whenever another one lets time pass; one that is stopped does not. */
export class Machines {
  readonly #living = new Set<Held>();
  #isBeating = false;

  readonly beat = async (): Promise<void> => {
    // A heartbeat that fails lets time pass, too.
    if (this.#isBeating) return;
    this.#isBeating = true;
    try {
      // As the heartbeat of a process: one that fails is given again with the next.
      for (const held of this.#living) await held.renew().catch(() => false);
    } finally {
      this.#isBeating = false;
    }
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
  /** Time that has passed on its clock. */
  passedMs: number;
}

/** A request on its way. */
export interface Sent {
  /** `PutItem`, `Query` and so on. */
  readonly operation: string;
  /** `pk/sk`; of a query the first sort key. */
  readonly key: string;
  readonly isWrite: boolean;
  /** Has it carried out, whenever that is. */
  readonly deliver: () => Promise<unknown>;
}

/** What may happen to requests: each may throw, or take its time. */
export interface Mishaps {
  /** The request is not carried out. */
  readonly before?: (sent: Sent) => void | Promise<void>;
  /** The request is carried out, and its answer is lost. */
  readonly after?: (sent: Sent) => void | Promise<void>;
}

export interface ProcessOptions extends Partial<DynamoStoreOptions>, Mishaps {}

export function processOn(
  { client, table }: SomeTable,
  machines: Machines,
  options: ProcessOptions = {},
): Process {
  const { before, after, clock, ...rest } = options;
  let passedMs = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    passedMs += milliseconds;
    await machines.beat();
  };
  const store = new DynamoStore({
    client: { send: sendThrough(client, { before, after }) },
    table,
    classify,
    ...rest,
    clock: { monotonic: () => passedMs, sleep, ...clock },
    // Machines beat, and nothing else: on a slow one a real heartbeat would fall into virtual time.
    times: { beatEveryMs: HOUR_MS, lookEveryMs: 10_000, ...rest.times },
  });
  const lease: Stores['lease'] = {
    holder: (runId) => store.holder(runId),
    acquire: async (...given) => {
      const held = await store.acquire(...given);
      if ('epoch' in held) machines.add(held);
      return held;
    },
  };
  return {
    runs: store,
    lease,
    store,
    get passedMs() {
      return passedMs;
    },
    set passedMs(milliseconds) {
      passedMs = milliseconds;
    },
  };
}

type Maybe<T> = { readonly [K in keyof T]?: T[K] | undefined };

function sendThrough(client: Sender, { before, after }: Maybe<Mishaps>): Sender['send'] {
  const send = async (command: { readonly input: unknown }): Promise<unknown> => {
    const sent = sentAs(command, () => client.send(command as never));
    await before?.(sent);
    const answer = await sent.deliver();
    await after?.(sent);
    return answer;
  };
  return send as Sender['send'];
}

function sentAs(command: { readonly input: unknown }, deliver: Sent['deliver']): Sent {
  const operation = command.constructor.name.replace(/Command$/, '');
  const input = command.input as Partial<PutItemCommandInput & GetItemCommandInput & QueryCommandInput>;
  const item = input.Item ?? input.Key;
  const values = input.ExpressionAttributeValues;
  const pk = item?.['pk']?.S ?? values?.[':pk']?.S;
  const sk = item?.['sk']?.S ?? values?.[':from']?.S;
  return { operation, key: `${pk}/${sk}`, isWrite: /^(Put|Update|Delete)/.test(operation), deliver };
}
