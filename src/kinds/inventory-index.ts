import type { DbInstance, DbSnapshot, Gap, Inventory, Snapshot, Volume } from '../inventory/schema.ts';

type Instance = Inventory['instances'][number];

/** An inventory indexed by source: each lookup takes constant time. */
export interface InventoryIndex {
  readonly region: string;
  readonly zones: readonly string[];
  readonly volume: (id: string) => Volume | undefined;
  readonly instance: (id: string) => Instance | undefined;
  readonly attachedTo: (instanceId: string) => readonly Volume[];
  /** Copies of a volume that are not initialized yet. */
  readonly copiesOf: (volumeId: string) => readonly Volume[];
  readonly dbInstance: (id: string) => DbInstance | undefined;
  readonly snapshotsOf: (volumeId: string) => readonly Snapshot[];
  readonly dbSnapshotsOf: (dbInstanceId: string) => readonly DbSnapshot[];
  readonly replicasOf: (dbInstanceId: string) => readonly DbInstance[];
  /** Why the key cannot be used now; undefined when it can, when the inventory holds no keys at all, or when not all could be read. */
  readonly keyTrouble: (keyId: string | undefined) => string | undefined;
  /** Whether the inventory contains the key. */
  readonly isKeyKnown: (keyId: string | undefined) => boolean;
  /** Why the capture lacks the answer of this operation, e.g. `access was denied (...)`; undefined when it has it. */
  readonly whyUnread: (operation: string) => string | undefined;
}

export function indexInventory(inventory: Inventory): InventoryIndex {
  const volumes = new Map(inventory.volumes.map((volume) => [volume.id, volume]));
  const attached = groupBy(inventory.volumes, (volume) => volume.attachedTo?.instanceId ?? '');
  const copies = groupBy(inventory.volumes, ({ copyingFrom }) => copyingFrom ?? '');
  const instances = new Map(inventory.instances.map((instance) => [instance.id, instance]));
  const dbInstances = new Map(inventory.dbInstances.map((instance) => [instance.id, instance]));
  const snapshots = groupBy(inventory.snapshots, (snapshot) => snapshot.volumeId);
  const dbSnapshots = groupBy(inventory.dbSnapshots, (snapshot) => snapshot.dbInstanceId);
  const replicas = groupBy(inventory.dbInstances, (instance) => instance.replicaOf ?? '');
  const keyStates = new Map<string, string>(inventory.kmsKeys.map((key) => [shortKeyId(key.id), key.state]));
  const gaps = new Map(inventory.gaps.map((gap) => [gap.operation, gap]));
  const whyUnread = (operation: string): string | undefined => {
    const gap = gaps.get(operation);
    return gap === undefined ? undefined : `${REASONS[gap.reason]} (${operation}: ${gap.message})`;
  };
  return {
    region: inventory.region,
    zones: inventory.zones,
    volume: (id) => volumes.get(id),
    instance: (id) => instances.get(id),
    attachedTo: (id) => attached.get(id) ?? [],
    copiesOf: (id) => copies.get(id) ?? [],
    dbInstance: (id) => dbInstances.get(id),
    snapshotsOf: (id) => snapshots.get(id) ?? [],
    dbSnapshotsOf: (id) => dbSnapshots.get(id) ?? [],
    replicasOf: (id) => replicas.get(id) ?? [],
    isKeyKnown: (keyId) => keyStates.size > 0 && (keyId === undefined || keyStates.has(shortKeyId(keyId))),
    whyUnread,
    keyTrouble: (keyId) => {
      if (keyId === undefined || keyStates.size === 0) return undefined;
      const state = keyStates.get(shortKeyId(keyId));
      if (state === 'Enabled') return undefined;
      // The capture asked for the key and got no answer: the fault is the capture's, not the key's.
      if (state === undefined && gaps.has('DescribeKey')) return undefined;
      return state === undefined
        ? `the state of its key ${keyId} is unknown`
        : `its key ${keyId} is ${KEY_STATES[state] ?? state}`;
    },
  };
}

const REASONS: Readonly<Record<Gap['reason'], string>> = {
  unsupported: 'the endpoint does not offer it',
  denied: 'access was denied',
  failed: 'it could not be read',
};

const KEY_STATES: Readonly<Record<string, string>> = {
  Disabled: 'disabled',
  PendingDeletion: 'pending deletion',
  PendingReplicaDeletion: 'pending deletion',
  PendingImport: 'waiting for key material',
  Unavailable: 'unavailable',
};

/** A key is named by its id or by its ARN, which ends with the id. */
function shortKeyId(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
