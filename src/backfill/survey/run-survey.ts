import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SharedFile, TextSource } from '../sources/text-source.ts';
import type { LineBatch, Survey } from '../base/survey.ts';
import type { SurveyPart } from './survey-part.ts';
import { SurveyThread } from './survey-pool.ts';
import type { WorkerPorts } from './survey-pool.ts';
import type { SurveySettings } from './survey-settings.ts';
import { SurveySum } from './survey-sum.ts';
import { TaskSurvey } from './survey-task.ts';
import type { FileTask, TaskPorts } from './survey-task.ts';

export interface SurveyOptions {
  /** Threads that read files. 1: the thread that asks, without a worker. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Bytes read so far, of the sum of all `TextSource.bytes`. */
  readonly onProgress?: (bytes: number) => void;
  /** A plain file is divided into ranges of this size; if all files together are smaller, no worker is started. */
  readonly rangeBytes?: number;
}

const RANGE_BYTES = 16 * 1_024 * 1_024;
/** Assumed ratio of text to its gzip. */
const GZIP_RATIO = 10;
/** Sources that are no files wait for the network, so several are under way at once. */
const STREAMS = 4;

/** What all parts of one survey share. */
interface Course {
  readonly settings: SurveySettings;
  readonly sum: SurveySum;
  readonly ports: WorkerPorts;
  /** Ends all parts: the caller's, or one of them failed. */
  readonly signal: AbortSignal;
}

/**
 * Reads all sources once: counts their lines, and hands out those that `settings.select` asks for. One batch at a time is handed out, and none before `onLines` is done with the one before; then its buffers
 * are used again. The result does not depend on the number of threads.
 * @throws LifeboatError for a source that cannot be read; the reason of `signal` when it was aborted
 */
export async function runSurvey(
  sources: readonly TextSource[],
  settings: SurveySettings,
  onLines: (batch: LineBatch) => Promise<void> | void,
  options: SurveyOptions,
): Promise<Survey> {
  const { threads, rangeBytes = RANGE_BYTES } = options;
  options.signal?.throwIfAborted();
  const failure = new AbortController();
  const signal =
    options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  const course = {
    settings,
    sum: new SurveySum(),
    ports: portsOf(onLines, signal, options.onProgress),
    signal,
  };
  const files = sources.filter(isFile);
  const weight = files.reduce((sum, { bytes, compressed }) => sum + bytes * (compressed ? GZIP_RATIO : 1), 0);
  const tasks = tasksOf(files, rangeBytes);
  const reading = weight > rangeBytes ? readFiles(course, tasks, threads) : readFiles(course, tasks, 1);
  const streams = sources.filter((source) => !isFile(source)).values();
  try {
    await Promise.all([reading, ...Array.from({ length: STREAMS }, () => readStreams(course, streams))]);
  } catch (error) {
    failure.abort(error);
    // Descriptors stay in use until then.
    await reading.catch(() => undefined);
    throw options.signal?.aborted === true ? options.signal.reason : error;
  }
  return course.sum.survey(sources);
}

function portsOf(
  onLines: (batch: LineBatch) => Promise<void> | void,
  signal: AbortSignal,
  onProgress: SurveyOptions['onProgress'],
): WorkerPorts {
  let turn: Promise<void> = Promise.resolve();
  let read = 0;
  return {
    deliver: (batch) => {
      const mine = turn.then(() => {
        signal.throwIfAborted();
        return onLines(batch);
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
    progress: (bytes) => {
      read += bytes;
      onProgress?.(read);
    },
  };
}

type FileSource = TextSource & { readonly file: SharedFile };

function isFile(source: TextSource): source is FileSource {
  return source.file !== undefined;
}

interface HeldTask extends Omit<FileTask, 'descriptor'> {
  readonly owner: FileSource;
}

/** Compressed files first, because they cannot be shared: the rest fills what is left. */
function tasksOf(files: readonly FileSource[], rangeBytes: number): readonly HeldTask[] {
  const tasks = files.flatMap((owner) => {
    const { number: source, name, formatName, details, compressed, bytes } = owner;
    const step = compressed ? Math.max(bytes, 1) : rangeBytes;
    return Array.from({ length: Math.ceil(bytes / step) }, (_, index) => ({
      ...{ owner, source, name, formatName, compressed, bytes },
      ...(details !== undefined && { details }),
      from: index * step,
      to: Math.min(bytes, (index + 1) * step),
    }));
  });
  return tasks.sort((left, right) => {
    if (left.compressed !== right.compressed) return left.compressed ? -1 : 1;
    return left.compressed ? right.bytes - left.bytes : 0;
  });
}

async function readFiles(course: Course, tasks: readonly HeldTask[], most: number): Promise<void> {
  const threads = Math.min(most, tasks.length);
  const queue = tasks.values();
  if (threads > 1) return inWorkers(course, queue, threads);
  const survey = new TaskSurvey(course.settings, portsHere(course));
  return drain(course, queue, (task, { format }) => survey.file(task, format));
}

async function inWorkers(course: Course, queue: Iterator<HeldTask>, count: number): Promise<void> {
  const threads = Array.from({ length: count }, () => new SurveyThread(course.settings, course.ports));
  const stop = () => Promise.all(threads.map((thread) => thread.stop()));
  course.signal.addEventListener('abort', stop);
  const loops = threads.map((thread) => drain(course, queue, (task) => thread.run(task)));
  try {
    await Promise.all(loops);
  } finally {
    course.signal.removeEventListener('abort', stop);
    await stop();
    await Promise.allSettled(loops);
  }
}

/** Takes task after task until there are none left. */
async function drain(
  { signal, sum }: Course,
  queue: Iterator<HeldTask>,
  read: (task: FileTask, owner: FileSource) => Promise<SurveyPart>,
): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    signal.throwIfAborted();
    const { owner, ...task } = next.value;
    const descriptor = owner.file.hold();
    try {
      sum.add(await read({ ...task, descriptor }, owner));
    } finally {
      owner.file.release();
    }
  }
}

async function readStreams(course: Course, queue: Iterator<TextSource>): Promise<void> {
  const survey = new TaskSurvey(course.settings, portsHere(course));
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const source = next.value;
    course.signal.throwIfAborted();
    course.sum.add(await survey.text(source, (notes) => source.chunks(notes)));
  }
}

function portsHere({ ports, signal }: Course): TaskPorts {
  return {
    deliver: async (batch, collector) => {
      await ports.deliver(batch);
      collector.giveBack(batch);
    },
    progress: ports.progress,
    breathe: async () => {
      await nextTurn();
      signal.throwIfAborted();
    },
  };
}
