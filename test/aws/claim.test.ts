import 'aws-sdk-client-mock-jest';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { claimText } from '../../src/aws/claim/text.ts';
import type { Claim } from '../../src/workflow/base/effects.ts';
import { asking, AT, ClaimAccount, claimOf, letting, NAME } from './claim-account.ts';
import { watching } from './effects.ts';
import { failureOf, resultOf, ssmError } from './fixtures.ts';

const account = new ClaimAccount();
beforeEach(() => account.reset());

const A = claimOf('run-a');
const B = claimOf('run-b');
const DRILL = claimOf('drill-1', 'drill');
const WATCH = watching([]);
const granted = { granted: true, place: 'parameter' };

describe('claim', () => {
  test('is one atomic request where nobody has it', async () => {
    expect(await account.claim(asking(A))).toEqual(granted);
    expect(account.ssm.commandCalls(PutParameterCommand).map((sent) => sent.args[0].input)).toEqual([
      { Name: NAME, Value: JSON.stringify(A), Type: 'String', Overwrite: false },
    ]);
    expect(account.operations).toEqual(['PutParameter']);
    expect(account.settled).toBe(0);
  });

  test('asked again by the same run is success', async () => {
    await account.claim(asking(A));
    expect(await account.claim(asking(A, [], { attempt: 2 }))).toEqual(granted);
    expect(JSON.parse(account.value ?? '')).toEqual(A);
  });

  test('asked again it is looked for first: answers to writing may be lost each time', async () => {
    await account.claim(asking(A));
    account.ssm.on(PutParameterCommand).rejects(Object.assign(new Error('lost'), { code: 'ECONNRESET' }));
    expect(await account.claim(asking(A, [], { attempt: 2 }))).toEqual(granted);
    expect(account.operations).toEqual(['PutParameter', 'GetParameter']);
  });

  test('who may not read it is told by writing it again', async () => {
    account.ssm.on(GetParameterCommand).rejects(ssmError('AccessDeniedException'));
    expect(await account.claim(asking(A, [], { attempt: 2 }))).toEqual(granted);
  });

  test.each([
    ['a restore from a restore', B, A],
    ['a drill from a restore', DRILL, A],
    ['a drill from a drill', claimOf('drill-2', 'drill'), DRILL],
  ])('is never taken: %s', async (_what, asked, holder) => {
    account.value = claimText(holder);
    expect(await account.claim(asking(asked))).toEqual({ granted: false, holder });
    expect(account.value).toBe(claimText(holder));
  });

  test('a restore takes it from a drill, waits and makes sure', async () => {
    account.value = claimText(DRILL);
    expect(await account.claim(asking(A))).toEqual({ ...granted, preempted: DRILL });
    expect(account.settled).toBe(1);
    expect(account.operations).toEqual(['PutParameter', 'GetParameter', 'PutParameter', 'GetParameter']);
  });

  test('whom it was taken from is told again when the answer was lost', async () => {
    account.value = claimText({ ...A, preempted: DRILL });
    const again = asking(A, [], { doubtful: true });
    expect(await account.claim(again)).toEqual({ ...granted, preempted: DRILL });
    // The answer was lost before it was known who keeps it.
    expect(account.settled).toBe(1);
  });

  test('of two restores that take it from one drill, the last has it', async () => {
    account.value = claimText(DRILL);
    account.meanwhile = () => {
      account.value = claimText({ ...B, preempted: DRILL });
    };
    expect(await account.claim(asking(A))).toEqual({ granted: false, holder: B });
  });

  test.each<[string, Claim | undefined]>([
    ['is gone', undefined],
    ['is another drill’s', claimOf('drill-2', 'drill')],
  ])('when the mark %s after the settle, it is asked for again', async (_what, holder) => {
    account.value = claimText(DRILL);
    account.meanwhile = () => {
      account.value = holder === undefined ? undefined : claimText(holder);
    };
    const asked = asking(A);
    const failure = failureOf(asked, await account.run('run-a').perform([asked]));
    expect(failure).toMatchObject({ class: 'transient', code: 'ClaimContested' });
  });

  test('given back while it was looked at: asked for again', async () => {
    account.ssm.on(PutParameterCommand).rejects(ssmError('ParameterAlreadyExists'));
    const asked = asking(A);
    expect(failureOf(asked, await account.run('run-a').perform([asked])).code).toBe('ClaimContested');
  });

  test.each(['', 'held', '{"runId":"x"}'])(
    'a mark that cannot be read is held by an unknown run: %j',
    async (value) => {
      account.value = value;
      const result = await account.claim(asking(A));
      expect(result).toMatchObject({ granted: false, holder: { runId: 'unknown', mode: 'restore' } });
      expect(account.value).toBe(value);
    },
  );

  test('a mark that may not be read is held by an unknown run', async () => {
    account.value = claimText(B);
    account.ssm.on(GetParameterCommand).rejects(ssmError('AccessDeniedException'));
    expect(await account.claim(asking(A))).toMatchObject({
      granted: false,
      holder: { runId: 'unknown', by: expect.stringContaining('AccessDeniedException') as string },
    });
  });

  test.each([
    ['ThrottlingException', 400, 'throttled'],
    ['TooManyUpdates', 400, 'throttled'],
    ['InternalServerError', 500, 'transient'],
    ['ExpiredTokenException', 400, 'credentials'],
    ['UnrecognizedClientException', 400, 'credentials'],
  ] as const)('%s passes: the workflow asks again', async (code, status, expected) => {
    account.breakSsm(ssmError(code, status));
    const asked = asking(A);
    expect(failureOf(asked, await account.run('run-a').perform([asked]))).toMatchObject({
      class: expected,
      code,
    });
    expect(account.operations).toEqual(['PutParameter']);
  });
});

