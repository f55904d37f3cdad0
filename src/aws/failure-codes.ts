import type { FailureClass } from '../workflow/effects.ts';

const CODES: Readonly<Record<FailureClass, readonly string[]>> = {
  throttled: [
    'RequestLimitExceeded',
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'TooManyRequestsException',
    'EC2ThrottledException',
    'BandwidthLimitExceeded',
    'SlowDown',
    'PriorRequestNotComplete',
    'SnapshotCreationPerVolumeRateExceeded',
  ],
  transient: [
    'InternalError',
    'InternalFailure',
    'InternalServerError',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'Unavailable',
    'RequestTimeout',
    'RequestTimeoutException',
    // The SDK corrects its clock from such an answer: the next request has the right time.
    'RequestExpired',
    'RequestTimeTooSkewed',
    'RequestInTheFuture',
  ],
  capacity: [
    'InsufficientVolumeCapacity',
    'InsufficientCapacity',
    'InsufficientInstanceCapacity',
    'InsufficientDBInstanceCapacity',
    'InsufficientDBClusterCapacity',
    'InsufficientStorageClusterCapacity',
    'InsufficientAvailableIPsInSubnet',
    'ProvisionedIopsNotAvailableInAZ',
    'StorageTypeNotAvailable',
  ],
  quota: [
    'VolumeLimitExceeded',
    'MaxIOPSLimitExceeded',
    'SnapshotLimitExceeded',
    'PendingSnapshotLimitExceeded',
    'ResourceLimitExceeded',
    'InstanceQuotaExceeded',
    'StorageQuotaExceeded',
    'SnapshotQuotaExceeded',
  ],
  busy: [
    'VolumeInUse',
    'IncorrectState',
    'IncorrectModificationState',
    'VolumeModificationRateExceeded',
    'InvalidSnapshot.InUse',
    'ConcurrentTagAccess',
    'DBInstanceNotReady',
    'InvalidDBInstanceState',
    'InvalidDBClusterState',
    'InvalidDBSnapshotState',
    'InvalidDBParameterGroupState',
    'InvalidOptionGroupState',
    'InvalidDBSubnetGroupState',
  ],
  gone: [
    'InvalidVolume.NotFound',
    'InvalidSnapshot.NotFound',
    'InvalidInstanceID.NotFound',
    'DBInstanceNotFound',
    'DBSnapshotNotFound',
    'DBClusterNotFound',
  ],
  denied: [
    'AccessDenied',
    'AccessDeniedException',
    'UnauthorizedOperation',
    'UnauthorizedAccess',
    'OperationNotPermitted',
    'OptInRequired',
    'Blocked',
    'PendingVerification',
    'KMSKeyNotAccessible',
    'InvalidKmsKey',
  ],
  invalid: [
    'IdempotentParameterMismatch',
    'InvalidRequest',
    'InvalidAction',
    'InvalidRestore',
    'UnknownOperation',
    'UnknownOperationException',
    'UnsupportedOperation',
    'NotImplemented',
    'PointInTimeRestoreNotEnabled',
    'DBInstanceAlreadyExists',
    // The zone never offers it: waiting does not help, another strategy or zone might.
    'VolumeTypeNotAvailableInZone',
    'StorageTypeNotSupported',
    'TagLimitExceeded',
    'FilterLimitExceeded',
  ],
  credentials: [
    'CredentialsProviderError',
    'ProviderError',
    'TokenProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'TokenRefreshRequired',
    'AuthFailure',
    'InvalidClientTokenId',
    'InvalidAccessKeyId',
    'UnrecognizedClient',
    'UnrecognizedClientException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'IncompleteSignature',
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
  ],
  unreachable: [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EHOSTDOWN',
    'ENETDOWN',
    'EADDRNOTAVAIL',
    'EPROTO',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
};

const CLASS_OF: ReadonlyMap<string, FailureClass> = new Map(
  Object.entries(CODES).flatMap(([name, codes]) =>
    codes.map((code) => [code, name as FailureClass] as const),
  ),
);

/** Families of codes that grow with every release of the services; the table goes before them. */
const FAMILIES: readonly (readonly [RegExp, FailureClass])[] = [
  [/(Limit|Quota)Exceeded$/, 'quota'],
  [/^Insufficient.*Capacity/, 'capacity'],
  [/NotFound$/, 'gone'],
  [/^KMS\b|^KMS\.|^Kms/, 'denied'],
  [/^(Invalid|Missing|Malformed|Unknown|Unsupported|Validation)/, 'invalid'],
  [/(NotSupported|AlreadyExists)$/, 'invalid'],
];

/** The class of a service's code, `Fault` suffix stripped; `undefined` for a code that no table and no family has. */
export function classOfCode(code: string): FailureClass | undefined {
  return CLASS_OF.get(code) ?? FAMILIES.find(([family]) => family.test(code))?.[1];
}

/** A connection that broke half way: the request may have been carried out. */
const BROKEN_CONNECTIONS: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_SOCKET',
]);

/** The class of a code of the network layer; `undefined` when it is none. */
export function classOfNetworkCode(code: string): FailureClass | undefined {
  if (BROKEN_CONNECTIONS.has(code)) return 'transient';
  return CODES.unreachable.includes(code) ? 'unreachable' : undefined;
}
