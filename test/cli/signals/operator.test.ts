import { requireAccount, speaker } from '../../../src/cli/signals/operator.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';

// Who speaks, asked of a real server over HTTP by the SDK's own configuration.

let simulated: TestAccount;
const before = { ...process.env };

beforeAll(async () => {
  simulated = await startAccount();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: simulated.url,
    AWS_ACCESS_KEY_ID: 'AKIDALEX',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
afterAll(async () => {
  process.env = before;
  await simulated.close();
});

const region = 'us-east-1';
/** The run began with the simulated account as the endpoint of its whole account. */
const at = () => ({ region, identityEndpoint: simulated.url });

async function accountThere(): Promise<string> {
  const refusal: unknown = await speaker('approve', {}, { ...at(), accounts: ['none'] }).catch(
    (error: unknown) => error,
  );
  return /account (\d{12})/.exec(String(refusal))?.[1] ?? '';
}

test('an operator of the account of the run signals under the name that AWS reports', async () => {
  const account = await accountThere();
  expect(account).toMatch(/^\d{12}$/);
  expect(await speaker('approve', {}, { ...at(), accounts: [account] })).toEqual({
    by: 'alex',
    identity: 'verified',
  });
  // A function of this account recovers another one.
  const accounts = ['999999999999', account];
  expect(await speaker('approve', {}, { ...at(), accounts })).toMatchObject({ identity: 'verified' });
  // A run of an older journal does not know its account.
  expect(await speaker('approve', {}, at())).toEqual({ by: 'alex', identity: 'verified' });
});

test('only an identity of the recovered account drives a run; while the identity service is down a recovery is not kept waiting', async () => {
  const account = await accountThere();
  expect(await requireAccount(at(), account)).toBeUndefined();
  await expect(requireAccount(at(), '999999999999')).rejects.toMatchObject({ code: 'AWS_CREDENTIALS' });
  simulated.setQuirks({ faults: [{ does: 'page', status: 503, services: ['sts'] }] });
  try {
    expect(await requireAccount(at(), '999999999999')).toContain('could not be checked');
  } finally {
    simulated.setQuirks({});
  }
});

test('an operator signed in to another account is refused for every signal, with or without a reason', async () => {
  for (const kind of ['approve', 'abort'] as const)
    await expect(
      speaker(kind, { breakGlass: true, reason: 'now' }, { ...at(), accounts: ['999999999999'] }),
    ).rejects.toMatchObject({
      code: 'AWS_CREDENTIALS',
      message: expect.stringContaining('the run is in 999999999999'),
      next: expect.stringContaining('AWS_PROFILE'),
    });
});
