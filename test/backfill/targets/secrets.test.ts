import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { needsParameterStore, resolveSecrets } from '../../../src/backfill/targets/secrets.ts';
import { clientsOf } from '../../endpoint/clients.ts';
import { startAccount } from '../../endpoint/account.ts';
import { QUICK } from '../queue/queues.ts';

const mock = mockClient(SSMClient);
beforeEach(() => mock.reset());
const ssm = new SSMClient({ region: 'us-east-1' });
const refusal = (name: string, status = 400) =>
  Object.assign(new Error('because'), { name, $fault: 'client', $metadata: { httpStatusCode: status } });

test('texts, variables and parameters, each with its prefix', async () => {
  mock.on(GetParameterCommand).callsFake(({ Name }) => ({ Parameter: { Value: `<${Name}>` } }));
  const token = { env: 'TOKEN', prefix: 'Bearer ' };
  const stored = { ssm: '/aws/reference/secretsmanager/replay' };
  const again = { ...stored, prefix: 'Basic ' };
  const textOf = await resolveSecrets(['plain', token, stored, again], {
    env: { TOKEN: 't' },
    ssm,
    policy: QUICK,
  });
  expect(['plain', token, stored, again].map(textOf)).toEqual([
    'plain',
    'Bearer t',
    '</aws/reference/secretsmanager/replay>',
    'Basic </aws/reference/secretsmanager/replay>',
  ]);
  const inputs = mock.commandCalls(GetParameterCommand).map(({ args: [command] }) => command.input);
  expect(inputs).toEqual([{ Name: '/aws/reference/secretsmanager/replay', WithDecryption: true }]);
});

test.each([
  [{}, 'The environment variable TOKEN is not set', 'Set TOKEN'],
  [{ TOKEN: '' }, 'The environment variable TOKEN is empty', 'Set TOKEN'],
  [{ TOKEN: 'secret\n' }, 'The environment variable TOKEN holds a line break', 'Take the line break'],
  [{ TOKEN: 'sec\r\nx: y' }, 'The environment variable TOKEN holds a line break', 'Take the line break'],
  [{ TOKEN: 'sec\u0000' }, 'The environment variable TOKEN holds a character', 'Take it out'],
  [{ TOKEN: 'sec\u20ac' }, 'The environment variable TOKEN holds a character', 'Take it out'],
])('a variable that cannot be used: %j', async (env, message, next) => {
  const error: unknown = await resolveSecrets([{ env: 'TOKEN' }], { env }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(message),
    next: expect.stringContaining(next),
  });
  expect(String(error)).not.toContain('sec');
});

test.each([
  ['ParameterNotFound', 400, 'AWS_FAILED', "There is no parameter '/replay/token'"],
  ['AccessDeniedException', 400, 'AWS_DENIED', "The parameter '/replay/token' may not be read"],
])('a parameter that cannot be read: %s', async (name, status, code, message) => {
  mock.on(GetParameterCommand).rejects(refusal(name, status));
  const asked = resolveSecrets([{ ssm: '/replay/token' }], { env: {}, ssm, policy: QUICK });
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(mock.commandCalls(GetParameterCommand)).toHaveLength(1);
});

test('a throttled read is asked again; a parameter without a value is none', async () => {
  mock
    .on(GetParameterCommand)
    .rejectsOnce(refusal('ThrottlingException'))
    .resolvesOnce({ Parameter: { Value: 'v' } })
    .resolves({ Parameter: { Value: '' } });
  const options = { env: {}, ssm, policy: QUICK };
  expect((await resolveSecrets([{ ssm: 'a' }], options))({ ssm: 'a' })).toBe('v');
  await expect(resolveSecrets([{ ssm: 'a' }], options)).rejects.toThrow('has no value');
});

test('a client is only needed for parameters', () => {
  expect(needsParameterStore(['a', { env: 'A' }])).toBe(false);
  expect(needsParameterStore(['a', { ssm: 'a' }])).toBe(true);
});

test('over HTTP', async () => {
  mock.restore();
  const account = await startAccount();
  const clients = clientsOf(account.url);
  try {
    await clients.ssm.send(
      new PutParameterCommand({ Name: '/replay/token', Value: 'stored', Type: 'SecureString' }),
    );
    const textOf = await resolveSecrets([{ ssm: '/replay/token' }], {
      env: {},
      ssm: clients.ssm,
      policy: QUICK,
    });
    expect(textOf({ ssm: '/replay/token' })).toBe('stored');
    const missing = resolveSecrets([{ ssm: '/replay/none' }], { env: {}, ssm: clients.ssm, policy: QUICK });
    await expect(missing).rejects.toThrow("There is no parameter '/replay/none'");
  } finally {
    for (const client of Object.values(clients)) client.destroy();
    await account.close();
  }
});
