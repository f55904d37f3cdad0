import type { WorldSnapshot } from '../../../src/simulator/index.ts';

type Tags = Readonly<Record<string, string>>;

/** What IAM decides about: one action on one resource, with what is known of both. */
export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

export const ACCOUNT = '111111111111';

/** The account at the moment of a call: what IAM knows of the resources that exist. */
export interface Facts {
  readonly region: string;
  snapshot(): WorldSnapshot;
}

export function arn({ region }: Facts, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
}

/** Snapshots of volumes have no account in their ARN. */
export function snapshotArn({ region }: Facts, id: string): string {
  return `arn:aws:ec2:${region}::snapshot/${id}`;
}

export function requested(tags: Tags): IamRequest['context'] {
  const keys = Object.keys(tags);
  return { ...prefixed('aws:RequestTag', tags), ...(keys.length > 0 && { 'aws:TagKeys': keys }) };
}

function existing(tags: Tags): IamRequest['context'] {
  return prefixed('aws:ResourceTag', tags);
}

function prefixed(prefix: string, tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}

/** Tags as the SDK takes them. */
export function tagsIn(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Tags {
  return Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function ofVolume(facts: Facts, id: string): IamRequest['context'] {
  return existing(facts.snapshot().volumes.find((one) => one.id === id)?.tags ?? {});
}

export function ofSnapshot(facts: Facts, id: string): IamRequest['context'] {
  const found = facts.snapshot().snapshots.find((one) => one.id === id);
  return {
    ...existing(found?.tags ?? {}),
    ...(found !== undefined && { 'ec2:ParentVolume': arn(facts, 'ec2', `volume/${found.of}`) }),
  };
}

export function ofDatabase(facts: Facts, id: string): IamRequest['context'] {
  const tags = facts.snapshot().dbInstances.find((one) => one.id === id.toLowerCase())?.tags;
  return existing(tags ?? {});
}

export function ofDbSnapshot(facts: Facts, id: string): IamRequest['context'] {
  return existing(facts.snapshot().dbSnapshots.find((one) => one.id === id)?.tags ?? {});
}

/** What EBS or RDS asks of KMS on behalf of the caller, for something encrypted. */
export function onKey(facts: Facts, service: 'ec2' | 'rds', keyId = 'default'): readonly IamRequest[] {
  const resource = keyId.startsWith('arn:') ? keyId : arn(facts, 'kms', `key/${keyId}`);
  const context = { 'kms:ViaService': `${service}.${facts.region}.amazonaws.com` };
  return [
    ...['Decrypt', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo', 'DescribeKey'].map(
      (name) => ({ action: `kms:${name}`, resource, context }),
    ),
    {
      action: 'kms:CreateGrant',
      resource,
      context: { ...context, 'kms:GrantIsForAWSResource': 'true' },
    },
  ];
}
