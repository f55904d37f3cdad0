import { DBInstanceNotFoundFault } from '@aws-sdk/client-rds';
import { LifeboatError } from '../../src/errors.ts';
import { classify, malformedAnswer, sanitise, toLifeboatError } from '../../src/aws/request-failures.ts';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import type { FailureClass } from '../../src/workflow/base/effects.ts';
import { ec2Error, rdsError, ssmError } from './fixtures.ts';

const EC2_CODES: readonly (readonly [string, FailureClass])[] = [
  ['RequestLimitExceeded', 'throttled'],
  ['Client.RequestLimitExceeded', 'throttled'],
  ['InternalError', 'transient'],
  ['Unavailable', 'transient'],
  ['InsufficientVolumeCapacity', 'capacity'],
  ['VolumeLimitExceeded', 'quota'],
  ['MaxIOPSLimitExceeded', 'quota'],
  ['SnapshotLimitExceeded', 'quota'],
  ['ResourceLimitExceeded', 'quota'],
  ['SomethingNewLimitExceeded', 'quota'],
  ['VolumeInUse', 'busy'],
  ['IncorrectState', 'busy'],
  ['InvalidSnapshot.InUse', 'busy'],
  ['InvalidSnapshot.NotFound', 'gone'],
  ['InvalidVolume.NotFound', 'gone'],
  ['UnauthorizedOperation', 'denied'],
  ['AccessDenied', 'denied'],
  ['IdempotentParameterMismatch', 'invalid'],
  ['InvalidRequest', 'invalid'],
  ['InvalidParameterValue', 'invalid'],
  ['InvalidAction', 'unsupported'],
  ['NotImplemented', 'unsupported'],
  ['UnknownOperation', 'unsupported'],
  ['UnknownOperationException', 'unsupported'],
  ['UnsupportedOperation', 'invalid'],
  ['VolumeTypeNotAvailableInZone', 'invalid'],
  ['FilterLimitExceeded', 'invalid'],
  ['AuthFailure', 'credentials'],
  ['ExpiredToken', 'credentials'],
  ['UnrecognizedClientException', 'credentials'],
];

const RDS_CODES: readonly (readonly [string, string, FailureClass])[] = [
  ['ThrottlingException', 'ThrottlingException', 'throttled'],
  ['Throttling', 'Throttling', 'throttled'],
  ['DBSnapshotNotFoundFault', 'DBSnapshotNotFound', 'gone'],
  ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 'gone'],
  ['InvalidDBSnapshotStateFault', 'InvalidDBSnapshotState', 'busy'],
  ['InvalidDBInstanceStateFault', 'InvalidDBInstanceState', 'busy'],
  ['InstanceQuotaExceededFault', 'InstanceQuotaExceeded', 'quota'],
  ['StorageQuotaExceededFault', 'StorageQuotaExceeded', 'quota'],
  ['InsufficientDBInstanceCapacityFault', 'InsufficientDBInstanceCapacity', 'capacity'],
  ['DBInstanceAlreadyExistsFault', 'DBInstanceAlreadyExists', 'invalid'],
  ['PointInTimeRestoreNotEnabledFault', 'PointInTimeRestoreNotEnabled', 'invalid'],
  ['InvalidRestoreFault', 'InvalidRestore', 'invalid'],
  ['KMSKeyNotAccessibleFault', 'KMSKeyNotAccessible', 'denied'],
  ['InvalidClientTokenId', 'InvalidClientTokenId', 'credentials'],
  ['AccessDenied', 'AccessDenied', 'denied'],
];

