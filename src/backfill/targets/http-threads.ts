import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Attempt, ReplayRequest, ReplayTarget } from '../replay/ports.ts';
import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import { createHttpTarget, type HttpTargetOptions } from './http.ts';
import { packRequests, type AttemptBatch, type HttpThreadData } from './http-thread-messages.ts';

/**
 * The same target as {@link createHttpTarget}, with the connections in threads of their own: then what is written to the ledger costs the connections nothing.
 *
 * @param threads at least one; the connections are shared out
 * @throws LifeboatError as createHttpTarget does
 */
export function createThreadedHttpTarget(
  settings: ReplaySettings,
  options: Omit<HttpTargetOptions, 'now'>,
  threads: number,
): ReplayTarget {
  // What is wrong with the settings is told here, not by a thread.
  const { name } = createHttpTarget(settings, options);
  return new ThreadedTarget(name, settings, options, Math.min(threads, settings.connections));
}

class ThreadedTarget implements ReplayTarget {
  readonly name: string;
  private readonly threads: readonly SendingThread[];

  constructor(name: string, settings: ReplaySettings, options: Omit<HttpTargetOptions, 'now'>, threads: number) {
    this.name = name;
    this.threads = Array.from({ length: threads }, (_, index) => {
      const connections = Math.ceil((settings.connections - index) / threads);
      return new SendingThread({ ...options, settings: { ...settings, connections } });
    });
  }

  send(request: ReplayRequest): Promise<Attempt> {
    let idlest = this.threads[0];
    for (const thread of this.threads) if (thread.free > (idlest?.free ?? 0)) idlest = thread;
    if (idlest === undefined || idlest.free === 0) throw new Error('more requests under way than connections');
    return idlest.send(request);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

interface Pending {
  readonly resolve: (attempt: Attempt) => void;
  readonly reject: (error: Error) => void;
}

class SendingThread {
  private readonly worker: Worker;
  private readonly slots: (Pending | undefined)[];
  private readonly freeSlots: number[];
  private requests: ReplayRequest[] = [];
  private requestSlots: number[] = [];
  private death: Error | undefined;

  constructor(data: HttpThreadData) {
    const { connections } = data.settings;
    this.slots = new Array<Pending | undefined>(connections).fill(undefined);
    this.freeSlots = Array.from({ length: connections }, (_, slot) => slot);
    this.worker = new Worker(threadEntry(), { workerData: data });
    this.worker.on('message', (batch: AttemptBatch) => this.hear(batch));
    this.worker.on('error', (error: Error) => this.die(error));
    this.worker.on('exit', () => this.die(new Error('a thread that sends has ended')));
  }

  get free(): number {
    return this.freeSlots.length;
  }

  send(request: ReplayRequest): Promise<Attempt> {
    return new Promise((resolve, reject) => {
      const slot = this.freeSlots.pop();
      if (this.death !== undefined || slot === undefined) return reject(this.death ?? new Error('no free slot'));
      this.slots[slot] = { resolve, reject };
      if (this.requests.length === 0) setImmediate(() => this.flush());
      this.requests.push(request);
      this.requestSlots.push(slot);
    });
  }

  async close(): Promise<void> {
    if (this.death !== undefined) return;
    const exited = new Promise((resolve) => this.worker.once('exit', resolve));
    this.worker.postMessage('close');
    await exited;
  }

  private flush(): void {
    const batch = packRequests(this.requests, this.requestSlots);
    this.requests = [];
    this.requestSlots = [];
    this.worker.postMessage(batch, [batch.bodies.buffer]);
  }

  private hear({ plain, others }: AttemptBatch): void {
    for (let index = 0; index < plain.length; index += 2)
      this.ended(plain[index] ?? -1, { kind: 'answered', status: plain[index + 1] ?? 0, answer: '' });
    for (const [slot, attempt] of others) this.ended(slot, attempt);
  }

  private ended(slot: number, attempt: Attempt): void {
    const pending = this.slots[slot];
    this.slots[slot] = undefined;
    this.freeSlots.push(slot);
    pending?.resolve(attempt);
  }

  private die(error: Error): void {
    this.death ??= error;
    for (const pending of this.slots) pending?.reject(this.death);
    this.slots.fill(undefined);
  }
}

/** Beside this file as it is written, and beside the bundle that this file is in when it is built. */
function threadEntry(): string {
  const isBuilt = !import.meta.filename.endsWith('.ts');
  return join(import.meta.dirname, isBuilt ? 'backfill-http-thread.js' : 'http-thread.ts');
}
