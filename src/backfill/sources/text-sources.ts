import { LifeboatError, wholeFile } from '../../errors.ts';
import type { Room } from '../base/room.ts';
import type { SourceSpec } from '../../runbook/backfill-schema.ts';
import { formatNamed } from '../formats/formats.ts';
import { findCopies, stemOf } from './copies.ts';
import { fileSource, sharedText } from './file-source.ts';
import { beginningOf, detectedFormat } from './first-lines.ts';
import {
  givenFormat,
  leftOut,
  notLinesFailure,
  readings,
  withFirstLines,
  type Format,
  type Found,
} from './found-logs.ts';
import { openLocalLog, sharedFile, STANDARD_INPUT } from './local-logs.ts';
import { objectName, objectSource, objectText, parseObjectPrefix } from './object-source.ts';
import type { ListedObject } from './object-source.ts';
import type { ObjectStore } from './object-store.ts';
import { expandPath, tooMany } from './paths.ts';
import type { ReadingNotes, TextSource } from './text-source.ts';

/** Files and objects together. */
export const MOST_SOURCES = 10_000;
/** Objects whose format is looked for; the others under the same prefix have the same. */
const OBJECTS_LOOKED_AT = 5;
/** Requests for beginnings of objects, at once. */
const LOOKS_AT_ONCE = 8;
/** In a note. */
const MOST_NAMED = 5;
/** Files with these names are mostly not text. */
const ODD_NAME =
  /\.(xz|bz2|lz4|lz|lzma|z|zip|7z|t[gbx]z2?|tar|snappy|sz|parquet|avro|orc|sqlite|db)(\.gz|\.zst)?$/i;

export interface OpeningOptions {
  /** A folder for what can only be read once. What is put there goes away with `close`. */
  readonly spoolDirectory: string;
  /** Default: that of the process. */
  readonly stdin?: NodeJS.ReadableStream;
  /** Needed for `s3://`. */
  readonly objects?: ObjectStore;
  readonly signal?: AbortSignal;
  /** Of the folder; absent: it may be filled. */
  readonly room?: Room;
}

/**
 * Opens all that the specifications with a `path` stand for, in their order, numbered from 1. The same log given twice is read once, and says so: by another name, copied, or compressed.
 * @throws LifeboatError naming the file, when one cannot be read or its format is unknown; nothing stays open then
 */
export async function openTextSources(
  specs: readonly SourceSpec[],
  options: OpeningOptions,
): Promise<readonly TextSource[]> {
  const opening = new Opening(options);
  try {
    for (const spec of specs) if (spec.path !== undefined) await opening.add(spec.path, spec);
    return await opening.sources();
  } catch (error) {
    opening.close();
    throw error;
  }
}

/** What a specification led to. */
interface Group {
  readonly spec: SourceSpec;
  readonly found: Found[];
}

