import type { Inventory, Quotas } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import { Dice } from '../chance/dice.ts';
import type { FaultProfileName } from '../chance/faults.ts';
import { fsrStateAt } from '../model/fsr-timeline.ts';
import { dbStatusAt } from '../model/db-instance-timeline.ts';
import { Ledger } from './quota-usage.ts';
import type {
  AlarmRecord,
  AttachmentRecord,
  BucketRecord,
  DbClusterRecord,
  DbClusterSnapshotRecord,
  DbInstanceRecord,
  DbSnapshotRecord,
  FsrRecord,
  InstanceRecord,
  MessageRecord,
  ObjectRecord,
  ParameterRecord,
  QueueRecord,
  SnapshotRecord,
  VolumeRecord,
} from '../model/records.ts';
import type { WorldStore } from './store.ts';
import { Table } from './table.ts';
import { attachmentsAt, initializationEndsAt, isCopying, volumeStateAt } from '../model/volume-timeline.ts';
import type { AttachmentAt } from '../model/volume-timeline.ts';

/** What is fixed about the account. */
export interface Account {
  readonly id: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly zoneIds: Readonly<Record<string, string>>;
  readonly quotas: Quotas;
  /** States of the KMS keys that the inventory names; any other key is taken as enabled. */
  readonly kmsKeys: Inventory['kmsKeys'];
  readonly beganAt: Instant;
}

type OldAttachment = Pick<AttachmentRecord, 'instanceId' | 'device' | 'at'> & {
  readonly detachedAt?: Instant;
};

/** The account and all entities of a world; what the handlers of operations work on. */
export class WorldState {
  readonly account: Account;
  readonly store: WorldStore;
  readonly dice: Dice;
  readonly ledger: Ledger;
  readonly volumes: Table<VolumeRecord>;
  readonly snapshots: Table<SnapshotRecord>;
  readonly fsr: Table<FsrRecord>;
  readonly instances: Table<InstanceRecord>;
  readonly dbInstances: Table<DbInstanceRecord>;
  readonly dbSnapshots: Table<DbSnapshotRecord>;
  readonly dbClusters: Table<DbClusterRecord>;
  readonly dbClusterSnapshots: Table<DbClusterSnapshotRecord>;
  readonly parameters: Table<ParameterRecord>;
  readonly alarms: Table<AlarmRecord>;
  readonly queues: Table<QueueRecord>;
  readonly messages: Table<MessageRecord>;
  readonly buckets: Table<BucketRecord>;
  readonly objects: Table<ObjectRecord>;
  /** Volume ids by client token: CreateVolume is idempotent. */
  readonly #volumeOfToken = new Map<string, string>();
  /** Ids of the volumes that are, or were, attached to an instance. */
  readonly #volumesOfInstance = new Map<string, Set<string>>();

  constructor(account: Account, store: WorldStore, seed: number, faults: FaultProfileName) {
    this.account = account;
    this.store = store;
    this.dice = new Dice(seed, faults, store.numbers);
    this.ledger = new Ledger(store.numbers);
    this.volumes = new Table('volume', store, this.dice);
    this.snapshots = new Table('snapshot', store, this.dice);
    this.fsr = new Table('fsr', store, this.dice);
    this.instances = new Table('instance', store, this.dice);
    this.dbInstances = new Table('dbInstance', store, this.dice);
    this.dbSnapshots = new Table('dbSnapshot', store, this.dice);
    this.dbClusters = new Table('dbCluster', store, this.dice);
    this.dbClusterSnapshots = new Table('dbClusterSnapshot', store, this.dice);
    this.parameters = new Table('parameter', store, this.dice);
    this.alarms = new Table('alarm', store, this.dice);
    this.queues = new Table('queue', store, this.dice);
    this.messages = new Table('message', store, this.dice);
    this.buckets = new Table('bucket', store, this.dice);
    this.objects = new Table('object', store, this.dice);
  }

  /** Reads all entities from the store and works out what they use. Kinds that an older version did not write are empty. */
  load(): void {
    const tables = [
      this.volumes,
      this.snapshots,
      this.fsr,
      this.instances,
      this.dbInstances,
      this.dbSnapshots,
      this.dbClusters,
      this.dbClusterSnapshots,
      this.parameters,
      this.alarms,
      this.queues,
      this.messages,
      this.buckets,
      this.objects,
    ];
    for (const table of tables) table.load();
    for (const volume of this.volumes.values()) this.#index(this.#upToDate(volume));
  }

