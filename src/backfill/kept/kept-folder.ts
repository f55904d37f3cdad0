import { randomUUID } from 'node:crypto';
import { closeSync, constants, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivateDirectory, openPrivateFile, writeAll } from '../../storage/private-files.ts';
import { folderFailure } from '../base/backfill-files.ts';
import type { FolderKeeper } from '../base/folder-keeper.ts';
import { damagedObject, lostRecords, newerObject, takenOver, unconditional } from './kept-failures.ts';
import { KeptObjects, type KeptObjectsOptions, type KeptPlace } from './kept-objects.ts';
import { fetchParts, keepParts, PART_BYTES } from './parts.ts';
import {
  decodeHead,
  decodeRecord,
  encodeHead,
  encodeRecord,
  type FolderRecord,
  type Head,
  type Part,
} from './records.ts';

export interface KeptFolderOptions extends KeptObjectsOptions {
  readonly place: KeptPlace;
  /** The working copy. Whatever is in it is removed when it is opened. */
  readonly directory: string;
  /** How many records an earlier process has seen: with fewer nothing is opened. Default 0. */
  readonly atLeast?: number;
}

const HEAD = 'head.json';
/** Records read at once. */
const WINDOW = 16;
/** Records after which the head is moved: so many are read at most when a killed process is continued. */
export const MOST_RECORDS = 1_000;

/** What is kept of a file. */
interface KeptFile {
  /** May end before the file does: the rest is in records. */
  readonly parts: readonly Part[];
  readonly bytes: number;
}

/**
 * A folder that is kept in S3, and worked on in a local copy: a sequence of numbered records, each written only if there is none of its number, and a head
 * that says what all records before a certain one have made of the files.
 *
 * - A record counts once it is written. The next process begins with a record that says so; the process before finds the number taken, and can keep nothing more.
 * - Nothing is ever deleted or changed but the head. So a number that was taken stays taken, however late a process comes back to it, and any head, also one that an
 *   overtaken process has written, gives the same folder with the records behind it.
 */
