import * as z from 'zod';
import { isSameKey, keyId, namesOf, textOf } from '../../values.ts';
import { modify, setting, type DbRole } from './setting.ts';

const associatedRole = z.strictObject({ role: z.string(), feature: z.string().optional() });
const domain = z.strictObject({
  id: z.string().optional(),
  iamRole: z.string().optional(),
  fqdn: z.string().optional(),
  unit: z.string().optional(),
  secret: z.string().optional(),
  dnsAddresses: z.array(z.string()).optional(),
});

/** Who and what may sign in to an instance, and what it may do elsewhere. */
export const ACCESS = {
  managedMasterSecret: setting({
    label: 'managed master password',
    schema: z.boolean().optional(),
    reads: ['MasterUserSecret.SecretArn'],
    read: ({ MasterUserSecret: secret }) => (textOf(secret?.SecretArn) === undefined ? undefined : true),
    leftOut: false,
    // Only Oracle's restore takes it.
    request: (isOn, { engine, masterSecretKeyId: key }) =>
      isOn && engine.startsWith('oracle')
        ? { ManageMasterUserPassword: true, ...(key !== undefined && { MasterUserSecretKmsKeyId: key }) }
        : {},
    later: modify((isOn: boolean, { masterSecretKeyId: key }) =>
      isOn
        ? { ManageMasterUserPassword: true, ...(key !== undefined && { MasterUserSecretKmsKeyId: key }) }
        : {},
    ),
    note: 'RDS makes a new secret with a new password: programs that read the old secret need its ARN.',
  }),
  masterSecretKeyId: setting({
    label: 'key of the master password',
    schema: z.string().optional(),
    reads: ['MasterUserSecret.KmsKeyId'],
    read: ({ MasterUserSecret: secret }) => textOf(secret?.KmsKeyId),
    same: isSameKey,
    written: keyId,
    note: 'Chosen together with the managed password, and not changed after that.',
  }),
  caCertificate: setting({
    label: 'CA certificate',
    schema: z.string().optional(),
    reads: ['CACertificateIdentifier', 'PendingModifiedValues.CACertificateIdentifier'],
    read: ({ CACertificateIdentifier: id }) => textOf(id),
    pending: ({ PendingModifiedValues: pending }) => pending?.CACertificateIdentifier,
    request: (id) => ({ CACertificateIdentifier: id }),
  }),
  domain: setting({
    label: 'Active Directory domain',
    schema: domain.optional(),
    reads: [
      'DomainMemberships.Domain',
      'DomainMemberships.IAMRoleName',
      'DomainMemberships.FQDN',
      'DomainMemberships.OU',
      'DomainMemberships.AuthSecretArn',
      'DomainMemberships.DnsIps',
    ],
    read: ({ DomainMemberships: [membership] = [] }) => {
      if (membership === undefined) return undefined;
      const { Domain, IAMRoleName, FQDN, OU, AuthSecretArn, DnsIps } = membership;
      const known = Object.entries({
        ...{ id: textOf(Domain), iamRole: textOf(IAMRoleName), fqdn: textOf(FQDN) },
        ...{ unit: textOf(OU), secret: textOf(AuthSecretArn) },
        dnsAddresses: (DnsIps ?? []).length === 0 ? undefined : namesOf(DnsIps),
      }).filter(([, value]) => value !== undefined);
      return known.length === 0 ? undefined : (Object.fromEntries(known) as z.output<typeof domain>);
    },
    leftOut: {},
    drill: { rule: 'directory', value: () => undefined },
    same: (wanted, found) =>
      wanted.secret === undefined ? wanted.id === found.id : wanted.fqdn === found.fqdn,
    written: ({ fqdn, id }) => fqdn ?? id ?? 'none',
    // With a secret RDS joins a directory that AWS does not manage: the two sets of parameters exclude each other.
    request: ({ id, iamRole, fqdn, unit, secret, dnsAddresses }) =>
      secret === undefined
        ? { ...(id && { Domain: id }), ...(iamRole && { DomainIAMRoleName: iamRole }) }
        : {
            ...(fqdn && { DomainFqdn: fqdn }),
            ...(unit && { DomainOu: unit }),
            DomainAuthSecretArn: secret,
            ...(dnsAddresses && { DomainDnsIps: [...dnsAddresses] }),
          },
  }),
  associatedRoles: setting({
    label: 'associated roles',
    schema: z.array(associatedRole).optional(),
    reads: ['AssociatedRoles.RoleArn', 'AssociatedRoles.FeatureName'],
    read: ({ AssociatedRoles: roles = [] }) => {
      const known = roles.flatMap(({ RoleArn, FeatureName }) => {
        const [role, feature] = [textOf(RoleArn), textOf(FeatureName)];
        return role === undefined ? [] : [{ role, ...(feature !== undefined && { feature }) }];
      });
      return known.length === 0 ? undefined : known;
    },
    leftOut: [],
    drill: { rule: 'databaseRoles', value: () => undefined },
    same: (wanted, found) => wanted.every((one) => found.some((other) => roleText(one) === roleText(other))),
    written: (roles) => roles.map(roleText).sort().join(', ') || 'none',
    later: {
      call: 'AddRoleToDBInstance',
      change: (wanted, _spec, { AssociatedRoles: roles = [] }) => ({
        call: 'AddRoleToDBInstance',
        roles: wanted.filter(
          ({ role, feature }) =>
            !roles.some((one) => one.RoleArn === role && (textOf(one.FeatureName) ?? '') === (feature ?? '')),
        ),
      }),
    },
  }),
};

function roleText({ role, feature }: DbRole): string {
  return feature === undefined ? role : `${role} for ${feature}`;
}