  /** A world of an earlier version holds one attachment a volume. */
  #upToDate(volume: VolumeRecord & { readonly attachment?: OldAttachment }): VolumeRecord {
    const { attachment, ...rest } = volume;
    if (attachment === undefined) return volume;
    const { detachedAt: detachingAt, ...other } = attachment;
    const detachedAt = detachingAt;
    const kept = { ...rest, attachments: [{ ...other, attachedAt: other.at, detachingAt, detachedAt }] };
    this.volumes.putHidden(kept);
    return kept;
  }

  /** A volume that was there before the world began. */
  seedVolume(volume: VolumeRecord): void {
    this.volumes.seed(volume);
    this.#index(volume);
  }

  /** Adds or changes a volume, and accounts for what it uses. */
  putVolume(volume: VolumeRecord, now: Instant): void {
    this.volumes.put(volume, now);
    this.#index(volume);
    const pool = storagePool(volume.type);
    this.ledger.noteUse(pool, this.ledger.used(pool, now));
    if (volume.rateMiBps !== undefined) {
      this.ledger.noteUse('provisionedInitMiBps', this.ledger.used('provisionedInitMiBps', now));
    }
  }

  /** Remembers what is in use when the world begins: peaks are never below it. */
  noteUse(now: Instant): void {
    this.ledger.noteUse('fsrSnapshots', this.fsrSnapshotsInUse(now).size);
    this.ledger.noteUse('dbInstances', this.dbInstancesInUse(now));
    for (const { type } of this.volumes.values()) {
      this.ledger.noteUse(storagePool(type), this.ledger.used(storagePool(type), now));
    }
  }

  /** Counts what is made under a name; gives how many there have been with it. */
  nth(name: string): number {
    return this.store.numbers.add(`made/${name}`);
  }

  volumeOfToken(token: string): VolumeRecord | undefined {
    const id = this.#volumeOfToken.get(token);
    return id === undefined ? undefined : this.volumes.get(id);
  }

  /** Volumes that are attached to an instance, on the way too: as they are, or as describes show them. */
  attachedTo(
    instanceId: string,
    now: Instant,
    shown = false,
  ): { volume: VolumeRecord; attachment: AttachmentAt }[] {
    return [...(this.#volumesOfInstance.get(instanceId) ?? [])].flatMap((id) => {
      const volume = shown ? this.volumes.seen(id, now)?.value : this.volumes.get(id);
      if (volume === undefined || volumeStateAt(volume, now) !== 'in-use') return [];
      const attachment = attachmentsAt(volume, now).find((one) => one.instanceId === instanceId);
      return attachment === undefined ? [] : [{ volume, attachment }];
    });
  }

  /** Volume copies that are not all written. */
  copiesInProgress(now: Instant): VolumeRecord[] {
    return this.volumes.values().filter((volume) => isCopying(volume, now));
  }

  /** Messages of a queue that exist, in the order in which they were sent. */
  messagesIn(queue: string): MessageRecord[] {
    return this.messages.values().filter((message) => message.queue === queue && message.isDeleted !== true);
  }

  /** Snapshots that fast snapshot restore is on for, in any zone. */
  fsrSnapshotsInUse(now: Instant): Set<string> {
    const used = new Set<string>();
    for (const fsr of this.fsr.values()) {
      if (fsrStateAt(fsr, now) !== 'disabled') used.add(fsr.snapshotId);
    }
    return used;
  }

  /** DB instances that exist, in whatever status. */
  dbInstancesInUse(now: Instant): number {
    let used = 0;
    for (const instance of this.dbInstances.values()) {
      if (dbStatusAt(instance, now) !== undefined) used += 1;
    }
    return used;
  }

  /** Whether this KMS key can be used now. */
  keyIsUsable(keyId: string | undefined): boolean {
    const key = this.keyNamed(keyId);
    return key === undefined || key.state === 'Enabled';
  }

  /** A key that the inventory lists, by its id or ARN. */
  keyNamed(keyId: string | undefined): Account['kmsKeys'][number] | undefined {
    return this.account.kmsKeys.find(
      ({ id }) => id === keyId || keyId?.endsWith(`/${id}`) === true || id.endsWith(`/${keyId}`),
    );
  }

  #index(volume: VolumeRecord): void {
    if (volume.token !== undefined) this.#volumeOfToken.set(volume.token, volume.id);
    for (const { instanceId } of volume.attachments ?? []) {
      const volumes = this.#volumesOfInstance.get(instanceId) ?? new Set();
      this.#volumesOfInstance.set(instanceId, volumes.add(volume.id));
    }
    // Storage counts until a delete is accepted or the volume vanishes; a provisioned slot until the data has been read, deleted or not.
    const until = volume.deletedAt ?? volume.goneAt;
    this.ledger.take(storagePool(volume.type), volume.id, volume.sizeGiB, until);
    const rateMiBps = volume.rateMiBps;
    if (rateMiBps === undefined) return;
    this.ledger.take(
      'provisionedInitMiBps',
      volume.id,
      rateMiBps,
      initializationEndsAt({ ...volume, rateMiBps }),
    );
  }
}

/** Name of the quota of a volume type's storage. The ledger counts it in GiB. */
export function storagePool(volumeType: string): `storageTiB.${string}` {
  return `storageTiB.${volumeType}`;
}
