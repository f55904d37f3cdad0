import type { Tree } from './answer.ts';

export type Tags = Readonly<Record<string, string>>;

/** When a thing came, and from when it is what was asked for. Milliseconds since the epoch. */
export interface Life {
  readonly createdAt: number;
  readyAt: number;
  /** Reads do not show it earlier. */
  readonly visibleAt: number;
  /** Deleted; shown as `deleting` until `goneAt`. */
  goneAt?: number;
}

export interface Volume extends Life {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly sizeGiB: number;
  readonly snapshotId?: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly rate?: number;
  readonly fastRestored?: boolean;
  readonly attachedTo?: { readonly instanceId: string; readonly device: string };
  /** From when it is hydrated. */
  readonly hydratedAt: number;
  tags: Tags;
}

export interface Snapshot extends Life {
  readonly id: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly fullSizeBytes?: number;
  readonly tier: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly description?: string;
  /** Instead of pending, then completed. */
  readonly state?: string;
  tags: Tags;
}

export interface FastRestore {
  readonly snapshotId: string;
  readonly zone: string;
  readonly enablingAt: number;
  readonly enabledAt: number;
  disabledAt?: number;
}

export interface Instance {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly state: string;
  readonly managed: boolean;
  readonly tags: Tags;
}

/** A DB instance or DB snapshot: fields as RDS tells them, apart from status and tags. */
export interface DbThing extends Life {
  readonly id: string;
  readonly arn: string;
  fields: { readonly [name: string]: Tree };
  /** Instead of the status that follows from its life. */
  status?: string;
  tags: Tags;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly type: string;
  readonly changedAt: number;
}

export interface Quota {
  readonly service: string;
  readonly code: string;
  readonly name: string;
  readonly value: number;
  readonly defaultValue: number;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Tags;
  readonly value: number;
}

export interface Notice {
  readonly at: number;
  readonly topic: string;
  readonly subject: string | undefined;
  readonly message: string;
  readonly accessKey: string;
}

/** A message of a queue. Milliseconds since the epoch. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Tree;
  readonly sentAt: number;
  readonly group?: string;
  readonly deduplication?: string;
  visibleAt: number;
  receivedAt?: number;
  receives: number;
}

export interface Queue {
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly mostBytes: number;
  messages: Message[];
}

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly storageClass: string;
  readonly changedAt: number;
}

export interface Bucket {
  readonly region: string;
  readonly objects: Map<string, StoredObject>;
}

/** Real milliseconds that things take; 0 unless said. */
export interface Delays {
  readonly volumeMs?: number;
  readonly hydrationMs?: number;
  readonly snapshotMs?: number;
  readonly fsrMs?: number;
  readonly dbInstanceMs?: number;
  readonly dbSnapshotMs?: number;
  readonly deleteMs?: number;
}

/** All that the peer holds. */
export interface World {
  readonly account: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly limits: { readonly fsrSnapshots: number; readonly dbInstances: number };
  readonly volumes: Map<string, Volume>;
  readonly snapshots: Map<string, Snapshot>;
  readonly fastRestores: Map<string, FastRestore>;
  readonly instances: Map<string, Instance>;
  readonly dbInstances: Map<string, DbThing>;
  readonly dbSnapshots: Map<string, DbThing>;
  readonly dbClusters: Map<string, DbThing>;
  readonly dbClusterSnapshots: Map<string, DbThing>;
  readonly parameters: Map<string, Parameter>;
  readonly keys: Map<string, { readonly id: string; readonly state: string }>;
  readonly quotas: readonly Quota[];
  readonly metrics: readonly Metric[];
  readonly notices: Notice[];
  readonly queues: Map<string, Queue>;
  readonly buckets: Map<string, Bucket>;
  /** What was made by a client token: the volume, and the parameters it came with. */
  readonly tokens: Map<string, { readonly volumeId: string; readonly parameters: string }>;
}

/** Deleted for good. */
export function isGone({ goneAt }: Life, now: number): boolean {
  return goneAt !== undefined && now >= goneAt;
}

/** What reads show. */
export function visible<Thing extends Life>(things: Iterable<Thing>, now: number): readonly Thing[] {
  return [...things].filter((thing) => now >= thing.visibleAt && !isGone(thing, now));
}

/** The one of that name, unless it is not seen yet or no more. */
export function find<Thing extends Life>(
  things: ReadonlyMap<string, Thing>,
  id: string,
  now: number,
): Thing | undefined {
  const thing = things.get(id);
  return thing === undefined || now < thing.visibleAt || isGone(thing, now) ? undefined : thing;
}

export function fastRestoreKey(snapshotId: string, zone: string): string {
  return `${snapshotId}/${zone}`;
}
