import { parentPort, workerData } from 'node:worker_threads';
import type { Attempt } from '../replay/ports.ts';
import { createHttpTarget } from './http.ts';
import {
  unpackRequests,
  type AttemptBatch,
  type HttpThreadData,
  type ToHttpThread,
} from './http-thread-messages.ts';

/** The entry of a thread that sends: rewriting, the connections, and the reading of answers. */
function serve(port: NonNullable<typeof parentPort>, { settings, ...options }: HttpThreadData): void {
  const target = createHttpTarget(settings, options);
  let plain: number[] = [];
  let others: [number, Attempt][] = [];
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    const batch: AttemptBatch = { plain: Int32Array.from(plain), others };
    plain = [];
    others = [];
    port.postMessage(batch, [batch.plain.buffer]);
  };
  const ended = (slot: number, attempt: Attempt): void => {
    if (attempt.kind === 'answered' && attempt.answer === '' && attempt.retryAfterSeconds === undefined)
      plain.push(slot, attempt.status);
    else others.push([slot, attempt]);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  };
  port.on('message', (message: ToHttpThread) => {
    if (message === 'close') {
      void target.close().then(() => port.close());
      return;
    }
    unpackRequests(message, (slot, request) => {
      void target.send(request, 1).then((attempt) => ended(slot, attempt));
    });
  });
}

if (parentPort === null) throw new Error('http-thread is a worker thread, not a program');
serve(parentPort, workerData as HttpThreadData);
