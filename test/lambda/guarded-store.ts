import type { Journal } from '../../src/journal/journal.ts';
import type { Lease } from '../../src/journal/lease.ts';
import type { RunStore } from '../../src/journal/run-store.ts';
import type { Wakes } from '../../src/journal/wakes.ts';
import { Connection, type Table } from '../journal/log/table.ts';
import type { Sandbox } from './durable/sandbox.ts';

export type Runs = RunStore & Lease;

/** What runs the code under test, and what its calls to the outside go through. */
export type Machine = Pick<Sandbox, 'clock' | 'guard' | 'guarded' | 'isLively'>;

/** A connection of one process: it sleeps in virtual time, and gives no heartbeat once its process is dead. */
export class ProcessConnection extends Connection {
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #isAlive: () => boolean;

  constructor(table: Table, sleep: (ms: number) => Promise<void>, isAlive: () => boolean) {
    super(table);
    this.#sleep = sleep;
    this.#isAlive = isAlive;
  }

  override async sleep(ms: number): Promise<void> {
    await super.sleep(ms);
    await this.#sleep(ms);
  }

  override keepAlive(renew: () => Promise<unknown>): () => void {
    return super.keepAlive(async () => (this.#isAlive() ? renew() : undefined));
  }
}

export interface Troubles {
  /** Fails a call: throttles, for example. */
  readonly fails: ((call: string) => Error | undefined) | undefined;
  /** All runs seem to have begun with this version of the machines. */
  readonly machineVersion: number | undefined;
}

const JOURNAL_CALLS = [
  ...(['load', 'commit', 'putValue', 'value'] as const),
  ...(['countCall', 'assertOurs', 'pendingSignals', 'timeline'] as const),
];

/** The store of one sandbox, in which every call may be the last. */
export function guardedStore(
  machine: Machine,
  runs: Runs,
  wakes: Wakes,
  { fails, machineVersion }: Troubles,
): Runs & Wakes {
  const fail = (call: string): void => {
    const error = fails?.(call);
    if (error !== undefined) throw error;
  };
  const opened = async (...given: Parameters<RunStore['open']>): Promise<Journal> => {
    fail('open');
    const journal = await runs.open(...given);
    const { record } = journal;
    const commit = journal.commit.bind(journal);
    journal.commit = async (written) => {
      fail('commit');
      return commit(written);
    };
    if (machineVersion !== undefined)
      Object.defineProperty(journal, 'record', { value: { ...record, machineVersion } });
    return machine.guarded(journal, JOURNAL_CALLS);
  };
  const store: Runs & Wakes = {
    create: (draft) => runs.create(draft),
    find: (runId) => runs.find(runId),
    list: () => runs.list(),
    open: opened,
    baseline: (runbook, world) => runs.baseline(runbook, world),
    keepBaseline: (runbook, world, text) => runs.keepBaseline(runbook, world, text),
    acquire: async (runId, takeOver) => {
      fail('acquire');
      return runs.acquire(runId, takeOver);
    },
    holder: (runId) => runs.holder(runId),
    expectWake: (runId, callbackId) => wakes.expectWake(runId, callbackId),
    forgetWake: (runId) => wakes.forgetWake(runId),
    wakeOf: (runId) => wakes.wakeOf(runId),
    wakes: () => wakes.wakes(),
  };
  return machine.guarded(store, ['open', 'acquire', 'expectWake', 'forgetWake']);
}