class Opening {
  readonly #options: OpeningOptions;
  readonly #groups: Group[] = [];
  #opened = 0;
  #found = 0;
  /** By device and inode, or by the name of an object. */
  readonly #known = new Map<
    string,
    { readonly name: string; readonly remarks: string[]; readonly repeats: Set<string> }
  >();

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  close(): void {
    for (const { close } of this.#all) close();
  }

  async add(path: string, spec: SourceSpec): Promise<void> {
    const found: Found[] = [];
    this.#groups.push({ spec, found });
    for await (const one of path.startsWith('s3://') ? this.#objects(path) : this.#files(path)) {
      found.push(one);
      this.#found += 1;
      if (this.#found > MOST_SOURCES) throw tooMany(path, MOST_SOURCES);
      this.#options.signal?.throwIfAborted();
    }
  }

  /** Once everything was added. */
  async sources(): Promise<readonly TextSource[]> {
    for (const { spec, found } of this.#groups) await this.#lookAt(spec, found);
    await this.#lookAtLikes();
    const copies = await this.#copies();
    const opened: TextSource[] = [];
    let firstFault: LifeboatError | undefined;
    for (const { spec, found } of this.#groups) {
      for (const { one, format: named, fault } of readings(spec, found)) {
        if (copies.has(one)) continue;
        if (fault !== undefined) firstFault ??= notLinesFailure(one.name, fault);
        const { name: formatName, details } = named;
        const format = formatNamed(formatName, details);
        const number = opened.length + 1;
        const source = one.toSource({ number, formatName, format, details, remarks: one.remarks });
        opened.push(fault === undefined ? withFirstLines(source, one) : leftOut(source, fault));
      }
    }
    for (const { close } of copies.keys()) close();
    if (firstFault !== undefined && opened.every(({ unread }) => unread !== undefined)) throw firstFault;
    return opened;
  }

  get #all(): readonly Found[] {
    return this.#groups.flatMap(({ found }) => found);
  }

  /** All files; of objects the first until the format is known. */
  async #lookAt(spec: SourceSpec, found: readonly Found[]): Promise<void> {
    let isKnown = givenFormat(spec) !== undefined;
    for (const [index, one] of found.entries()) {
      this.#options.signal?.throwIfAborted();
      if (one.etag !== undefined && (isKnown || index >= OBJECTS_LOOKED_AT)) continue;
      one.beginning = await one.look();
      isKnown ||= detectedFormat(one.beginning) !== undefined;
    }
  }

  /** Reads the beginnings of objects that may be copies of others; reading all would cost one request each. */
  async #lookAtLikes(): Promise<void> {
    const all = this.#all;
    const likeness = ({ name, bytes, etag }: Found): readonly string[] => [
      `stem ${stemOf(name)}`,
      `bytes ${bytes}`,
      ...(etag === undefined ? [] : [`etag ${etag}`]),
    ];
    const counts = new Map<string, number>();
    for (const key of all.flatMap(likeness)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const likes = all.filter(
      (one) =>
        one.beginning === undefined &&
        (ODD_NAME.test(one.name) || likeness(one).some((key) => (counts.get(key) ?? 0) > 1)),
    );
    const queue = likes.values();
    const looking = Array.from({ length: LOOKS_AT_ONCE }, async () => {
      for (const one of queue) {
        this.#options.signal?.throwIfAborted();
        one.beginning = await one.look();
      }
    });
    await Promise.all(looking);
  }

  /** Finds copies, and adds a remark to the log that contains them. */
  async #copies(): Promise<ReadonlyMap<Found, Found>> {
    const logs = this.#all.flatMap((found) =>
      found.beginning?.isEmpty === true
        ? []
        : [{ found, name: found.name, beginning: found.beginning?.text, text: found.text }],
    );
    const copies = new Map<Found, Found>();
    const beginnings = new Set<Found>();
    const told = new Map<Found, { readonly same: string[]; readonly begun: string[] }>();
    const found = await findCopies(logs);
    for (const { copy, of, isBeginning } of found) {
      copies.set(copy.found, of.found);
      if (isBeginning) beginnings.add(copy.found);
    }
    for (const { copy } of found) {
      let kept = copy.found;
      let isBeginning = false;
      for (let of = copies.get(kept); of !== undefined; of = copies.get(kept)) {
        isBeginning ||= beginnings.has(kept);
        kept = of;
      }
      const names = told.get(kept) ?? { same: [], begun: [] };
      told.set(kept, names);
      (isBeginning ? names.begun : names.same).push(copy.name);
    }
    for (const [kept, { same, begun }] of told) {
      if (same.length > 0) kept.remarks.push(`identical to ${listed(same)}: read once`);
      if (begun.length > 0)
        kept.remarks.push(`it begins with the whole content of ${listed(begun)}: read once`);
    }
    return copies;
  }

  async *#files(path: string): AsyncGenerator<Found> {
    const isInput = path === STANDARD_INPUT;
    for (const name of isInput ? [path] : await expandPath(path, MOST_SOURCES)) {
      const known = isInput ? this.#firstTime(path, path) : undefined;
      if (isInput && known === undefined) return;
      this.#opened += 1;
      const log = await openLocalLog(name, this.#options, this.#opened);
      const { opened, compressed, textBytes } = log;
      const shared = sharedFile(log, this.#opened);
      const remarks = known ?? this.#firstTime(`${opened.device}:${opened.inode}`, name);
      if (remarks === undefined) {
        shared.close();
        continue;
      }
      const { bytes } = opened;
      const text = (notes?: ReadingNotes): AsyncIterable<Uint8Array> =>
        sharedText(shared, { name, bytes, compressed }, notes);
      const toSource = (parts: Format) => fileSource({ ...parts, opened, shared, compressed, textBytes });
      yield { name, remarks, bytes, text, look: () => beginningOf(text), close: shared.close, toSource };
    }
  }

  async *#objects(path: string): AsyncGenerator<Found> {
    const { bucket, prefix } = parseObjectPrefix(path);
    const store = this.#options.objects;
    if (store === undefined) throw new Error(`${path} needs an object store`);
    let listed = 0;
    for await (const { key, bytes, etag } of store.list(bucket, prefix)) {
      listed += 1;
      const object: ListedObject = { store, bucket, key, bytes, etag };
      const name = objectName(object);
      const remarks = this.#firstTime(name, name);
      if (remarks === undefined) continue;
      const text = (notes?: ReadingNotes): AsyncIterable<Uint8Array> => objectText(object, notes);
      const toSource = (parts: Format) => objectSource({ ...parts, object });
      const close = (): undefined => undefined;
      yield { name, remarks, bytes, etag, text, look: () => beginningOf(text), close, toSource };
    }
    if (listed > 0) return;
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `No object has a key that begins with ${path}.`,
      'Check the bucket and the prefix: aws s3 ls shows what there is.',
      { at: wholeFile(path) },
    );
  }

  /** Remarks of what is met for the first time; undefined for what was met before, which then says so. */
  #firstTime(key: string, name: string): string[] | undefined {
    const known = this.#known.get(key);
    if (known === undefined) {
      const remarks: string[] = [];
      this.#known.set(key, { name, remarks, repeats: new Set() });
      return remarks;
    }
    if (known.repeats.has(name)) return undefined;
    known.repeats.add(name);
    known.remarks.push(known.name === name ? 'given twice: read once' : `also given as ${name}: read once`);
    return undefined;
  }
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