describe('classify', () => {
  test.each(EC2_CODES)('EC2 %s is %s', (code, expected) => {
    expect(classify(ec2Error(code))).toMatchObject({ class: expected, message: `${code} happened` });
  });

  test.each(RDS_CODES)('RDS %s is told as %s: %s', (name, code, expected) => {
    expect(classify(rdsError(name))).toMatchObject({ class: expected, code });
  });

  test('an exception class of the SDK loses its suffix', () => {
    const error = new DBInstanceNotFoundFault({
      message: 'no such thing',
      $metadata: { httpStatusCode: 404 },
    });
    expect(classify(error)).toEqual({ class: 'gone', code: 'DBInstanceNotFound', message: 'no such thing' });
  });

  test.each([
    [500, 'transient'],
    [503, 'transient'],
    [501, 'unsupported'],
    [429, 'throttled'],
    [404, 'gone'],
    [403, 'denied'],
    [400, 'invalid'],
  ] as const)('a code nobody has heard of with HTTP %i is %s', (status, expected) => {
    expect(classify(ec2Error('Novelty', status)).class).toBe(expected);
  });

  test.each([
    ['ECONNREFUSED', 'unreachable'],
    ['EMFILE', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['EAI_AGAIN', 'unreachable'],
    ['CERT_HAS_EXPIRED', 'unreachable'],
    ['ECONNRESET', 'transient'],
    ['EPIPE', 'transient'],
  ] as const)('network error %s is %s', (code, expected) => {
    const failure = classify(Object.assign(new Error(''), { code }));
    expect(failure).toEqual({ class: expected, code, message: `The request ended with ${code}.` });
  });

  test('a time-out is transient, whatever the socket said', () => {
    const error = Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNREFUSED' });
    expect(classify(error).class).toBe('transient');
  });

  test.each(['CredentialsProviderError', 'TokenProviderError'])(
    '%s means that nobody is signed in',
    (name) => {
      const error = Object.assign(new Error('Could not load credentials from any providers'), { name });
      expect(classify(error)).toMatchObject({ class: 'credentials', code: name });
    },
  );

  test('an answer without a code of AWS is unreadable, even with a client status', () => {
    expect(classify(ec2Error('Unknown', 403))).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
    expect(classify(ec2Error('Unknown', 502)).message).toContain('HTTP 502');
  });

  test.each([
    ['The functionality you requested is not available in this region.', 'unsupported'],
    ['The action CreateSnapshot has not been implemented', 'unsupported'],
    ['API action EnableFastSnapshotRestores is not yet implemented', 'unsupported'],
    ['This operation is not supported by this endpoint.', 'unsupported'],
    ['The volume vol-1 does not support encryption.', 'invalid'],
    ['The operation is not supported for a volume in this state.', 'invalid'],
  ] as const)('UnsupportedOperation, said with "%s", is %s', (message, expected) => {
    const error = Object.assign(ec2Error('UnsupportedOperation'), { message });
    expect(classify(error).class).toBe(expected);
  });

  test.each([
    [404, 'unsupported', 'NoSuchOperation'],
    [405, 'unsupported', 'NoSuchOperation'],
    [501, 'unsupported', 'NoSuchOperation'],
    [500, 'transient', 'MalformedAnswer'],
    [502, 'transient', 'MalformedAnswer'],
    [429, 'throttled', 'MalformedAnswer'],
  ] as const)('a page with HTTP %i is %s', (status, expected, code) => {
    expect(classify(ec2Error('Unknown', status))).toMatchObject({ class: expected, code });
    expect(classify(ssmError('SSMServiceException', status))).toMatchObject({ class: expected, code });
  });

  test('what the services say of parameters has a class', () => {
    expect(classify(ssmError('ParameterNotFound')).class).toBe('gone');
    expect(classify(ssmError('AccessDeniedException')).class).toBe('denied');
    expect(classify(ssmError('TooManyUpdates')).class).toBe('throttled');
    expect(classify(ssmError('ParameterLimitExceeded')).class).toBe('quota');
  });

  test('a parser that gave up is an unreadable answer, not a bug', () => {
    const error = Object.assign(new TypeError('unexpected content'), { $metadata: { httpStatusCode: 200 } });
    expect(classify(error)).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
  });

  test.each([
    ['a bug', new TypeError('x is not a function')],
    ['a failure of the journal', new LifeboatError('JOURNAL_UNWRITABLE', 'disk full', 'Free some space.')],
    ['an error of a file', Object.assign(new Error('no space left'), { code: 'ENOSPC' })],
    ['something that is no error', 'oops'],
  ])('%s is thrown on', (_what, thrown) => {
    let caught: unknown;
    try {
      classify(thrown);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
  });

  test('a failure found by Lifeboat itself keeps its class', () => {
    expect(classify(malformedAnswer('DescribeVolumes'))).toMatchObject({
      class: 'transient',
      code: 'MalformedAnswer',
    });
    const failure = { class: 'throttled', code: 'Throttling', message: 'slower' } as const;
    expect(classify(new ObservationFailure(failure, undefined))).toBe(failure);
  });
});

describe('sanitise', () => {
  test('gives one line without control characters', () => {
    expect(sanitise('\u001b[31mred\u0000\r\nnext\u2028line')).toBe('[31mred next line');
  });

  test('cuts at 300 characters', () => {
    expect(sanitise('x'.repeat(300))).toHaveLength(300);
    expect(sanitise('x'.repeat(301))).toHaveLength(300);
    expect(sanitise('x'.repeat(301)).endsWith('…')).toBe(true);
  });
});

describe('toLifeboatError', () => {
  test.each([
    ['credentials', 'AWS_CREDENTIALS'],
    ['unreachable', 'AWS_UNREACHABLE'],
    ['denied', 'AWS_DENIED'],
    ['quota', 'AWS_FAILED'],
    ['gone', 'AWS_FAILED'],
    ['invalid', 'AWS_FAILED'],
    ['transient', 'AWS_FAILED'],
    ['unsupported', 'AWS_FAILED'],
  ] as const)('%s becomes %s with a next step', (name, code) => {
    const error = toLifeboatError({ class: name, code: 'Code', message: 'said so.' });
    expect(error).toMatchObject({ code, message: 'Code: said so.' });
    expect(error.next).toMatch(/^[A-Z].*\.$/);
  });

  test('a missing Region is told apart', () => {
    expect(toLifeboatError(classify(new Error('Region is missing'))).next).toContain('--region');
  });
});
