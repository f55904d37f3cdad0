import * as z from 'zod';
import { ownGroup } from '../../../facts/default-groups.ts';
import { namesOf, portOf, textOf } from '../../values.ts';
import { modify, modifyPromoted, setting } from './setting.ts';

const lower = (name: string): string => name.toLowerCase();

/** Groups come as memberships; RDS writes their names in lower case. A default group is RDS's own choice: another one is no difference. */
const isMember = (wanted: string, names: readonly (string | undefined)[] | undefined): boolean =>
  ownGroup(wanted) === undefined || namesOf(names).map(lower).includes(lower(wanted));

/** Where an instance runs, and what it is reached by. */
export const PLACEMENT = {
  class: setting({
    label: 'class',
    schema: z.string(),
    reads: ['DBInstanceClass', 'PendingModifiedValues.DBInstanceClass'],
    read: ({ DBInstanceClass: name }) => name,
    pending: ({ PendingModifiedValues: pending }) => pending?.DBInstanceClass,
    wanted: (own, { target }) => target.class ?? own,
    request: (name) => ({ DBInstanceClass: name }),
  }),
  multiAz: setting({
    label: 'Multi-AZ',
    schema: z.boolean().default(false),
    reads: ['MultiAZ', 'PendingModifiedValues.MultiAZ'],
    read: ({ MultiAZ: multiAz }) => multiAz,
    pending: ({ PendingModifiedValues: pending }) => pending?.MultiAZ,
    otherwise: false,
    // RDS refuses it in the restore of a SQL Server instance.
    request: (multiAz, { engine }) => (isSqlServer(engine) && multiAz ? {} : { MultiAZ: multiAz }),
    later: modify((multiAz: boolean) => ({ MultiAZ: multiAz })),
    note: 'A restore of SQL Server takes a single zone only: ModifyDBInstance adds the second.',
  }),
  zone: setting({
    label: 'zone',
    schema: z.string().optional(),
    reads: ['AvailabilityZone'],
    read: ({ AvailabilityZone: zone }) => textOf(zone),
    // Multi-AZ chooses its zones itself; a request that names one is refused.
    wanted: (own, { target, multiAz }) => (multiAz ? undefined : (target.zone ?? own)),
    drill: {
      rule: 'network',
      value: (wanted, { isolation, multiAz }) => (multiAz ? undefined : (isolation.zone ?? wanted)),
    },
    counts: ({ multiAz }) => !multiAz,
    request: (zone) => ({ AvailabilityZone: zone }),
  }),
  publiclyAccessible: setting({
    label: 'public access',
    schema: z.boolean().optional(),
    reads: ['PubliclyAccessible'],
    read: ({ PubliclyAccessible: isPublic }) => isPublic,
    drill: { rule: 'publicAccess', value: () => false },
    // Sent also where it is off: a subnet group must never give a copy of a private database a public address.
    request: (isPublic) => ({ PubliclyAccessible: isPublic }),
  }),
  subnetGroup: setting({
    label: 'subnet group',
    schema: z.string().nullish(),
    reads: ['DBSubnetGroup.DBSubnetGroupName'],
    read: ({ DBSubnetGroup: group }) => textOf(group?.DBSubnetGroupName),
    wanted: (own, { target }) => target.subnetGroup ?? own,
    drill: {
      rule: 'network',
      value: (wanted, { isolation }) => isolation.subnetGroup ?? wanted,
    },
    same: (wanted, found) => lower(wanted) === lower(found),
    written: lower,
    request: (name) => ({ DBSubnetGroupName: name }),
  }),
  securityGroups: setting({
    label: 'security groups',
    schema: z.array(z.string()).default([]),
    reads: ['VpcSecurityGroups.VpcSecurityGroupId'],
    read: ({ VpcSecurityGroups: groups }) =>
      groups && namesOf(groups.map(({ VpcSecurityGroupId: id }) => id)),
    otherwise: [],
    wanted: (own, { target }) => target.securityGroups ?? own ?? [],
    drill: {
      rule: 'network',
      value: (wanted, { isolation }) => isolation.securityGroups ?? wanted,
    },
    counts: ({ securityGroups }) => securityGroups.length > 0,
    request: (ids) => ({ VpcSecurityGroupIds: [...ids] }),
    later: modifyPromoted((ids: readonly string[]) => ({ VpcSecurityGroupIds: [...ids] })),
  }),
  parameterGroup: setting({
    label: 'parameter group',
    schema: z.string().nullish(),
    reads: ['DBParameterGroups.DBParameterGroupName'],
    read: ({ DBParameterGroups: groups }) =>
      namesOf(groups?.map(({ DBParameterGroupName: name }) => name))[0],
    wanted: (own, { target, keepsGroups }) =>
      target.parameterGroup ?? (keepsGroups ? ownGroup(own) : undefined),
    same: (wanted, _found, { DBParameterGroups: groups }) =>
      isMember(
        wanted,
        groups?.map(({ DBParameterGroupName: name }) => name),
      ),
    // A run that an older version planned may name a default group.
    request: (name) => (ownGroup(name) === undefined ? {} : { DBParameterGroupName: name }),
    // It is in force after a reboot, which is left to a person: until then verification finds that it waits.
    later: modifyPromoted((name: string) => ({ DBParameterGroupName: name })),
  }),
  optionGroup: setting({
    label: 'option group',
    schema: z.string().nullish(),
    reads: ['OptionGroupMemberships.OptionGroupName'],
    read: ({ OptionGroupMemberships: groups }) =>
      namesOf(groups?.map(({ OptionGroupName: name }) => name))[0],
    wanted: (own, { target, keepsGroups }) => target.optionGroup ?? (keepsGroups ? ownGroup(own) : undefined),
    same: (wanted, _found, { OptionGroupMemberships: groups }) =>
      isMember(
        wanted,
        groups?.map(({ OptionGroupName: name }) => name),
      ),
    request: (name) => (ownGroup(name) === undefined ? {} : { OptionGroupName: name }),
  }),
  port: setting({
    label: 'port',
    schema: z.int().min(1).max(65_535).optional(),
    reads: ['Endpoint.Port', 'PendingModifiedValues.Port'],
    read: ({ Endpoint: endpoint }) => portOf(endpoint?.Port),
    pending: ({ PendingModifiedValues: pending }) => pending?.Port,
    request: (port) => ({ Port: port }),
  }),
  networkType: setting({
    label: 'network type',
    schema: z.string().optional(),
    reads: ['NetworkType'],
    read: ({ NetworkType: type }) => textOf(type),
    // Another subnet group may not support it: RDS then uses what the group has.
    wanted: (own, { keepsSubnetGroup }) => (keepsSubnetGroup ? own : undefined),
    request: (type) => ({ NetworkType: type }),
  }),
  customerOwnedIp: setting({
    label: 'customer-owned address',
    schema: z.boolean().optional(),
    reads: ['CustomerOwnedIpEnabled'],
    read: ({ CustomerOwnedIpEnabled: isOn }) => isOn,
    leftOut: false,
    drill: { rule: 'publicAccess', value: (wanted) => (wanted === undefined ? undefined : false) },
    request: (isOn) => (isOn ? { EnableCustomerOwnedIp: true } : {}),
  }),
  processorFeatures: setting({
    label: 'processor features',
    schema: z.strictObject({ coreCount: z.string(), threadsPerCore: z.string() }).partial().optional(),
    reads: ['ProcessorFeatures.Name', 'ProcessorFeatures.Value'],
    read: ({ ProcessorFeatures: features = [] }) => {
      const valueOf = (name: string) => textOf(features.find((one) => one.Name === name)?.Value);
      const [coreCount, threadsPerCore] = [valueOf('coreCount'), valueOf('threadsPerCore')];
      if (coreCount === undefined && threadsPerCore === undefined) return undefined;
      return {
        ...(coreCount !== undefined && { coreCount }),
        ...(threadsPerCore !== undefined && { threadsPerCore }),
      };
    },
    // They are those of a class.
    wanted: (own, { keepsClass }) => (keepsClass ? own : undefined),
    leftOut: {},
    written: ({ coreCount, threadsPerCore }) =>
      `${coreCount ?? 'default'} cores, ${threadsPerCore ?? 'default'} threads per core`,
    request: (features) => ({
      ProcessorFeatures: Object.entries(features).map(([Name, Value]) => ({ Name, Value })),
    }),
  }),
  customIamInstanceProfile: setting({
    label: 'instance profile',
    schema: z.string().optional(),
    reads: ['CustomIamInstanceProfile'],
    read: ({ CustomIamInstanceProfile: profile }) => textOf(profile),
    request: (profile) => ({ CustomIamInstanceProfile: profile }),
    note: 'RDS Custom only.',
  }),
};

function isSqlServer(engine: string): boolean {
  return engine.startsWith('sqlserver');
}
