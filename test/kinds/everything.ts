import type { DbInstanceSpec, VolumeSpec } from '../../src/kinds/specs.ts';
import { DB_SPEC, VOLUME_SPEC } from '../aws/fixtures.ts';

/** A spec with a value for every setting. */
export const VOLUME_WITH_ALL: VolumeSpec = {
  ...VOLUME_SPEC,
  // One of the two: a request takes its own.
  sourceVolumeId: 'vol-1',
  multiAttach: true,
  outpost: 'arn:aws:outposts:us-east-1:111111111111:outpost/op-1',
  volumeType: 'io2',
  throughputMiBps: 500,
};

export const DB_WITH_ALL: DbInstanceSpec = {
  ...DB_SPEC,
  engine: 'oracle-ee',
  zone: 'us-east-1a',
  storageType: 'io2',
  maxStorageGiB: 1_600,
  dedicatedLogVolume: true,
  additionalVolumes: [
    {
      name: 'rdsdbdata2',
      storageGiB: 300,
      storageType: 'gp3',
      iops: 12_000,
      throughputMiBps: 500,
      maxStorageGiB: 600,
    },
  ],
  backupTarget: 'region',
  networkType: 'DUAL',
  customerOwnedIp: true,
  processorFeatures: { coreCount: '2', threadsPerCore: '1' },
  customIamInstanceProfile: 'AWSRDSCustom-profile',
  publiclyAccessible: true,
  backupWindow: '02:00-02:30',
  maintenanceWindow: 'sun:05:00-sun:05:30',
  autoMinorVersionUpgrade: false,
  copyTagsToSnapshots: true,
  lifecycleSupport: 'open-source-rds-extended-support-disabled',
  licenseModel: 'license-included',
  characterSet: 'AL32UTF8',
  nationalCharacterSet: 'AL16UTF16',
  timezone: 'UTC',
  performanceInsights: true,
  performanceInsightsKeyId: 'key-2',
  performanceInsightsRetentionDays: 465,
  databaseInsights: 'advanced',
  managedMasterSecret: true,
  masterSecretKeyId: 'key-3',
  caCertificate: 'rds-ca-rsa4096-g1',
  domain: { id: 'd-1', iamRole: 'directory' },
  associatedRoles: [{ role: 'arn:aws:iam::111111111111:role/s3', feature: 'S3_INTEGRATION' }],
};