export class KeptFolder implements FolderKeeper {
  readonly #objects: KeptObjects;
  /** The working copy. */
  readonly directory: string;
  readonly #by = randomUUID();
  readonly #files = new Map<string, KeptFile>();
  #next = 0;
  #headNext = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  private constructor({ place, directory, ...options }: Omit<KeptFolderOptions, 'atLeast'>) {
    this.#objects = new KeptObjects(place, options);
    this.directory = directory;
  }

  /**
   * Fetches the folder and takes it over: no other process can keep anything in it from here on.
   * @throws LifeboatError `BACKFILL_DAMAGED`, `FORMAT_TOO_NEW`, `BACKFILL_UNWRITABLE` for the local copy, and what S3 refuses
   */
  static async open(options: KeptFolderOptions): Promise<KeptFolder> {
    const folder = await KeptFolder.read(options);
    const { atLeast = 0 } = options;
    if (folder.records < atLeast) throw lostRecords(folder.#objects.nameOf(''), folder.records, atLeast);
    await folder.#takeOver();
    return folder;
  }

  /** Fetches the folder as it is now, and changes nothing in S3. Throws as {@link open}. */
  static async read(options: KeptFolderOptions): Promise<KeptFolder> {
    const folder = new KeptFolder(options);
    await folder.#fetch();
    return folder;
  }

  /** How many records there are. They never become fewer. */
  get records(): number {
    return this.#next;
  }

  append(file: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (bytes.byteLength === 0) return;
      if (this.#next - this.#headNext >= MOST_RECORDS) await this.#moveHead();
      const { parts, bytes: at } = this.#files.get(file) ?? { parts: [], bytes: 0 };
      await this.#add({ kind: 'appended', file, at, payload: bytes });
      this.#files.set(file, { parts, bytes: at + bytes.byteLength });
    });
  }

  keep(file: string): Promise<void> {
    return this.#inTurn(async () => {
      const path = join(this.directory, file);
      const { size } = statSync(path);
      const parts = await keepParts(this.#objects, path, 0, size);
      if (isSame(parts, this.#files.get(file))) return;
      await this.#add({ kind: 'replaced', file, parts });
      this.#files.set(file, { parts, bytes: size });
    });
  }

  /** Moves the head to the end, so that the next process opens quickly, and removes the local copy. Everything is kept already: a failure is no loss. */
  async close(): Promise<void> {
    if (this.#headNext < this.#next - 1) await this.#inTurn(() => this.#moveHead()).catch(() => undefined);
    this.remove();
  }

  /** Removes the local copy. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #fetch(): Promise<void> {
    try {
      rmSync(this.directory, { recursive: true, force: true });
      makePrivateDirectory(this.directory);
      const stored = await this.#objects.get(HEAD);
      if (stored !== undefined) await this.#begin(this.#known(decodeHead(stored), HEAD));
      await this.#readOn();
    } catch (error) {
      throw folderFailure(error, this.directory);
    }
  }

  async #begin({ next, files }: Head): Promise<void> {
    for (const { file, parts } of files) await this.#apply({ kind: 'replaced', file, parts }, HEAD);
    this.#next = next;
    this.#headNext = next;
  }

  /** Reads and applies all records from the next one on. */
  async #readOn(): Promise<void> {
    for (;;) {
      const numbers = Array.from({ length: WINDOW }, (_, index) => this.#next + index);
      const stored = await Promise.all(numbers.map((number) => this.#objects.get(recordName(number))));
      for (const bytes of stored) {
        if (bytes === undefined) break;
        const name = recordName(this.#next);
        await this.#apply(this.#known(decodeRecord(bytes), name), name);
        this.#next += 1;
      }
      const found = this.#next - (numbers[0] ?? 0);
      if (found === WINDOW) continue;
      if (stored.slice(found).every((bytes) => bytes === undefined)) return;
      // Another process may have written both since the first was asked for.
      const name = recordName(this.#next);
      if ((await this.#objects.get(name)) === undefined)
        throw damagedObject(this.#objects.nameOf(name), 'it is missing, and records behind it are there');
    }
  }

  async #apply(change: FolderRecord, name: string): Promise<void> {
    if (change.kind === 'taken-over') return;
    const { file } = change;
    const path = join(this.directory, file);
    makePrivateDirectory(dirname(path));
    if (change.kind === 'replaced') {
      await fetchParts(this.#objects, change.parts, path);
      this.#files.set(file, { parts: change.parts, bytes: lengthOf(change.parts) });
      return;
    }
    const { parts, bytes } = this.#files.get(file) ?? { parts: [], bytes: 0 };
    if (change.at !== bytes)
      throw damagedObject(
        this.#objects.nameOf(name),
        `it continues ${file} at ${change.at}, not at ${bytes}`,
      );
    appendTo(path, change.payload);
    this.#files.set(file, { parts, bytes: bytes + change.payload.byteLength });
  }

  async #takeOver(): Promise<void> {
    const record = encodeRecord(this.#by, { kind: 'taken-over' });
    while (!(await this.#objects.putIfAbsent(recordName(this.#next), record))) await this.#readOn();
    const other = Buffer.concat([record, Buffer.from('\n')]);
    if (await this.#objects.putIfAbsent(recordName(this.#next), other))
      throw unconditional(this.#objects.nameOf(''));
    this.#next += 1;
  }

  async #add(change: FolderRecord): Promise<void> {
    const name = recordName(this.#next);
    if (!(await this.#objects.putIfAbsent(name, encodeRecord(this.#by, change))))
      throw takenOver(this.#objects.nameOf(''));
    this.#next += 1;
  }

  /** First what was appended becomes parts, then a head names them. */
  async #moveHead(): Promise<void> {
    for (const [file, { parts, bytes }] of this.#files) {
      if (lengthOf(parts) === bytes) continue;
      const full = parts.filter((part) => part.bytes === PART_BYTES);
      const rest = await keepParts(this.#objects, join(this.directory, file), lengthOf(full), bytes);
      this.#files.set(file, { parts: [...full, ...rest], bytes });
    }
    const files = [...this.#files].map(([file, { parts }]) => ({ file, parts: [...parts] }));
    const next = this.#next;
    await this.#objects.put(HEAD, encodeHead({ next, files }));
    this.#headNext = next;
  }

  #known<T>(read: T | number | undefined, name: string): T {
    const object = this.#objects.nameOf(name);
    if (read === undefined) throw damagedObject(object, 'it is not what Lifeboat keeps');
    if (typeof read === 'number') throw newerObject(object, read);
    return read;
  }

  /** One at a time, in the order of the calls. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(async () => {
      if (this.#failure !== undefined) throw this.#failure.error;
      try {
        await work();
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** So many digits that numbers sort like names. */
const DIGITS = 12;

function recordName(number: number): string {
  return `log/${String(number).padStart(DIGITS, '0')}`;
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function isSame(parts: readonly Part[], kept: KeptFile | undefined): boolean {
  if (kept === undefined || lengthOf(kept.parts) !== kept.bytes) return false;
  return (
    parts.length === kept.parts.length && parts.every(({ sha256 }, at) => sha256 === kept.parts[at]?.sha256)
  );
}

function appendTo(path: string, payload: Uint8Array): void {
  const descriptor = openPrivateFile(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    writeAll(descriptor, payload);
  } finally {
    closeSync(descriptor);
  }
}
