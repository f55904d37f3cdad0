import { LifeboatError, wholeFile } from '../../errors.ts';
import { FORMATS } from '../../runbook/log-formats.ts';
import type { FormatName, SourceSpec } from '../../runbook/backfill-schema.ts';
import { formatNamed } from '../formats/formats.ts';
import { fileSource, fileText } from './file-source.ts';
import type { FileSourceParts } from './file-source.ts';
import { beginningOf, detectedFormat, formatUnknown } from './first-lines.ts';
import { openLocalLog, sharedFile, STANDARD_INPUT } from './local-logs.ts';
import type { LocalLog } from './local-logs.ts';
import { objectName, objectSource, objectText, parseObjectPrefix } from './object-source.ts';
import type { ListedObject } from './object-source.ts';
import type { ObjectStore } from './object-store.ts';
import { expandPath, tooMany } from './paths.ts';
import type { SharedFile, TextSource } from './text-source.ts';

/** Files and objects together. */
const MOST_SOURCES = 10_000;
/** Objects whose format is looked for; the others under the same prefix have the same. */
const OBJECTS_LOOKED_AT = 5;

export interface OpeningOptions {
  /** A folder for what can only be read once. What is put there goes away with `close`. */
  readonly spoolDirectory: string;
  /** Default: that of the process. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Needed for `s3://`. */
  readonly objects?: ObjectStore;
  readonly signal?: AbortSignal;
}

/**
 * Opens all that the specifications with a `path` stand for, in their order, numbered from 1. The same file or object given twice is read once, and says so.
 * @throws LifeboatError naming the file, when one cannot be read or nobody knows its format; nothing stays open then
 */
export async function openTextSources(
  specs: readonly SourceSpec[],
  options: OpeningOptions,
): Promise<readonly TextSource[]> {
  const opening = new Opening(options);
  try {
    for (const spec of specs) if (spec.path !== undefined) await opening.add(spec.path, spec);
    return opening.sources;
  } catch (error) {
    await Promise.allSettled(opening.sources.map((source) => source.close()));
    throw error;
  }
}

type Format = Pick<FileSourceParts, 'number' | 'formatName' | 'format' | 'fields' | 'remarks'>;

/** Something found; it becomes a source when its format is known. */
interface Found {
  readonly remarks: readonly string[];
  /** Undefined for what is empty, and for objects that were not looked at. */
  readonly format: FormatName | undefined;
  readonly close: () => void;
  readonly toSource: (format: Format) => TextSource;
}

class Opening {
  readonly #options: OpeningOptions;
  readonly #sources: TextSource[] = [];
  #opened = 0;
  /** By what they really are. */
  readonly #known = new Map<string, { readonly name: string; readonly remarks: string[] }>();

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  get sources(): readonly TextSource[] {
    return this.#sources;
  }

  async add(path: string, spec: SourceSpec): Promise<void> {
    const found: Found[] = [];
    try {
      for await (const one of path.startsWith('s3://')
        ? this.#objects(path, spec)
        : this.#files(path, spec)) {
        found.push(one);
        if (this.#sources.length + found.length > MOST_SOURCES) throw tooMany(path, MOST_SOURCES);
        this.#options.signal?.throwIfAborted();
      }
    } catch (error) {
      for (const { close } of found) close();
      throw error;
    }
    const fallback = found.find(({ format }) => format !== undefined)?.format ?? FORMATS[0];
    for (const { remarks, format: formatName = fallback, toSource } of found) {
      const { fields } = spec;
      const format = formatNamed(formatName, fields);
      this.#sources.push(toSource({ number: this.#sources.length + 1, formatName, format, fields, remarks }));
    }
  }

  async *#files(path: string, spec: SourceSpec): AsyncGenerator<Found> {
    const isInput = path === STANDARD_INPUT;
    for (const name of isInput ? [path] : await expandPath(path, MOST_SOURCES)) {
      const remarks = isInput ? this.#firstTime(path, path) : undefined;
      if (isInput && remarks === undefined) return;
      this.#opened += 1;
      const log = await openLocalLog(name, this.#options, this.#opened);
      const { opened, compressed } = log;
      const shared = sharedFile(log, this.#opened);
      try {
        const own = remarks ?? this.#firstTime(`${opened.device}:${opened.inode}`, name);
        if (own === undefined) {
          shared.close();
          continue;
        }
        const format = givenFormat(spec) ?? (await this.#formatOfFile(shared, log));
        const toSource = (parts: Format) => fileSource({ ...parts, opened, shared, compressed });
        yield { remarks: own, format, close: shared.close, toSource };
      } catch (error) {
        shared.close();
        throw error;
      }
    }
  }

  /** Undefined for a file without a line. */
  async #formatOfFile(
    shared: SharedFile,
    { opened: { name, bytes }, compressed }: LocalLog,
  ): Promise<FormatName | undefined> {
    const descriptor = shared.hold();
    try {
      const beginning = await beginningOf(fileText(descriptor, { name, compressed, bytes }));
      const format = detectedFormat(beginning);
      if (format === undefined && !beginning.isEmpty) throw formatUnknown(name);
      return format;
    } finally {
      shared.release();
    }
  }

  async *#objects(path: string, spec: SourceSpec): AsyncGenerator<Found> {
    const { bucket, prefix } = parseObjectPrefix(path);
    const store = this.#options.objects;
    if (store === undefined) throw new Error(`${path} needs an object store`);
    let listed = 0;
    let known = givenFormat(spec);
    let unknown: unknown;
    for await (const { key, bytes, etag } of store.list(bucket, prefix)) {
      listed += 1;
      const object: ListedObject = { store, bucket, key, bytes, etag };
      const name = objectName(object);
      const remarks = this.#firstTime(name, name);
      if (remarks === undefined) continue;
      if (known === undefined && listed <= OBJECTS_LOOKED_AT) {
        const beginning = await beginningOf(objectText(object));
        known = detectedFormat(beginning);
        if (known === undefined && !beginning.isEmpty) unknown ??= formatUnknown(name);
      }
      const toSource = (parts: Format) => objectSource({ ...parts, object });
      yield { remarks, format: known, close: () => undefined, toSource };
    }
    // A bucket also holds what is no log, such as the test object of a load balancer: it is read like the others, and counted.
    if (known === undefined && unknown !== undefined) throw unknown;
    if (listed > 0) return;
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `No object has a key that begins with ${path}.`,
      'Check the bucket and the prefix: aws s3 ls shows what there is.',
      { at: wholeFile(path) },
    );
  }

  /** Remarks of what is met for the first time; undefined for what was met before, which then says so. */
  #firstTime(key: string, name: string): readonly string[] | undefined {
    const known = this.#known.get(key);
    if (known === undefined) {
      const remarks: string[] = [];
      this.#known.set(key, { name, remarks });
      return remarks;
    }
    const remark = known.name === name ? 'given twice: read once' : `also given as ${name}: read once`;
    if (!known.remarks.includes(remark)) known.remarks.push(remark);
    return undefined;
  }
}

function givenFormat({ format, fields }: SourceSpec): FormatName | undefined {
  return format ?? (fields === undefined ? undefined : 'json');
}
