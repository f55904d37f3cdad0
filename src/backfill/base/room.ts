import { statfsSync } from 'node:fs';
import { LifeboatError } from '../../errors.ts';

/** Of the file system that a folder is on, in bytes. */
export interface DiskSpace {
  /** For a user without privileges. */
  readonly free: number;
  readonly total: number;
}

const GIB = 1_024 ** 3;
const MIB = 1_024 ** 2;
/** Journals of a recovery, and everything else on the machine, need room as well. */
const MOST_RESERVE_BYTES = GIB;
export const RESERVE_SHARE = 0.05;
/** What takes no more than this is written even where the reserve has been touched by others. */
const SMALL_BYTES = 32 * MIB;

/** How much may be written to a folder so that a reserve stays free: 5 % of the disk, at most 1 GiB. */
export class Room {
  readonly #directory: string;
  readonly #spaceOf: (directory: string) => DiskSpace | undefined;

  constructor(directory: string, spaceOf: (directory: string) => DiskSpace | undefined = spaceOfSystem) {
    this.#directory = directory;
    this.#spaceOf = spaceOf;
  }

  /** Bytes that may be written; negative where the reserve is touched already. */
  get bytes(): number {
    const space = this.#spaceOf(this.#directory);
    return space === undefined ? Infinity : space.free - reserveOf(space);
  }

  /** @throws LifeboatError where so much would leave less than the reserve */
  assertFits(bytes: number, what: string): void {
    const room = this.bytes;
    if (bytes <= SMALL_BYTES || bytes <= room) return;
    throw this.#refusal(
      `${what} would need about ${sizeOf(bytes)} in ${this.#directory}, where ${sizeOf(Math.max(0, room))} may be written: the rest of the disk is kept free for the recovery.`,
    );
  }

  /** While something is written that is not small. @throws LifeboatError once the reserve is touched */
  assertReserve(what: string): void {
    if (this.bytes >= 0) return;
    const { total = 0, free = 0 } = this.#spaceOf(this.#directory) ?? {};
    throw this.#refusal(
      `${what} stopped: the disk of ${this.#directory} has ${sizeOf(free)} left, and ${sizeOf(reserveOf({ total }))} are kept free for the recovery.`,
    );
  }

  #refusal(message: string): LifeboatError {
    return new LifeboatError(
      'BACKFILL_UNWRITABLE',
      message,
      'Free space there, keep the backfill on a larger disk with --state DIR, or narrow it with --from and --to.',
    );
  }
}

function reserveOf({ total }: Pick<DiskSpace, 'total'>): number {
  return Math.min(MOST_RESERVE_BYTES, total * RESERVE_SHARE);
}

/** `undefined` where the system does not say. */
function spaceOfSystem(directory: string): DiskSpace | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return blocks === 0 ? undefined : { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return undefined;
  }
}

function sizeOf(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.ceil(bytes / MIB)} MiB`;
}
