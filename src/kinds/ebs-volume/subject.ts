import type { Snapshot } from '../../inventory/schema.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import type { Pools } from '../pools.ts';
import type { RecoveryPoint } from '../recovery-points.ts';
import type { RunMode, VolumeSpec } from '../specs.ts';

/** A volume to recover, with its recovery point and the request for it. */
export interface VolumeSubject {
  readonly snapshot: Snapshot;
  readonly point: RecoveryPoint;
  /** Without a rate. */
  readonly spec: VolumeSpec;
  readonly mode: RunMode;
  readonly copies: number;
  readonly readyWhen: ReadyWhen;
  /** Throughput of the instance that would read it, MiB/s, where one is known. */
  readonly readerThroughputMiBps: number | undefined;
  /** Why the state of fast snapshot restore cannot be read; undefined when it can. */
  readonly fsrUnread: string | undefined;
  readonly pools: Pools;
}
