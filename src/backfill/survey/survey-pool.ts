import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buffersOf } from './line-collector.ts';
import type { LineBatch } from '../base/survey.ts';
import { failureFrom } from './survey-messages.ts';
import type { FromWorker, ToWorker } from './survey-messages.ts';
import type { SurveyPart } from './survey-part.ts';
import type { SurveySettings } from './survey-settings.ts';
import type { FileTask } from './survey-task.ts';

export interface WorkerPorts {
  /** The batch is the worker's again when it resolves. */
  deliver(batch: LineBatch): Promise<void>;
  progress(bytes: number): void;
}

/** One thread that surveys files. */
export class SurveyThread {
  readonly #worker: Worker;
  readonly #ports: WorkerPorts;
  #settle: { resolve(part: SurveyPart): void; reject(error: unknown): void } | undefined;
  #death: Error | undefined;

  /** @param entry another file than the worker's own; for tests of what dies */
  constructor(settings: SurveySettings, ports: WorkerPorts, entry = workerEntry()) {
    this.#ports = ports;
    this.#worker = new Worker(entry, { workerData: settings });
    this.#worker.on('message', (message: FromWorker) => void this.#hear(message));
    this.#worker.on('messageerror', (error: Error) => this.#die(error));
    this.#worker.on('error', (error: Error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`A thread of the survey ended with ${code}.`)));
  }

  /** One at a time. @throws what the worker threw, or an error when it died */
  run(task: FileTask): Promise<SurveyPart> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) return reject(this.#death);
      this.#settle = { resolve, reject };
      this.#tell({ kind: 'task', task });
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #hear(message: FromWorker): Promise<void> {
    if (message.kind === 'progress') return this.#ports.progress(message.bytes);
    if (message.kind === 'done') return this.#settle?.resolve(message.part);
    if (message.kind === 'failed') return this.#settle?.reject(failureFrom(message.failure));
    try {
      await this.#ports.deliver(message.batch);
      this.#tell({ kind: 'returned', batch: message.batch }, buffersOf(message.batch));
    } catch (error) {
      this.#settle?.reject(error);
    }
  }

  #tell(message: ToWorker, buffers: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, buffers);
  }

  #die(error: Error): void {
    this.#death ??= error;
    this.#settle?.reject(this.#death);
  }
}

/** Beside this file as it is written, and beside the bundle that this file is in when it is built. */
function workerEntry(): string {
  const isBuilt = !import.meta.filename.endsWith('.ts');
  return join(import.meta.dirname, isBuilt ? 'backfill-survey-worker.js' : 'survey-worker.ts');
}
