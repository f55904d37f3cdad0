import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as ec2 from '@aws-sdk/client-ec2';
import * as kms from '@aws-sdk/client-kms';
import * as rds from '@aws-sdk/client-rds';
import * as quotas from '@aws-sdk/client-service-quotas';
import * as ssm from '@aws-sdk/client-ssm';
import {
  arn,
  ofDatabase,
  ofDbSnapshot,
  ofSnapshot,
  ofVolume,
  onKey,
  requested,
  snapshotArn,
  tagsIn,
  type Facts,
  type IamRequest,
} from './request.ts';

type Asks = (input: object, facts: Facts) => readonly IamRequest[];

/** An operation of the SDK and what it asks of IAM. */
function on<Input extends object>(
  command: new (input: Input) => { readonly input: Input },
  asks: (input: Input, facts: Facts) => readonly IamRequest[],
): readonly [string, Asks] {
  return [command.name, asks as Asks];
}

/** Actions that take no resource. */
function reads(
  service: string,
  commands: readonly { readonly name: string }[],
): readonly (readonly [string, Asks])[] {
  return commands.map(({ name }) => [
    name,
    (_, { region }) => [
      {
        action: `${service}:${name.replace(/Command$/, '')}`,
        resource: '*',
        context: { 'aws:RequestedRegion': region },
      },
    ],
  ]);
}

const EC2_READS = [
  ec2.DescribeAvailabilityZonesCommand,
  ec2.DescribeFastSnapshotRestoresCommand,
  ec2.DescribeInstancesCommand,
  ec2.DescribeInstanceTypesCommand,
  ec2.DescribeSnapshotsCommand,
  ec2.DescribeVolumesCommand,
  ec2.DescribeVolumeStatusCommand,
];
/** RDS would take a resource, but a list of all names none. */
const RDS_READS = [
  [rds.DescribeDBClustersCommand, 'cluster:any'],
  [rds.DescribeDBClusterSnapshotsCommand, 'cluster-snapshot:any'],
  [rds.DescribeDBInstancesCommand, 'db:any'],
  [rds.DescribeDBSnapshotsCommand, 'snapshot:any'],
] as const;

const EC2_WRITES = [
  on(ec2.CreateVolumeCommand, (input, facts) => {
    const { SnapshotId = '', AvailabilityZone = '', Encrypted, KmsKeyId, TagSpecifications } = input;
    const tags = requested(tagsIn(TagSpecifications?.[0]?.Tags));
    const volume = arn(facts, 'ec2', 'volume/vol-new');
    return [
      {
        action: 'ec2:CreateVolume',
        resource: volume,
        context: { ...tags, 'ec2:AvailabilityZone': AvailabilityZone },
      },
      {
        action: 'ec2:CreateVolume',
        resource: snapshotArn(facts, SnapshotId),
        context: ofSnapshot(facts, SnapshotId),
      },
      {
        action: 'ec2:CreateTags',
        resource: volume,
        context: { ...tags, 'ec2:CreateAction': 'CreateVolume' },
      },
      ...(Encrypted === true ? onKey(facts, 'ec2', KmsKeyId) : []),
    ];
  }),
  on(ec2.CopyVolumesCommand, (input, facts) => {
    const { SourceVolumeId = '', Encrypted, KmsKeyId, TagSpecifications } = input;
    const tags = requested(tagsIn(TagSpecifications?.[0]?.Tags));
    const volume = arn(facts, 'ec2', 'volume/vol-new');
    return [
      { action: 'ec2:CopyVolumes', resource: volume, context: tags },
      {
        action: 'ec2:CopyVolumes',
        resource: arn(facts, 'ec2', `volume/${SourceVolumeId}`),
        context: ofVolume(facts, SourceVolumeId),
      },
      {
        action: 'ec2:CreateTags',
        resource: volume,
        context: { ...tags, 'ec2:CreateAction': 'CopyVolumes' },
      },
      ...(Encrypted === true ? onKey(facts, 'ec2', KmsKeyId) : []),
    ];
  }),
  on(ec2.DeleteVolumeCommand, ({ VolumeId = '' }, facts) => [
    {
      action: 'ec2:DeleteVolume',
      resource: arn(facts, 'ec2', `volume/${VolumeId}`),
      context: ofVolume(facts, VolumeId),
    },
  ]),
  ...[ec2.AttachVolumeCommand, ec2.DetachVolumeCommand].map(
    (command) =>
      [
        command.name,
        (input: object, facts: Facts) => {
          const { VolumeId = '', InstanceId = '' } = input as ec2.DetachVolumeCommandInput;
          const action = `ec2:${command.name.replace(/Command$/, '')}`;
          return [
            { action, resource: arn(facts, 'ec2', `volume/${VolumeId}`), context: ofVolume(facts, VolumeId) },
            { action, resource: arn(facts, 'ec2', `instance/${InstanceId}`), context: {} },
          ];
        },
      ] as const,
  ),
  on(ec2.CreateSnapshotCommand, ({ VolumeId = '', TagSpecifications }, facts) => {
    const tags = requested(tagsIn(TagSpecifications?.[0]?.Tags));
    const resource = snapshotArn(facts, 'snap-new');
    return [
      { action: 'ec2:CreateSnapshot', resource, context: tags },
      {
        action: 'ec2:CreateSnapshot',
        resource: arn(facts, 'ec2', `volume/${VolumeId}`),
        context: ofVolume(facts, VolumeId),
      },
      { action: 'ec2:CreateTags', resource, context: { ...tags, 'ec2:CreateAction': 'CreateSnapshot' } },
    ];
  }),
  on(ec2.DeleteSnapshotCommand, ({ SnapshotId = '' }, facts) => [
    {
      action: 'ec2:DeleteSnapshot',
      resource: snapshotArn(facts, SnapshotId),
      context: ofSnapshot(facts, SnapshotId),
    },
  ]),
  on(ec2.EnableFastSnapshotRestoresCommand, (input, facts) => fastRestores('Enable', input, facts)),
  on(ec2.DisableFastSnapshotRestoresCommand, (input, facts) => fastRestores('Disable', input, facts)),
  on(ec2.CreateTagsCommand, ({ Resources = [], Tags }, facts) =>
    Resources.map((id) => ({
      action: 'ec2:CreateTags',
      ...anyOfEc2(id, facts, requested(tagsIn(Tags))),
    })),
  ),
  on(ec2.DeleteTagsCommand, ({ Resources = [], Tags }, facts) =>
    Resources.map((id) => ({
      action: 'ec2:DeleteTags',
      ...anyOfEc2(id, facts, { 'aws:TagKeys': Object.keys(tagsIn(Tags)) }),
    })),
  ),
];

