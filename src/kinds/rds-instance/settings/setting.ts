import type {
  DBInstance,
  ModifyDBInstanceMessage,
  RestoreDBInstanceToPointInTimeMessage,
} from '@aws-sdk/client-rds';
import type { Isolation } from '../../../runbook/schema.ts';
import type { RdsResource } from '../runbook.ts';
import { settingsOf } from '../../settings.ts';

/** What rows look at of the spec beside their own value. */
export interface SpecFacts {
  readonly engine: string;
  readonly multiAz: boolean;
  readonly encrypted: boolean;
  readonly securityGroups: readonly string[];
  readonly monitoringIntervalSeconds?: number;
  readonly monitoringRole?: string;
  readonly performanceInsights?: boolean;
  readonly performanceInsightsKeyId?: string;
  readonly performanceInsightsRetentionDays?: number;
  readonly masterSecretKeyId?: string;
}

/** What a spec follows from beside its source. */
export interface DbRecovery {
  readonly isDrill: boolean;
  readonly target: NonNullable<RdsResource['target']>;
  /** Empty outside a drill. */
  readonly isolation: Isolation;
  readonly engine: string;
  readonly multiAz: boolean;
  readonly storageType: string;
  readonly storageGiB: number;
  readonly isEncrypted: boolean;
  /** The class and the subnet group stay those of the source. */
  readonly keepsClass: boolean;
  readonly keepsSubnetGroup: boolean;
  /** The backup is of the family of groups that fits the source. */
  readonly keepsGroups: boolean;
  /** What the storage can have: the source's figures, within the limits of what is made. */
  readonly iops: number | undefined;
  readonly throughputMiBps: number | undefined;
  readonly snapshot:
    { readonly kmsKeyId?: string | undefined; readonly storageType?: string | undefined } | undefined;
}

/** Members of the two requests that restore an instance; both name them alike. */
export type RestoreMembers = Partial<RestoreDBInstanceToPointInTimeMessage>;

/** What gives a setting back to an instance that is available: members of one ModifyDBInstance, or calls of their own. */
export type LaterDbChange =
  | {
      readonly call: 'ModifyDBInstance';
      readonly members: ModifyMembers;
      /** Only an instance that existed before: a restored one was given it, and another value is that of a person who cured it. */
      readonly onlyPromoted?: true;
    }
  | { readonly call: 'AddRoleToDBInstance'; readonly roles: readonly DbRole[] };
export interface DbRole {
  readonly role: string;
  readonly feature?: string | undefined;
}
export type ModifyMembers = Omit<ModifyDBInstanceMessage, 'DBInstanceIdentifier' | 'ApplyImmediately'>;

export const setting = settingsOf<DBInstance, SpecFacts, DbRecovery, RestoreMembers, LaterDbChange>();

/** A later change by ModifyDBInstance; all of them go into one call. */
export function modify<Value, Spec = SpecFacts>(
  members: (value: Value, spec: Spec, actual: DBInstance) => ModifyMembers,
) {
  return {
    call: 'ModifyDBInstance',
    change: (value: Value, spec: Spec, actual: DBInstance): LaterDbChange => ({
      call: 'ModifyDBInstance',
      members: members(value, spec, actual),
    }),
  } as const;
}

/** A later change of a replica that was promoted: no request created it. */
export function modifyPromoted<Value>(members: (value: Value) => ModifyMembers) {
  return {
    call: 'ModifyDBInstance',
    change: (value: Value): LaterDbChange => ({
      call: 'ModifyDBInstance',
      members: members(value),
      onlyPromoted: true,
    }),
  } as const;
}
