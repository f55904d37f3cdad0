import 'aws-sdk-client-mock-jest';
import { CreateTagsCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { claimTag, claimText, parseClaimTag, tellsOfParameter } from '../../src/aws/claim/text.ts';
import { retryPolicy } from '../../src/facts/retries.ts';
import { asking, ClaimAccount, claimOf, DATABASE, letting, NAME, VOLUME } from './claim-account.ts';
import { watching } from './effects.ts';
import { ec2Error, failureOf, resultOf, ssmError } from './fixtures.ts';

// Two machines of which one may not use SSM, or not all of it: the parameter of one and the tag of the other must be seen by both.
const account = new ClaimAccount();
const A = claimOf('run-a');
const B = claimOf('run-b');
const DRILL = claimOf('drill-1', 'drill');
const SOURCES = [VOLUME, { ...VOLUME, id: 'vol-2' }, DATABASE];
const WATCH = watching([]);
const granted = { granted: true, place: 'parameter' };

beforeEach(() => {
  account.reset();
  account.exists('vol-1', 'vol-2', 'orders-prod');
});

const mark = (id: string, value: string) => account.tags.get(id)?.set('lifeboat:claim', value);
const tagged = () => parseClaimTag(account.claimTagOf('vol-1') ?? '');
/** For another run, with the given clients. */
const asB = (without: readonly ('ssm' | 'ec2')[] = ['ssm']) => account.run('run-b', without);

test('beside the parameter stands a tag that says so; neighbours are read at once', async () => {
  expect(await account.claim(asking(A, SOURCES))).toEqual(granted);
  expect(tagged()).toEqual(A);
  expect(tellsOfParameter(account.claimTagOf('vol-1') ?? '')).toBe(true);
  expect(account.operations).toEqual([
    'DescribeVolumes',
    'DescribeDBInstances',
    'PutParameter',
    'CreateTags',
  ]);
  expect(account.settled).toBe(0);
});

test('asked again by the same run nothing is written twice', async () => {
  await account.claim(asking(A, SOURCES));
  expect(await account.claim(asking(A, SOURCES, { attempt: 2 }))).toEqual(granted);
  expect(account.ec2).toHaveReceivedCommandTimes(CreateTagsCommand, 1);
});

test('who has no access to SSM sees the tag of who has the parameter', async () => {
  await account.claim(asking(A, SOURCES));
  expect(await account.claim(asking(B, SOURCES), asB())).toEqual({ granted: false, holder: A });
  expect(tagged()).toEqual(A);
});

test('who has access to SSM sees the tag of who has none, and writes nothing', async () => {
  mark('vol-2', claimTag(B));
  expect(await account.claim(asking(A, SOURCES))).toEqual({ granted: false, holder: B });
  expect(account.value).toBeUndefined();
  expect(tagged()).toBeUndefined();
});

test('a tag that shows late is seen by the next attempt, which takes the parameter back', async () => {
  account.value = claimText(A);
  mark('vol-1', claimTag(B));
  const again = asking(A, SOURCES, { attempt: 2 });
  expect(await account.claim(again)).toEqual({ granted: false, holder: B });
  expect(account.value).toBeUndefined();
});

test('a drill with a tag gives way to a restore with a parameter', async () => {
  mark('vol-2', claimTag(DRILL));
  expect(await account.claim(asking(A, SOURCES))).toEqual({ ...granted, preempted: DRILL });
  const watched = { ...WATCH, claim: { runbook: 'orders', sources: SOURCES } };
  expect(await account.run('drill-1', ['ssm']).observe(watched)).toEqual([{ type: 'claim', holder: A }]);
});

test('a drill with a parameter gives way to a restore that can only tag', async () => {
  await account.claim(asking(DRILL, SOURCES));
  expect(await account.claim(asking(B, SOURCES), asB())).toEqual({
    ...{ granted: true, place: 'tag' },
    preempted: DRILL,
  });
  const watched = { ...WATCH, claim: { runbook: 'orders', sources: SOURCES } };
  expect(await account.run('drill-1').observe(watched)).toEqual([{ type: 'claim', holder: B }]);
});

test('a drill that has the parameter reads the tags only where the look asks for them', async () => {
  await account.claim(asking(DRILL, SOURCES));
  const drill = account.run('drill-1');
  account.operations.splice(0);
  const claim = { runbook: 'orders', sources: SOURCES };
  await drill.observe({ ...WATCH, claim: { ...claim, withTags: false } });
  expect(account.operations).toEqual(['GetParameter']);
  await drill.observe({ ...WATCH, claim: { ...claim, withTags: true } });
  expect(account.operations.slice(1)).toEqual(['GetParameter', 'DescribeVolumes']);
});

describe('who may read the parameter and not write it', () => {
  beforeEach(() => account.ssm.on(PutParameterCommand).rejects(ssmError('AccessDeniedException')));

  test('is refused by a restore that has it', async () => {
    account.value = claimText(A);
    expect(await account.claim(asking(B, SOURCES))).toEqual({ granted: false, holder: A });
    expect(account.ec2).toHaveReceivedCommandTimes(CreateTagsCommand, 0);
  });

  test('takes precedence over a drill by a tag', async () => {
    account.value = claimText(DRILL);
    expect(await account.claim(asking(B, SOURCES))).toEqual({
      ...{ granted: true, place: 'tag' },
      preempted: DRILL,
    });
  });

  test('asks again when the parameter cannot be read just now', async () => {
    account.ssm.on(GetParameterCommand).rejects(ssmError('ThrottlingException'));
    const asked = asking(B, SOURCES);
    expect(failureOf(asked, await account.run('run-b').perform([asked])).class).toBe('throttled');
  });
});

describe('tags are a courtesy beside a parameter', () => {
  test('that cannot be written', async () => {
    account.ec2.on(CreateTagsCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect(await account.claim(asking(A, SOURCES))).toEqual(granted);
  });

  test('that cannot be read just now: asked for twice, then done without', async () => {
    account.ec2.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    for (const attempt of [1, 2]) {
      const asked = asking(A, SOURCES, { attempt });
      expect(failureOf(asked, await account.run('run-a').perform([asked])).class).toBe('throttled');
    }
    expect(account.value).toBeUndefined();
    expect(await account.claim(asking(A, SOURCES, { attempt: 3 }))).toEqual(granted);
  });
});

describe('release', () => {
  test('takes away both', async () => {
    await account.claim(asking(A, SOURCES));
    const one = letting(SOURCES);
    expect(resultOf(one, await account.run('run-a').perform([one]))).toEqual({});
    expect([account.value, account.claimTagOf('vol-1')]).toEqual([undefined, undefined]);
  });

  test('a parameter that may not be read any more is told of, though its tag could be removed', async () => {
    await account.claim(asking(A, SOURCES));
    account.breakSsm(ssmError('AccessDeniedException'));
    const one = letting(SOURCES);
    expect(failureOf(one, await account.run('run-a').perform([one]))).toMatchObject({ class: 'denied' });
    expect(account.claimTagOf('vol-1')).toBeUndefined();
  });

  test.each([
    ['can no more be read', ssmError('UnknownOperationException')],
    ['may not be deleted', ssmError('AccessDeniedException')],
  ])('a parameter that %s is told of by its name, and is not asked for again', async (_what, error) => {
    await account.claim(asking(A, SOURCES));
    if (error.name === 'AccessDeniedException') account.ssm.on(DeleteParameterCommand).rejects(error);
    else account.breakSsm(error);
    const one = letting(SOURCES);
    const failure = failureOf(one, await account.run('run-a').perform([one]));
    expect(failure.message).toContain(NAME);
    expect(retryPolicy(failure.class)).toBeUndefined();
  });

  test('leaves the tag of the restore that a drill gave way to', async () => {
    await account.claim(asking(DRILL, SOURCES));
    await account.claim(asking(B, SOURCES), asB());
    const one = letting(SOURCES);
    expect(resultOf(one, await account.run('drill-1').perform([one]))).toEqual({});
    expect([account.value, tagged()]).toEqual([undefined, B]);
  });
});