function fastRestores(
  verb: string,
  { SourceSnapshotIds = [], AvailabilityZones = [] }: ec2.EnableFastSnapshotRestoresCommandInput,
  facts: Facts,
): readonly IamRequest[] {
  return SourceSnapshotIds.flatMap((id) =>
    AvailabilityZones.map((zone) => ({
      action: `ec2:${verb}FastSnapshotRestores`,
      resource: snapshotArn(facts, id),
      context: { ...ofSnapshot(facts, id), 'ec2:AvailabilityZone': zone },
    })),
  );
}

function anyOfEc2(id: string, facts: Facts, asked: IamRequest['context']): Omit<IamRequest, 'action'> {
  return id.startsWith('snap-')
    ? { resource: snapshotArn(facts, id), context: { ...ofSnapshot(facts, id), ...asked } }
    : { resource: arn(facts, 'ec2', `volume/${id}`), context: { ...ofVolume(facts, id), ...asked } };
}

type Restore =
  rds.RestoreDBInstanceFromDBSnapshotCommandInput | rds.RestoreDBInstanceToPointInTimeCommandInput;

/** Both restores: all that they use, the database that is made, and its tags. */
function restores(
  action: string,
  input: Restore,
  from: readonly string[],
  name: string,
  facts: Facts,
): readonly IamRequest[] {
  const context = requested(tagsIn(input.Tags));
  const used = [
    `og:${input.OptionGroupName ?? 'default:postgres-16'}`,
    `pg:${input.DBParameterGroupName ?? 'default.postgres16'}`,
    `subgrp:${input.DBSubnetGroupName ?? 'default'}`,
  ];
  return [
    ...[`db:${name}`, ...from, ...used].map((resource) => ({
      action,
      resource: arn(facts, 'rds', resource),
      context,
    })),
    { action: 'rds:AddTagsToResource', resource: arn(facts, 'rds', `db:${name}`), context },
    ...onKey(facts, 'rds'),
  ];
}

