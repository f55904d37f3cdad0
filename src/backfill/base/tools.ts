import type { Instant } from '../../time.ts';
import type { FolderKeeper } from './folder-keeper.ts';
import type { DiskSpace } from './room.ts';

/** Where remarks go. */
export interface BackfillLog {
  warn(detail: object, message: string): void;
  info(detail: object, message: string): void;
}

/** What a backfill needs of the process it runs in. */
export interface BackfillTools {
  /** Keeps the folder of the backfill, whose disk may be lost with the process. Absent: the disk is not lost. */
  readonly keeper?: FolderKeeper;
  readonly stdin?: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: BackfillLog;
  now(): Instant;
  /** For reading logs. */
  readonly threads: number;
  /** Of a folder's disk. Default: what the system says. */
  readonly spaceOf?: (directory: string) => DiskSpace;
  /** Of queues and objects; default the SDK's own configuration. */
  readonly region?: string;
}

/** Options of clients of AWS. */
export function regional(region: string | undefined): { readonly region?: string } {
  return region === undefined ? {} : { region };
}
