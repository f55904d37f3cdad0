import type { DBInstance } from '@aws-sdk/client-rds';

/** A property that no call of a recovery gives back. */
export interface LostProperty {
  readonly label: string;
  readonly reads: readonly (keyof DBInstance & string)[];
  isSet(actual: DBInstance): boolean;
  /** What to do about it after a recovery. */
  readonly next: string;
}

/** What an instance may have that its restored copy has not; `check` reports those that it has. */
export const LOST_PROPERTIES: Readonly<Record<string, LostProperty>> = {
  activityStream: {
    label: 'its database activity stream',
    reads: ['ActivityStreamStatus'],
    isSet: ({ ActivityStreamStatus: status }) => status === 'started' || status === 'starting',
    next: 'After a recovery start it again, with StartActivityStream.',
  },
  backupReplication: {
    label: 'the replication of its backups to another Region',
    reads: ['DBInstanceAutomatedBackupsReplications'],
    isSet: ({ DBInstanceAutomatedBackupsReplications: replications = [] }) => replications.length > 0,
    next: 'After a recovery start it again in that Region, with StartDBInstanceAutomatedBackupsReplication.',
  },
  capacityReservation: {
    label: 'its capacity reservation, which the source still holds',
    reads: ['DBCapacityReservationIdentifier'],
    isSet: ({ DBCapacityReservationIdentifier: id }) => id !== undefined && id !== '',
    next: 'After a recovery delete the source, or reserve capacity for both.',
  },
  readReplicas: {
    label: 'its read replicas elsewhere, which go on replicating the source',
    reads: ['ReadReplicaDBInstanceIdentifiers', 'ReadReplicaDBClusterIdentifiers'],
    // Those of this Region are in the inventory themselves; others are named by an ARN.
    isSet: ({
      ReadReplicaDBInstanceIdentifiers: replicas = [],
      ReadReplicaDBClusterIdentifiers: clusters = [],
    }) => [...replicas, ...clusters].some((id) => id.includes(':')) || clusters.length > 0,
    next: 'After a recovery create replicas of the new instance.',
  },
  transparentEncryption: {
    label: 'its credential of transparent data encryption, whose password AWS does not tell',
    reads: ['TdeCredentialArn'],
    isSet: ({ TdeCredentialArn: arn }) => arn !== undefined && arn !== '',
    next: 'After a recovery give it back with ModifyDBInstance, with its password.',
  },
};

/** Names of those that an instance has. */
export function lostOf(actual: DBInstance): string[] {
  return Object.entries(LOST_PROPERTIES).flatMap(([name, { isSet }]) => (isSet(actual) ? [name] : []));
}
