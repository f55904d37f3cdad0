import { inComment, scalar } from '../../runbook/draft-names.ts';
import { distinct, isDrafted, MOST_ENTRIES } from '../kind-draft.ts';
import type { DraftEntry, DraftScope, KindDraft, MakeId, Tags } from '../kind-draft.ts';

export interface DraftDatabase {
  readonly id: string;
  readonly engine: string;
  readonly storageGiB: number;
  readonly backupRetentionDays: number;
  readonly replicaOf?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly tags: Tags;
}

export interface DatabaseAccount extends DraftScope {
  readonly dbInstances: readonly DraftDatabase[];
}

export const rdsInstanceDraft: KindDraft<DatabaseAccount> = {
  entries: (account, makeId) =>
    ownDatabases(account)
      .slice(0, MOST_ENTRIES)
      .map((database) => databaseEntry(database, account, makeId)),
  omissions: (account) => [
    [ownDatabases(account).length - MOST_ENTRIES, 'more DB instances'],
    [orphansOf(account).length, 'replicas of DB instances that are elsewhere'],
  ],
};

function databaseEntry(database: DraftDatabase, account: DatabaseAccount, makeId: MakeId): DraftEntry {
  const { id: source, engine, storageGiB, backupRetentionDays } = database;
  const id = makeId(source, 'database');
  const replicas = account.dbInstances.filter(({ replicaOf }) => replicaOf === source);
  const keepsLogs = backupRetentionDays > 0;
  const lines = [
    `  # ${inComment(engine)}, ${storageGiB} GiB.${keepsLogs ? '' : ' It keeps no automated backups: only its snapshots can bring it back.'}`,
    `  - id: ${id}`,
    '    type: rds-instance',
    `    source: ${scalar(source)}`,
    ...replicas
      .slice(0, 1)
      .flatMap((replica) => [
        `    # ${inComment(replica.id)} is a replica of it: promote-replica in front of the list would be the fastest way back, and loses the`,
        '    # least; but not where the damage has been replicated too.',
      ]),
    keepsLogs
      ? '    # An order of preference: a point in time loses minutes; the snapshot is used when the first fails.'
      : '    # With automated backups, point-in-time in front of it would lose minutes.',
    `    strategies: [${keepsLogs ? 'point-in-time, restore-snapshot' : 'restore-snapshot'}]`,
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function orphansOf({ dbInstances }: DatabaseAccount): readonly DraftDatabase[] {
  return dbInstances.filter(({ id, replicaOf, clusterId }) => {
    if (replicaOf === undefined || clusterId !== undefined) return false;
    return !dbInstances.some((other) => other.id === replicaOf && other.id !== id);
  });
}

/** Those that are restored by themselves: neither replicas nor parts of a cluster, nor what a drill left. */
function ownDatabases(account: DatabaseAccount): readonly DraftDatabase[] {
  return distinct(
    account.dbInstances.filter(
      (instance) =>
        instance.replicaOf === undefined &&
        instance.clusterId === undefined &&
        isDrafted(instance.tags, account),
    ),
  );
}
