import { MINUTE_MS, SECOND_MS, type Instant } from '../time.ts';
import type { BackfillResult } from '../workflow/recovery/backfill-result.ts';
import type { ReplayProgress } from './replay/replay-progress.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../storage/storage-failures.ts';
import { replacePrivateFile } from '../storage/private-files.ts';
import { folderFailure } from './base/backfill-files.ts';
import { replayedTotal } from './base/counts.ts';
import type { FolderKeeper } from './base/folder-keeper.ts';
import type { Governor, GovernorState } from './base/replay-ports.ts';

/** How far a replay is: kept beside what is to be sent, for `status` in another process. */
export interface ProgressRow {
  readonly at: Instant;
  /** Requests that came to their fate, a second, over the last ten seconds. */
  readonly ratePerSecond: number;
  readonly governor: GovernorState;
  readonly result: BackfillResult;
  /** In back-off, for another attempt. */
  readonly waiting: number;
  /** Why nothing but probes is sent; absent: the target answers. */
  readonly targetDown?: string;
  /** Since when no request has come to its fate. */
  readonly quietSince: Instant;
  /** Everything has its fate, and every queue was empty. */
  readonly isOver: boolean;
}

/** Since when no request has come to its fate, in earlier processes as well: a queue may hold messages longer than any of them lasts. */
export class Quiet {
  #fates: number | undefined;
  #since: Instant;

  /** @param row of the process before */
  constructor(row: ProgressRow | undefined, now: Instant) {
    this.#fates = row && replayedTotal(row.result.replayed);
    this.#since = Math.min(row?.quietSince ?? now, now);
  }

  get since(): Instant {
    return this.#since;
  }

  note(fates: number, now: Instant): void {
    if (fates !== this.#fates) this.#since = now;
    this.#fates = fates;
  }
}

const PROGRESS_FILE = 'progress.json';
const EVERY_MS = SECOND_MS;
/** Each time is a few requests. */
const KEPT_EVERY_MS = MINUTE_MS;
const REMEMBERED = 10;

export interface ProgressParts {
  /** Of the backfill. */
  readonly directory: string;
  readonly keeper?: FolderKeeper | undefined;
  readonly governor: Governor;
  readonly quiet: Quiet;
  now(): Instant;
  result(): BackfillResult;
  readonly onProgress?: ((row: ProgressRow) => void) | undefined;
  /** Throws when the disk has no room for what so many pending requests will write. */
  assertRoom(pending: number): void;
  /** Told when it cannot be kept any more, once. */
  fail(error: unknown): void;
}

/** `undefined`: nothing was replayed so far, or a loss of power has torn the file, which is replaced without waiting for the disk. */
export function progressOf(directory: string): ProgressRow | undefined {
  const file = join(directory, PROGRESS_FILE);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProgressRow;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, 'ENOENT')) return undefined;
    throw folderFailure(error, file);
  }
}

/** Keeps how far a replay is, once a second and at its end. */
export class Progress {
  readonly #parts: ProgressParts;
  readonly #timer: NodeJS.Timeout;
  #keptMs = performance.now();
  #engine: Pick<ReplayProgress, 'waiting' | 'targetDown'> = { waiting: 0 };
  /** The oldest first. */
  readonly #seen: { readonly atMs: number; readonly fates: number }[] = [];

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#keepOrFail(), EVERY_MS);
    this.#keepOrFail();
  }

  /** What the engine says of itself. */
  heard({ waiting, targetDown }: Pick<ReplayProgress, 'waiting' | 'targetDown'>): void {
    this.#engine = { waiting, ...(targetDown !== undefined && { targetDown }) };
  }

  async close(isOver: boolean): Promise<void> {
    clearInterval(this.#timer);
    this.#write(isOver);
    await this.#parts.keeper?.keep(PROGRESS_FILE);
  }

  /** Thrown out of a timer, it would end the whole process, with requests under way. */
  #keepOrFail(): void {
    try {
      this.#parts.assertRoom(this.#write().result.pending);
      if (performance.now() - this.#keptMs < KEPT_EVERY_MS) return;
      this.#keptMs = performance.now();
      this.#parts.keeper?.keep(PROGRESS_FILE).catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    clearInterval(this.#timer);
    this.#parts.fail(error);
  }

  #write(isOver = false): ProgressRow {
    const { directory, governor, quiet, onProgress } = this.#parts;
    const result = this.#parts.result();
    const atMs = performance.now();
    const at = this.#parts.now();
    const fates = replayedTotal(result.replayed);
    quiet.note(fates, at);
    this.#seen.push({ atMs, fates });
    if (this.#seen.length > REMEMBERED + 1) this.#seen.shift();
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    const seconds = ((last?.atMs ?? 0) - (first?.atMs ?? 0)) / SECOND_MS;
    const ratePerSecond = seconds > 0 ? ((last?.fates ?? 0) - (first?.fates ?? 0)) / seconds : 0;
    const row = {
      at,
      ratePerSecond,
      governor: governor.describe(atMs),
      result,
      ...this.#engine,
      quietSince: quiet.since,
      isOver,
    };
    writeProgress(directory, row);
    onProgress?.(row);
    return row;
  }
}

function writeProgress(directory: string, row: ProgressRow): void {
  const file = join(directory, PROGRESS_FILE);
  try {
    replacePrivateFile(file, JSON.stringify(row), { syncs: false });
  } catch (error) {
    throw folderFailure(error, file);
  }
}
