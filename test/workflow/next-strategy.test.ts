import type { ResourceState } from '../../src/workflow/resource/resource-state.ts';
import { refusedParts } from '../../src/facts/refusals.ts';
import type { PlannedStrategy } from '../../src/plan/types.ts';
import { requestOf, type Failure } from '../../src/workflow/base/effects.ts';
import { dbSpec, planned, strategy, Subject, T0, volumeSpec } from './support.ts';
import { awsReason, type Reason } from '../../src/workflow/base/reasons.ts';

const POINT = strategy('point-in-time', {
  spec: dbSpec({ from: { sourceId: 'orders-prod', restoreTime: T0 } }),
});
const SNAPSHOT = strategy('restore-snapshot');
const RATE = strategy('provisioned-rate');
const FSR = strategy('fsr');
const LAZY = strategy('lazy');

/** What becomes of a resource whose request is refused once under its first strategy. */
function refusedOnce(
  strategies: readonly PlannedStrategy[],
  failure: Failure,
): { state: ResourceState; strategy: string | undefined; reason: Reason | undefined } {
  const subject = new Subject(planned(strategies));
  subject.grant();
  refuse(subject, failure);
  const { context, state } = subject;
  return {
    state,
    strategy: strategies[context.strategy]?.name,
    reason: context.exhausted ?? context.fallbacks.at(-1)?.reason,
  };
}

function refuse(subject: Subject, failure: Failure): void {
  const effect = subject.asked.find((candidate) =>
    /^(createVolume|restoreDbInstance)$/.test(requestOf(candidate)),
  );
  if (effect === undefined) throw new Error('nothing was asked for');
  const { id: effectId, type } = effect;
  subject.send({ type: 'ANSWERED', at: subject.at, answer: { effectId, type, ok: false, failure } as never });
}

const invalid = (message: string, code = 'InvalidParameterValue'): Failure => ({
  class: 'invalid',
  code,
  message,
});

test.each<[string, readonly PlannedStrategy[], Failure]>([
  ['IOPS', [RATE, FSR, LAZY], invalid('Volume iops of 90000 is too high; maximum is 80000.')],
  [
    'throughput',
    [RATE, LAZY],
    invalid('Throughput to iops ratio of 0.3 is too high.', 'InvalidParameterCombination'),
  ],
  [
    'IOPS that are missing',
    [RATE, FSR],
    invalid('The parameter iops must be specified.', 'MissingParameter'),
  ],
  ['the zone', [RATE, LAZY], invalid('no io2 here', 'VolumeTypeNotAvailableInZone')],
  ['the size of the same snapshot', [RATE, LAZY], invalid('Size is smaller than that of SnapshotId snap-1.')],
  ['a snapshot that both use', [RATE, FSR], { ...invalid('', 'InvalidSnapshot.NotFound'), class: 'gone' }],
  [
    'IOPS of a database',
    [POINT, SNAPSHOT],
    invalid('Invalid iops to storage (GB) ratio', 'InvalidParameterCombination'),
  ],
  ['a subnet group', [POINT, SNAPSHOT], { ...invalid('', 'DBSubnetGroupNotFound'), class: 'gone' }],
  ['a key', [POINT, SNAPSHOT], { ...invalid('', 'KMSKeyNotAccessible'), class: 'denied' }],
])(
  'a refusal about %s fails the resource at once: no other strategy changes it',
  (_, strategies, failure) => {
    expect(refusedOnce(strategies, failure)).toEqual({
      state: 'failed',
      strategy: strategies[0]?.name,
      reason: awsReason(failure),
    });
  },
);

test.each<[string, readonly PlannedStrategy[], Failure, string]>([
  ['the rate', [RATE, FSR, LAZY], invalid('VolumeInitializationRate 500 is out of range.'), 'fsr'],
  ['the point in time', [POINT, SNAPSHOT], invalid('', 'InvalidRestore'), 'restore-snapshot'],
  [
    'a source without backups',
    [POINT, SNAPSHOT],
    invalid('', 'PointInTimeRestoreNotEnabled'),
    'restore-snapshot',
  ],
  [
    'a restore time',
    [POINT, SNAPSHOT],
    invalid('RestoreTime is after LatestRestorableTime'),
    'restore-snapshot',
  ],
  [
    'permission for one operation',
    [POINT, SNAPSHOT],
    { ...invalid('', 'AccessDenied'), class: 'denied' },
    'restore-snapshot',
  ],
  ['something that no table knows', [RATE, FSR], invalid('', 'SomethingNew'), 'fsr'],
  [
    'settings that the next strategy does not have',
    [RATE, strategy('lazy', { spec: volumeSpec({ iops: 3_000 }) })],
    invalid('Volume iops is too high'),
    'lazy',
  ],
])('a refusal about %s is tried under the next strategy that changes it', (_, strategies, failure, next) => {
  expect(refusedOnce(strategies, failure)).toEqual({
    state: 'queued',
    strategy: next,
    reason: awsReason(failure),
  });
});

test('a strategy that shares the refused part is passed over', () => {
  const elsewhere = strategy('lazy', { spec: volumeSpec({ snapshotId: 'snap-2' }) });
  const gone: Failure = { class: 'gone', code: 'InvalidSnapshot.NotFound', message: 'no snap-1' };
  expect(refusedOnce([RATE, FSR, elsewhere], gone)).toMatchObject({ state: 'queued', strategy: 'lazy' });
});

test('the timeline says why no other strategy is tried', () => {
  const subject = new Subject(planned([RATE, FSR]));
  subject.grant();
  refuse(subject, invalid('Volume iops of 90000 is too high.'));
  expect(subject.entries.at(-1)).toMatchObject({
    code: 'resource.failed',
    data: { reason: awsReason(invalid('Volume iops of 90000 is too high.')), notTried: ['fsr'] },
  });
});

test('two strategies with the same refusal prove that a third would get it, too', () => {
  const subject = new Subject(planned([RATE, LAZY, strategy('lazy')]));
  for (const expected of ['queued', 'failed']) {
    subject.grant();
    refuse(subject, invalid('no', 'SomethingNew'));
    expect(subject.state).toBe(expected);
  }
  expect(subject.context.fallbacks).toHaveLength(2);
});

test('a limit of the account for all volumes is waited for, not answered by a slower strategy', () => {
  const subject = new Subject(planned([RATE, LAZY]));
  subject.grant();
  let refusals = 0;
  for (; subject.state === 'restoring'; refusals += 1)
    refuse(subject, { class: 'quota', code: 'VolumeLimitExceeded', message: 'no' });
  expect(refusals).toBe(12);
  expect(subject.state).toBe('failed');
  expect(subject.context.strategy).toBe(0);
});

test('a failed resource is tried again by every strategy once the cause is fixed', () => {
  const subject = new Subject(planned([RATE, FSR]));
  subject.grant();
  refuse(subject, invalid('Volume iops of 90000 is too high.'));
  subject.send({ type: 'RETRY', at: T0, round: 1 });
  subject.grant();
  refuse(subject, invalid('VolumeInitializationRate 500 is out of range.'));
  expect(subject.state).toBe('queued');
  expect(subject.context.strategy).toBe(1);
});

test.each([
  ['InvalidParameterValue', 'Volume iops of 1 is too low', ['settings']],
  ['InvalidParameterValue', 'Value (500) for parameter volumeInitializationRate is invalid.', ['rate']],
  ['UnauthorizedOperation', 'VolumeInitializationRate', ['operation', 'rate']],
  ['SomethingNew', 'iops', []],
] as const)('%s: %s', (code, message, parts) => {
  expect(refusedParts(code, message)).toEqual(parts);
});
