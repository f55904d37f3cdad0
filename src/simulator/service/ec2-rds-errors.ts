import { EC2ServiceException } from '@aws-sdk/client-ec2';
import * as rdsErrors from '@aws-sdk/client-rds';
import { failureMetadata } from './aws-errors.ts';

/** An EC2 error as the SDK throws it: its `name` is the code. */
export function ec2Failure(code: string, message: string, httpStatusCode = 400): EC2ServiceException {
  const failure = new EC2ServiceException({
    name: code,
    message,
    $fault: httpStatusCode >= 500 && code !== 'RequestLimitExceeded' ? 'server' : 'client',
    $metadata: failureMetadata(httpStatusCode),
  });
  return Object.assign(failure, { Code: code });
}

/** The RDS faults that the SDK has a class for, by the code on the wire, with the HTTP status of each. */
const RDS_FAULTS = {
  DBInstanceAlreadyExists: [rdsErrors.DBInstanceAlreadyExistsFault, 400],
  DBInstanceRoleAlreadyExists: [rdsErrors.DBInstanceRoleAlreadyExistsFault, 400],
  DBInstanceNotFound: [rdsErrors.DBInstanceNotFoundFault, 404],
  DBSnapshotNotFound: [rdsErrors.DBSnapshotNotFoundFault, 404],
  InvalidDBInstanceState: [rdsErrors.InvalidDBInstanceStateFault, 400],
  InvalidDBSnapshotState: [rdsErrors.InvalidDBSnapshotStateFault, 400],
  InstanceQuotaExceeded: [rdsErrors.InstanceQuotaExceededFault, 400],
  InsufficientDBInstanceCapacity: [rdsErrors.InsufficientDBInstanceCapacityFault, 400],
  InvalidRestoreFault: [rdsErrors.InvalidRestoreFault, 400],
  PointInTimeRestoreNotEnabled: [rdsErrors.PointInTimeRestoreNotEnabledFault, 400],
  KMSKeyNotAccessibleFault: [rdsErrors.KMSKeyNotAccessibleFault, 400],
  DBSnapshotAlreadyExists: [rdsErrors.DBSnapshotAlreadyExistsFault, 400],
  DBClusterNotFoundFault: [rdsErrors.DBClusterNotFoundFault, 404],
  DBClusterSnapshotNotFoundFault: [rdsErrors.DBClusterSnapshotNotFoundFault, 404],
} as const;

export type RdsFaultCode = keyof typeof RDS_FAULTS;

/** An RDS fault as the SDK throws it: an instance of its class, with the code of the wire in `Code`. */
export function rdsFault(code: RdsFaultCode, message: string): rdsErrors.RDSServiceException {
  const [Fault, status] = RDS_FAULTS[code];
  return Object.assign(new Fault({ message, $metadata: failureMetadata(status) }), { Code: code });
}

/** An RDS error without a class of its own, e.g. `InvalidParameterValue`. */
export function rdsFailure(
  code: string,
  message: string,
  httpStatusCode = 400,
): rdsErrors.RDSServiceException {
  const failure = new rdsErrors.RDSServiceException({
    name: code,
    message,
    $fault: httpStatusCode >= 500 ? 'server' : 'client',
    $metadata: failureMetadata(httpStatusCode),
  });
  return Object.assign(failure, { Code: code });
}

/** What the client sees when the answer does not arrive: a time-out, or a connection that broke. */
export function answerLost(timedOut: boolean): Error {
  if (timedOut) {
    return Object.assign(new Error('The request timed out: no response arrived in time.'), {
      name: 'TimeoutError',
      $metadata: { attempts: 1 },
    });
  }
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
}