const RDS_WRITES = [
  on(rds.RestoreDBInstanceFromDBSnapshotCommand, (input, facts) =>
    restores(
      'rds:RestoreDBInstanceFromDBSnapshot',
      input,
      [`snapshot:${input.DBSnapshotIdentifier}`],
      input.DBInstanceIdentifier ?? '',
      facts,
    ),
  ),
  on(rds.RestoreDBInstanceToPointInTimeCommand, (input, facts) =>
    restores(
      'rds:RestoreDBInstanceToPointInTime',
      input,
      [`db:${input.SourceDBInstanceIdentifier}`, 'auto-backup:ab-1'],
      input.TargetDBInstanceIdentifier ?? '',
      facts,
    ),
  ),
  on(rds.ModifyDBInstanceCommand, (input, facts) => [
    {
      action: 'rds:ModifyDBInstance',
      resource: arn(facts, 'rds', `db:${input.DBInstanceIdentifier}`),
      context: ofDatabase(facts, input.DBInstanceIdentifier),
    },
    ...(input.DBParameterGroupName === undefined
      ? []
      : [
          {
            action: 'rds:ModifyDBInstance',
            resource: arn(facts, 'rds', `pg:${input.DBParameterGroupName}`),
            context: {},
          },
        ]),
    ...(input.MonitoringRoleArn === undefined
      ? []
      : [
          {
            action: 'iam:PassRole',
            resource: input.MonitoringRoleArn,
            context: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' },
          },
        ]),
  ]),
  on(rds.AddRoleToDBInstanceCommand, ({ DBInstanceIdentifier = '', RoleArn = '' }, facts) => [
    {
      action: 'rds:AddRoleToDBInstance',
      resource: arn(facts, 'rds', `db:${DBInstanceIdentifier}`),
      context: ofDatabase(facts, DBInstanceIdentifier),
    },
    {
      action: 'iam:PassRole',
      resource: RoleArn,
      context: { 'iam:PassedToService': 'rds.amazonaws.com' },
    },
  ]),
  on(rds.PromoteReadReplicaCommand, ({ DBInstanceIdentifier = '' }, facts) => [
    {
      action: 'rds:PromoteReadReplica',
      resource: arn(facts, 'rds', `db:${DBInstanceIdentifier}`),
      context: ofDatabase(facts, DBInstanceIdentifier),
    },
  ]),
  on(rds.DeleteDBInstanceCommand, ({ DBInstanceIdentifier = '' }, facts) => [
    {
      action: 'rds:DeleteDBInstance',
      resource: arn(facts, 'rds', `db:${DBInstanceIdentifier}`),
      context: ofDatabase(facts, DBInstanceIdentifier),
    },
  ]),
  on(rds.CreateDBSnapshotCommand, ({ DBSnapshotIdentifier, DBInstanceIdentifier, Tags }, facts) => {
    const context = requested(tagsIn(Tags));
    const snapshot = arn(facts, 'rds', `snapshot:${DBSnapshotIdentifier}`);
    return [
      { action: 'rds:CreateDBSnapshot', resource: snapshot, context },
      { action: 'rds:CreateDBSnapshot', resource: arn(facts, 'rds', `db:${DBInstanceIdentifier}`), context },
      { action: 'rds:AddTagsToResource', resource: snapshot, context },
    ];
  }),
  on(rds.DeleteDBSnapshotCommand, ({ DBSnapshotIdentifier = '' }, facts) => [
    {
      action: 'rds:DeleteDBSnapshot',
      resource: arn(facts, 'rds', `snapshot:${DBSnapshotIdentifier}`),
      context: ofDbSnapshot(facts, DBSnapshotIdentifier),
    },
  ]),
  on(rds.AddTagsToResourceCommand, ({ ResourceName = '', Tags }) => [
    { action: 'rds:AddTagsToResource', resource: ResourceName, context: requested(tagsIn(Tags)) },
  ]),
  on(rds.RemoveTagsFromResourceCommand, ({ ResourceName = '', TagKeys = [] }) => [
    { action: 'rds:RemoveTagsFromResource', resource: ResourceName, context: { 'aws:TagKeys': TagKeys } },
  ]),
];

const PARAMETERS = [ssm.GetParameterCommand, ssm.PutParameterCommand, ssm.DeleteParameterCommand].map(
  ({ name }) =>
    [
      name,
      (input: object, facts: Facts) => [
        {
          action: `ssm:${name.replace(/Command$/, '')}`,
          resource: arn(facts, 'ssm', `parameter${(input as { readonly Name?: string }).Name}`),
          context: {},
        },
      ],
    ] as const,
);

const OPERATIONS: ReadonlyMap<string, Asks> = new Map<string, Asks>([
  ...reads('ec2', EC2_READS),
  ...RDS_READS.map(
    ([{ name }, resource]) =>
      [
        name,
        (_: object, facts: Facts) => [
          {
            action: `rds:${name.replace(/Command$/, '')}`,
            resource: arn(facts, 'rds', resource),
            context: { 'aws:RequestedRegion': facts.region },
          },
        ],
      ] as const,
  ),
  ...reads('cloudwatch', [cloudwatch.GetMetricDataCommand]),
  ...reads('servicequotas', [quotas.ListServiceQuotasCommand]),
  ...reads('ssm', [ssm.DescribeInstanceInformationCommand]),
  on(kms.DescribeKeyCommand, ({ KeyId = '' }, facts) => [
    { action: 'kms:DescribeKey', resource: arn(facts, 'kms', `key/${KeyId}`), context: {} },
  ]),
  ...EC2_WRITES,
  ...RDS_WRITES,
  ...PARAMETERS,
]);

/** What a call asks of IAM; `undefined`: the table has no row for the operation. */
export function asksOf(command: { readonly input: object }, facts: Facts): readonly IamRequest[] | undefined {
  return OPERATIONS.get(command.constructor.name)?.(command.input, facts);
}
