import { readSync } from 'node:fs';
import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { unreadable } from '../sources/file-failures.ts';
import { CHUNK_BYTES } from '../sources/file-chunks.ts';
import { fileText } from '../sources/file-source.ts';
import type { ReadingNotes } from '../sources/text-source.ts';
import { LineCollector } from './line-collector.ts';
import type { LineBatch } from '../base/survey.ts';
import { LARGEST_FEED_BYTES, LineSurvey } from './survey-bytes.ts';
import type { SurveyPart } from './survey-part.ts';
import type { SurveySettings } from './survey-settings.ts';

/** A part of a file that one thread surveys: plain data. Of a plain file the lines that begin in `from` to `to`; a compressed one is whole. */
export interface FileTask {
  readonly source: number;
  readonly name: string;
  readonly formatName: FormatName;
  readonly details?: FormatDetails;
  readonly descriptor: number;
  readonly compressed: boolean;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** What surveying needs of the thread that it runs in. */
export interface TaskPorts {
  /** Hands lines on; the survey continues when it resolves. */
  deliver(batch: LineBatch, collector: LineCollector): Promise<void>;
  /** So many bytes more, as stored, were read. */
  progress(bytes: number): void;
  /** Called now and then to give the event loop a turn; throws to end the survey. */
  breathe(): Promise<void>;
}

/** Reading a file never waits: after this many chunks the event loop gets a turn. */
const FEEDS_BETWEEN_BREATHS = 16;

interface NumberedFormat {
  readonly number: number;
  readonly format: LineFormat;
}

/** Surveys one task after the other, in the thread that it is made in. */
export class TaskSurvey {
  readonly #settings: SurveySettings;
  readonly #ports: TaskPorts;
  readonly #collector = new LineCollector();
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #feeds = 0;

  constructor(settings: SurveySettings, ports: TaskPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /** @throws LifeboatError for a file that cannot be read */
  async file(task: FileTask, format: LineFormat): Promise<SurveyPart> {
    const source = { number: task.source, format };
    if (task.compressed) return this.text(source, (notes) => fileText(task.descriptor, task, notes));
    const start = task.from === 0 ? 0 : await this.#firstLine(task);
    const survey = new LineSurvey(source, this.#settings, this.#collector, start);
    if (start < task.to) await this.#range(survey, task, start);
    this.#ports.progress(task.to - task.from);
    await this.#deliver(task.source);
    return survey.result();
  }

  /** A whole text that comes in chunks. */
  async text(
    source: NumberedFormat,
    open: (notes: ReadingNotes) => AsyncIterable<Uint8Array>,
  ): Promise<SurveyPart> {
    const remarks: string[] = [];
    const survey = new LineSurvey(source, this.#settings, this.#collector, 0);
    const notes = { remark: (text: string) => remarks.push(text), progress: this.#ports.progress };
    for await (const chunk of open(notes)) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let start = 0; start < bytes.length; start += LARGEST_FEED_BYTES) {
        await this.#feed(survey, source.number, bytes.subarray(start, start + LARGEST_FEED_BYTES));
      }
    }
    survey.finish();
    await this.#deliver(source.number);
    const part = survey.result();
    return { ...part, remarks: [...remarks, ...part.remarks] };
  }

  async #range(survey: LineSurvey, task: FileTask, start: number): Promise<void> {
    let at = start;
    while (at < task.to) {
      const chunk = this.#read(task, at, task.to);
      if (chunk.length === 0) break;
      at += chunk.length;
      await this.#feed(survey, task.source, chunk);
    }
    while (survey.isOpen) {
      const chunk = this.#read(task, at, task.bytes);
      if (chunk.length === 0) return survey.finish();
      at += chunk.length;
      const newline = chunk.indexOf(0x0a);
      await this.#feed(survey, task.source, newline === -1 ? chunk : chunk.subarray(0, newline + 1));
    }
  }

  /** The offset of the first line that begins in the range; its end when none does. */
  async #firstLine(task: FileTask): Promise<number> {
    for (let at = task.from - 1; at < task.to - 1;) {
      const chunk = this.#read(task, at, task.to - 1);
      if (chunk.length === 0) break;
      const newline = chunk.indexOf(0x0a);
      if (newline !== -1) return at + newline + 1;
      at += chunk.length;
      await this.#breathe();
    }
    return task.to;
  }

  async #feed(survey: LineSurvey, source: number, chunk: Buffer): Promise<void> {
    survey.feed(chunk);
    if (this.#collector.isFull) await this.#deliver(source);
    await this.#breathe();
  }

  async #deliver(source: number): Promise<void> {
    const batch = this.#collector.take(source);
    if (batch !== undefined) await this.#ports.deliver(batch, this.#collector);
  }

  async #breathe(): Promise<void> {
    this.#feeds = (this.#feeds + 1) % FEEDS_BETWEEN_BREATHS;
    if (this.#feeds === 0) await this.#ports.breathe();
  }

  #read({ descriptor, name }: FileTask, from: number, to: number): Buffer {
    const length = Math.min(CHUNK_BYTES, to - from);
    if (length <= 0) return this.#buffer.subarray(0, 0);
    try {
      return this.#buffer.subarray(0, readSync(descriptor, this.#buffer, 0, length, from));
    } catch (error) {
      throw unreadable(error, name);
    }
  }
}
