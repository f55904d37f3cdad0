import { GetCallerIdentityCommand, STSClient, STSServiceException } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { classify } from '../../src/aws/request-failures.ts';
import { nameOf, readIdentity } from '../../src/aws/caller-identity.ts';
import { fc } from '../property.ts';

const sts = mockClient(STSClient);
const client = new STSClient({ region: 'us-east-1' });
beforeEach(() => sts.reset());

test.each([
  ['arn:aws:sts::111111111111:assumed-role/oncall/alex', 'oncall/alex'],
  [
    'arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0a1b/alex@example.com',
    'AWSReservedSSO_Admin_0a1b/alex@example.com',
  ],
  ['arn:aws-us-gov:sts::111111111111:assumed-role/oncall/a:b', 'oncall/a:b'],
  ['arn:aws:iam::111111111111:user/alex', 'alex'],
  ['arn:aws:iam::111111111111:user/teams/storage/alex', 'alex'],
  ['arn:aws:sts::111111111111:user/moto', 'moto'],
  ['arn:aws:iam::111111111111:root', 'arn:aws:iam::111111111111:root'],
  ['arn:aws:sts::111111111111:federated-user/bo', 'arn:aws:sts::111111111111:federated-user/bo'],
  ['arn:aws:sts::111111111111:assumed-role/oncall', 'arn:aws:sts::111111111111:assumed-role/oncall'],
  ['arn:aws:iam::111111111111:user/', 'arn:aws:iam::111111111111:user/'],
  ['no arn at all', 'no arn at all'],
])('the owner of %s is called %s', (arn, name) => {
  expect(nameOf(arn)).toBe(name);
});

test('a name can neither steer a terminal nor break a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect(nameOf(`arn:aws:sts::1:assumed-role/oncall/${text}`)).not.toMatch(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u,
      );
    }),
  );
});

test('who is signed in', async () => {
  const arn = 'arn:aws:sts::111111111111:assumed-role/oncall/alex';
  sts.on(GetCallerIdentityCommand).resolves({ Account: '111111111111', Arn: arn, UserId: 'AROA:alex' });
  expect(await readIdentity(client)).toEqual({ account: '111111111111', arn, name: 'oncall/alex' });
});

test('an account that the answer leaves out is in the ARN', async () => {
  sts.on(GetCallerIdentityCommand).resolves({ Arn: 'arn:aws:iam::222222222222:user/alex' });
  expect(await readIdentity(client)).toMatchObject({ account: '222222222222', name: 'alex' });
});

test.each([{}, { Account: '111111111111' }, { Arn: '\u0007' }])(
  'an answer that names nobody is none of AWS: %j',
  async (answer) => {
    sts.on(GetCallerIdentityCommand).resolves(answer);
    const error = await readIdentity(client).catch((thrown: unknown) => thrown);
    expect(classify(error)).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
  },
);

test('what the service says passes through', async () => {
  const expired = new STSServiceException({
    name: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
    $fault: 'client',
    $metadata: { httpStatusCode: 403 },
  });
  sts.on(GetCallerIdentityCommand).rejects(expired);
  const error = await readIdentity(client).catch((thrown: unknown) => thrown);
  expect(classify(error)).toMatchObject({ class: 'credentials' });
});
