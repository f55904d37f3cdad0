import 'aws-sdk-client-mock-jest';
import { CreateTagsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { AddTagsToResourceCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { claimTag, parseClaimTag } from '../../src/aws/claim/text.ts';
import { asking, ClaimAccount, claimOf, DATABASE, letting, VOLUME } from './claim-account.ts';
import { watching } from './effects.ts';
import { ec2Error, failureOf, rdsError, resultOf, ssmError } from './fixtures.ts';

const account = new ClaimAccount();
const A = claimOf('run-a');
const B = claimOf('run-b');
const DRILL = claimOf('drill-1', 'drill');
const SOURCES = [VOLUME, DATABASE];
const byTag = { granted: true, place: 'tag' };

/** No SSM: every test begins with both sources there, unmarked. */
beforeEach(() => {
  account.reset();
  account.breakSsm(ssmError('UnknownOperationException'));
  account.exists('vol-1', 'orders-prod');
});

const holderOn = (id: string) => parseClaimTag(account.claimTagOf(id) ?? '');
const mark = (id: string, value: string) => account.tags.get(id)?.set('lifeboat:claim', value);

test.each([
  ['no such operation', ssmError('UnknownOperationException')],
  ['not implemented', ssmError('InternalFailure', 501)],
  ['no page there', ssmError('SSMServiceException', 404)],
  ['no permission', ssmError('AccessDeniedException')],
  ['a full quota', ssmError('ParameterLimitExceeded')],
  ['no way there', Object.assign(new Error('no route'), { code: 'ENOTFOUND' })],
])('with %s for a parameter, the mark is a tag on the first source', async (_what, error) => {
  account.breakSsm(error);
  expect(await account.claim(asking(A, SOURCES))).toEqual(byTag);
  expect(holderOn('vol-1')).toEqual(A);
  expect(account.claimTagOf('orders-prod')).toBeUndefined();
  expect(account.settled).toBe(1);
});

test('a run that was given no SSM marks by tag', async () => {
  expect(await account.claim(asking(A, SOURCES), account.run('run-a', ['ssm']))).toEqual(byTag);
});

test('answers that are none of AWS are asked about a few times before they count as an endpoint without SSM', async () => {
  account.breakSsm(ssmError('SSMServiceException', 500));
  const first = asking(A, SOURCES);
  expect(failureOf(first, await account.run('run-a').perform([first]))).toMatchObject({
    class: 'transient',
    code: 'MalformedAnswer',
  });
  expect(await account.claim(asking(A, SOURCES, { attempt: 4, failures: { transient: 3 } }))).toEqual(byTag);
});

test('asked again by the same run is success, and nothing is written twice', async () => {
  await account.claim(asking(A, SOURCES));
  expect(await account.claim(asking(A, SOURCES, { attempt: 2 }))).toEqual(byTag);
  expect(account.ec2).toHaveReceivedCommandTimes(CreateTagsCommand, 1);
});

test.each([
  ['a restore', claimTag(B), B],
  ['an unknown run', 'nobody-knows', { runId: 'unknown' }],
])('what %s holds is not taken, on whichever source it stands', async (_what, value, holder) => {
  mark('orders-prod', value);
  const result = await account.claim(asking(A, SOURCES));
  expect(result).toMatchObject({ granted: false, holder });
  expect(account.claimTagOf('vol-1')).toBeUndefined();
});

test('a drill takes it from nobody', async () => {
  mark('vol-1', claimTag(DRILL));
  const result = await account.claim(asking(claimOf('drill-2', 'drill'), SOURCES));
  expect(result).toEqual({ granted: false, holder: DRILL });
});

test('a restore takes it from a drill where the drill has it', async () => {
  mark('orders-prod', claimTag(DRILL));
  expect(await account.claim(asking(A, SOURCES))).toEqual({ ...byTag, preempted: DRILL });
  expect([holderOn('vol-1'), holderOn('orders-prod')]).toEqual([undefined, A]);
});

test('of two that write at the same time, the one that stands there after the settle has it', async () => {
  account.meanwhile = () => mark('vol-1', claimTag(B));
  expect(await account.claim(asking(A, SOURCES))).toEqual({ granted: false, holder: B });
});

test('of two that write on different sources, the first source counts, and the other mark is taken back', async () => {
  account.ec2.on(CreateTagsCommand).rejects(ec2Error('UnauthorizedOperation', 403));
  account.meanwhile = () => mark('vol-1', claimTag(B));
  expect(await account.claim(asking(A, SOURCES))).toEqual({ granted: false, holder: B });
  expect(account.claimTagOf('orders-prod')).toBeUndefined();
});

test('a drill that writes over a restore makes it ask again', async () => {
  account.meanwhile = () => mark('vol-1', claimTag(DRILL));
  const asked = asking(A, SOURCES);
  expect(failureOf(asked, await account.run('run-a').perform([asked])).code).toBe('ClaimContested');
});

describe('a source that cannot carry it', () => {
  test('a source that carries the claim of another runbook keeps it, and the next source carries this one', async () => {
    const users = claimTag({ ...B, runbook: 'users' });
    mark('vol-1', users);
    expect(await account.claim(asking(A, SOURCES))).toEqual(byTag);
    expect([account.claimTagOf('vol-1'), holderOn('orders-prod')]).toEqual([users, A]);
  });

  test.each([
    ['is gone', () => account.tags.delete('vol-1')],
    [
      'may not be tagged',
      () => account.ec2.on(CreateTagsCommand).rejects(ec2Error('UnauthorizedOperation', 403)),
    ],
    ['has no room for a tag', () => account.ec2.on(CreateTagsCommand).rejects(ec2Error('TagLimitExceeded'))],
    [
      'may not be read',
      () => account.ec2.on(DescribeVolumesCommand).rejects(ec2Error('UnauthorizedOperation', 403)),
    ],
    [
      'is out of reach',
      () =>
        account.ec2
          .on(DescribeVolumesCommand)
          .rejects(Object.assign(new Error(''), { code: 'ECONNREFUSED' })),
    ],
  ])('%s: the next one does', async (_what, prepare) => {
    prepare();
    expect(await account.claim(asking(A, SOURCES))).toEqual(byTag);
    expect(holderOn('orders-prod')).toEqual(A);
  });

  test('belongs to a service that this run does not ask: the next one does', async () => {
    expect(await account.claim(asking(A, SOURCES), account.run('run-a', ['ec2']))).toEqual(byTag);
    expect(holderOn('orders-prod')).toEqual(A);
  });

  test('is throttled: the workflow asks again', async () => {
    account.ec2.on(CreateTagsCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    const asked = asking(A, SOURCES);
    expect(failureOf(asked, await account.run('run-a').perform([asked])).class).toBe('throttled');
    account.ec2.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect(failureOf(asked, await account.run('run-a').perform([asked])).class).toBe('throttled');
  });
});

describe('no place at all', () => {
  test('is granted, and every reason is told', async () => {
    account.tags.delete('vol-1');
    account.rds.on(AddTagsToResourceCommand).rejects(rdsError('AccessDenied', 403));
    const result = await account.claim(asking(A, SOURCES));
    expect(result).toMatchObject({ granted: true, place: 'nowhere' });
    const why = 'why' in result ? result.why : '';
    for (const part of ['UnknownOperationException', 'vol-1', 'orders-prod', 'AccessDenied'])
      expect(why).toContain(part);
  });

  test('there is none without sources either', async () => {
    expect(await account.claim(asking(A))).toMatchObject({ granted: true, place: 'nowhere' });
  });

  test('a tag that never shows is none', async () => {
    account.ec2.on(CreateTagsCommand).resolves({});
    const result = await account.claim(asking(A, [VOLUME]));
    expect(result).toMatchObject({ granted: true, place: 'nowhere' });
    expect(account.settled).toBe(2);
  });

  test('nothing answers at all: the network is at fault, and it is asked again', async () => {
    const gone = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
    account.breakSsm(gone);
    account.ec2.on(DescribeVolumesCommand).rejects(gone);
    account.rds.on(DescribeDBInstancesCommand).rejects(gone);
    for (const sources of [SOURCES, []]) {
      const asked = asking(A, sources);
      expect(failureOf(asked, await account.run('run-a').perform([asked])).class).toBe('unreachable');
    }
  });

  test('only SSM is out of reach, and there is no source: granted', async () => {
    account.breakSsm(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }));
    expect(await account.claim(asking(A))).toMatchObject({ granted: true, place: 'nowhere' });
  });
});

describe('release', () => {
  const release = async (runId: string, one = letting(SOURCES)) =>
    resultOf(one, await account.run(runId).perform([one]));

  test.each([
    ['a volume', 'vol-1'],
    ['a DB instance', 'orders-prod'],
  ])('takes the tag from %s if it is still this run’s', async (_what, id) => {
    mark(id, claimTag(A));
    expect(await release('run-b')).toEqual({});
    expect(holderOn(id)).toEqual(A);
    expect(await release('run-a')).toEqual({});
    expect(account.claimTagOf(id)).toBeUndefined();
  });

  test('finds the tag also where SSM may not be asked, or nobody reaches it', async () => {
    for (const error of [
      ssmError('AccessDeniedException'),
      Object.assign(new Error('no route'), { code: 'ENOTFOUND' }),
    ]) {
      account.breakSsm(error);
      mark('vol-1', claimTag(A));
      expect(await release('run-a')).toEqual({});
      expect(account.claimTagOf('vol-1')).toBeUndefined();
    }
  });

  test('a source that is gone took its tag with it', async () => {
    account.tags.clear();
    expect(await release('run-a')).toEqual({});
  });
});

test('observe reads the tag where there is no parameter', async () => {
  const look = () =>
    account.run('drill-1').observe({
      ...watching([]),
      claim: { runbook: 'orders', sources: SOURCES },
    });
  expect(await look()).toEqual([{ type: 'claim' }]);
  mark('orders-prod', claimTag(A));
  expect(await look()).toEqual([{ type: 'claim', holder: A }]);
  // No source can be read: nobody can tell.
  account.tags.clear();
  expect(await look()).toEqual([]);
});