describe('release', () => {
  const release = async (runId: string, one = letting()) => account.run(runId).perform([one]);

  test('takes the mark away if it is still this run’s', async () => {
    account.value = claimText(A);
    const one = letting();
    expect(resultOf(one, await release('run-a', one))).toEqual({});
    expect(account.value).toBeUndefined();
    expect(account.operations).toEqual(['GetParameter', 'DeleteParameter']);
  });

  test.each([
    ['another run’s', claimText(B)],
    ['unreadable', 'held'],
  ])('leaves alone what is %s', async (_what, value) => {
    account.value = value;
    const one = letting();
    expect(resultOf(one, await release('run-a', one))).toEqual({});
    expect(account.value).toBe(value);
  });

  test('gone already is success', async () => {
    const one = letting();
    expect(resultOf(one, await release('run-a', one))).toEqual({});
  });

  test.each([
    ['ThrottlingException', 400, 'throttled', {}],
    ['InternalServerError', 500, 'transient', {}],
    ['AccessDeniedException', 400, 'denied', {}],
  ] as const)('%s: whether it is there is not known, and said', async (code, status, expected, failures) => {
    account.value = claimText(A);
    account.breakSsm(ssmError(code, status));
    const one = letting([], { failures });
    expect(failureOf(one, await release('run-a', one))).toMatchObject({ class: expected, code });
  });

  test('an endpoint that nobody reaches is not waited for without end', async () => {
    account.breakSsm(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }));
    const first = letting();
    expect(failureOf(first, await release('run-a', first)).class).toBe('unreachable');
    const last = letting([], { failures: { unreachable: 5 } });
    const failure = failureOf(last, await release('run-a', last));
    expect(failure.class).toBe('unsupported');
    expect(failure.message).toContain('orders');
  });

  test('an endpoint without SSM has no mark', async () => {
    account.breakSsm(ssmError('UnknownOperationException'));
    const one = letting();
    expect(resultOf(one, await release('run-a', one))).toEqual({});
  });
});

describe('observe', () => {
  const look = () => account.run('drill-1').observe({ ...WATCH, claim: { runbook: 'orders', sources: [] } });

  test('whose it is, without what it was taken from', async () => {
    account.value = claimText({ ...A, preempted: DRILL });
    expect(await look()).toEqual([{ type: 'claim', holder: A }]);
    account.value = undefined;
    expect(await look()).toEqual([{ type: 'claim' }]);
  });

  test('an unreadable mark has an unknown holder', async () => {
    account.value = 'held';
    const [seen] = await look();
    expect(seen).toMatchObject({ type: 'claim', holder: { runId: 'unknown' } });
  });

  test.each([
    ['ThrottlingException', 400, 'throttled'],
    ['InternalServerError', 500, 'transient'],
  ] as const)('%s: unknown, not absent', async (code, status, expected) => {
    account.breakSsm(ssmError(code, status));
    await expect(look()).rejects.toMatchObject({ failure: { class: expected } });
  });

  test.each([
    ['without SSM', ssmError('UnknownOperationException')],
    ['behind a proxy', ssmError('SSMServiceException', 502)],
    ['without permission', ssmError('AccessDeniedException')],
    ['out of reach', Object.assign(new Error('no route'), { code: 'ENOTFOUND' })],
  ])('%s nothing is seen, and nothing fails', async (_what, error) => {
    account.breakSsm(error);
    expect(await look()).toEqual([]);
  });
});

test('the date of an unreadable mark is when it was written', async () => {
  account.value = 'held';
  account.ssm
    .on(GetParameterCommand)
    .resolves({ Parameter: { Value: 'held', LastModifiedDate: new Date(AT) } });
  expect(await account.claim(asking(B))).toMatchObject({ holder: { at: AT } });
});
