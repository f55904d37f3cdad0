import { parentPort, workerData } from 'node:worker_threads';
import { formatNamed } from '../formats/formats.ts';
import { buffersOf } from './line-collector.ts';
import type { LineCollector } from './line-collector.ts';
import { plainFailure } from './survey-messages.ts';
import type { FromWorker, ToWorker } from './survey-messages.ts';
import type { SurveySettings } from './survey-settings.ts';
import { TaskSurvey } from './survey-task.ts';
import type { FileTask } from './survey-task.ts';

/** Batches that may wait for the main thread before the worker waits. */
const MOST_WAITING = 2;
/** Progress is reported in steps of this size: messages between threads are expensive. */
const PROGRESS_BYTES = 4 * 1_024 * 1_024;

/** The entry point of a survey's worker thread: one task at a time. */
function serve(port: NonNullable<typeof parentPort>, settings: SurveySettings): void {
  let collector: LineCollector | undefined;
  let waiting = 0;
  let goOn: (() => void) | undefined;
  let unreported = 0;
  const post = (message: FromWorker, buffers: ArrayBuffer[] = []) => port.postMessage(message, buffers);
  const report = (bytes: number, least: number) => {
    unreported += bytes;
    if (unreported < least) return;
    post({ kind: 'progress', bytes: unreported });
    unreported = 0;
  };
  const survey = new TaskSurvey(settings, {
    deliver: async (batch, owner) => {
      collector = owner;
      waiting += 1;
      post({ kind: 'lines', batch }, buffersOf(batch));
      if (waiting >= MOST_WAITING) await new Promise<void>((resolve) => (goOn = resolve));
    },
    progress: (bytes) => report(bytes, PROGRESS_BYTES),
    breathe: async () => undefined,
  });
  const run = async (task: FileTask) => {
    try {
      const part = await survey.file(task, formatNamed(task.formatName, task.details));
      report(0, 1);
      post({ kind: 'done', part });
    } catch (error) {
      post({ kind: 'failed', failure: plainFailure(error) });
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'task') return void run(message.task);
    waiting -= 1;
    collector?.giveBack(message.batch);
    goOn?.();
  });
}

if (parentPort === null) throw new Error('survey-worker is a worker thread, not a program');
serve(parentPort, workerData as SurveySettings);
