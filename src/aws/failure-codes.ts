import type { FailureClass } from '../workflow/base/effects.ts';

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
    'ProvisionedThroughputExceededException',
    'SlowDown',
    'PriorRequestNotComplete',
    'SnapshotCreationPerVolumeRateExceeded',
    // SSM: one parameter was changed too often in a moment.
    'TooManyUpdates',
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
    // One copy of a volume at a time, and so many of a Region.
    'CopyVolumesLimitExceeded',
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
    'InvalidRestore',
    // Of an operation that exists but not for this object; see the failures for the other meaning.
    'UnsupportedOperation',
    'PointInTimeRestoreNotEnabled',
    'DBInstanceAlreadyExists',
    // The zone never offers it: waiting does not help, another strategy or zone might.
    'VolumeTypeNotAvailableInZone',
    'StorageTypeNotSupported',
    'TagLimitExceeded',
    'FilterLimitExceeded',
  ],
  credentials: [
    // EC2 says so of a session that has ended; the SDK corrects a clock that is wrong from the same answer.
    'RequestExpired',
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
    // No connection can be made for want of a descriptor or of memory: nothing was sent.
    'EMFILE',
    'ENFILE',
    'ENOBUFS',
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
  unsupported: [
    'NotImplemented',
    'NotImplementedException',
    'UnknownOperation',
    'UnknownOperationException',
    'InvalidAction',
    'UnsupportedAction',
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

/** Statuses by which a server says that it has no such operation, when it says nothing else. */
const WITHOUT_OPERATION: ReadonlySet<number> = new Set([404, 405, 501]);

/** Whether this status, on an answer that is not AWS's, says that the server lacks the operation. */
export function lacksOperation(status: number | undefined): boolean {
  return status !== undefined && WITHOUT_OPERATION.has(status);
}

/** `UnsupportedOperation` is answered for an object that does not support the operation, and by servers (and Regions) that lack it. */
const ABOUT_THE_API =
  /\b(api|action|operation|functionality|method)\b[^.]*\bnot\b[^.]*\b(implemented|available|supported (in this region|by this))|\bnot (yet )?implemented\b|\bunknown (action|operation)\b/i;

/** Whether the message concerns the API itself, not an object. */
export function isAboutTheApi(message: string): boolean {
  return ABOUT_THE_API.test(message);
}
