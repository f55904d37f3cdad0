import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import type { Instant } from '../../time.ts';
import type { Room } from '../base/room.ts';
import type { TextSource } from '../sources/text-source.ts';
import type { ScanWriter } from '../work/work-store.ts';
import type { Span } from '../base/survey.ts';

/** Parameters of a scan. */
export interface ScanParts {
  readonly spec: BackfillSpec;
  readonly sources: readonly TextSource[];
  /** Receives the requests to replay; absent: they are only counted. */
  readonly writer?: ScanWriter;
  /** A folder for scratch files; what the scan makes there is gone when it ends. */
  readonly scratch: string;
  /** The span that a restore has undone: all requests in it are missed, not only failed ones. */
  readonly undone?: Span;
  /** Of the folder that `writer` writes into, and of that of scratch files. */
  readonly room?: Room;
  readonly now: Instant;
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}
