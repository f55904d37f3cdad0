/**
 * A part of a request that makes a volume or a DB instance: `operation` (which API operation it is), `source` (the snapshot, or the instance and
 * the point in time), `rate` (provisioned initialization), `settings` (all the rest: type, size, IOPS, zone, groups, keys).
 */
export type RequestPart = 'operation' | 'source' | 'rate' | 'settings';

/** Codes that refuse one part of a request, as EC2 and RDS document them, without the `Fault` suffix. */
const CODES: Readonly<Record<Exclude<RequestPart, 'rate'>, readonly string[]>> = {
  operation: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'UnauthorizedAccess'],
  source: [
    'InvalidSnapshot.NotFound',
    'InvalidVolume.NotFound',
    'DBSnapshotNotFound',
    'InvalidDBSnapshotState',
    'InvalidRestore',
    'PointInTimeRestoreNotEnabled',
    'DBInstanceAutomatedBackupNotFound',
    'DBInstanceNotFound',
  ],
  settings: [
    'InvalidParameter',
    'InvalidParameterValue',
    'InvalidParameterCombination',
    'InvalidParameterDependency',
    'MissingParameter',
    'UnknownParameter',
    'UnknownVolumeType',
    'ValidationError',
    'ValidationException',
    'InvalidZone.NotFound',
    'VolumeTypeNotAvailableInZone',
    'StorageTypeNotSupported',
    'KMSKeyNotAccessible',
    'TagLimitExceeded',
    // Limits of the account that every request like this one counts against.
    'VolumeLimitExceeded',
    'MaxIOPSLimitExceeded',
    'InstanceQuotaExceeded',
    'StorageQuotaExceeded',
    // What a DB instance is placed in or given.
    'InvalidSubnet',
    'InvalidVPCNetworkState',
    'DBSubnetGroupNotFound',
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    'DBSecurityGroupNotFound',
    'DBParameterGroupNotFound',
    'OptionGroupNotFound',
    'NetworkTypeNotSupported',
    'BackupPolicyNotFound',
    'CertificateNotFound',
    'DomainNotFound',
    'AuthorizationNotFound',
  ],
};

const PART_OF: ReadonlyMap<string, RequestPart> = new Map(
  Object.entries(CODES).flatMap(([part, codes]) => codes.map((code) => [code, part as RequestPart] as const)),
);

/** Parameters that name the source or the rate; a refusal of a parameter names it, in whatever case. */
const PARAMETERS: readonly (readonly [RequestPart, string])[] = [
  ['rate', 'volumeinitializationrate'],
  ['source', 'snapshotid'],
  ['source', 'sourcevolumeid'],
  ['source', 'sourcedb'],
  ['source', 'sourcedbiresourceid'],
  ['source', 'restoretime'],
  ['source', 'restorabletime'],
];

/**
 * The parts of a request that a refusal may be about; empty when its code does not tell. A refusal of parameters is about the settings
 * unless it names a parameter of another part.
 *
 * @example refusedParts('InvalidParameterValue', 'Volume iops of 90000 is too high; maximum is 80000.') // ['settings']
 */
export function refusedParts(code: string, message: string): readonly RequestPart[] {
  const part = PART_OF.get(code);
  if (part === undefined) return [];
  // A policy may allow one operation and not another, or only without a rate.
  if (part === 'operation') return ['operation', 'rate'];
  if (part === 'source') return ['source'];
  const text = message.toLowerCase();
  const named = PARAMETERS.filter(([, parameter]) => text.includes(parameter)).map(([other]) => other);
  return named.length === 0 ? ['settings'] : [...new Set(named)];
}
