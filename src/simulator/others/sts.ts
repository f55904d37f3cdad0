import { AssumeRoleCommand, GetCallerIdentityCommand, STSServiceException } from '@aws-sdk/client-sts';
import type {
  AssumeRoleCommandInput,
  AssumeRoleCommandOutput,
  GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { callersMs, operation, SIMULATED_SECRET } from '../service/operation.ts';
import type { Call, Caller } from '../service/operation.ts';
import { failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

type Answer<T> = Omit<T, '$metadata'>;

const stsFailure = failuresOf(STSServiceException);

/** Whom a session is of; it is kept in the session token. */
interface Session {
  readonly Account: string;
  readonly Arn: string;
  readonly UserId: string;
}

function getCallerIdentity(
  state: WorldState,
  _: object,
  { caller }: Call,
): Answer<GetCallerIdentityCommandOutput> {
  return (caller && sessionOf(caller)) ?? userOf(state, caller);
}

/** A user is named by the access key, without the letters that AWS begins such keys with. */
function userOf({ account }: WorldState, caller: Caller | undefined): Session {
  const name = caller === undefined ? 'simulated' : caller.accessKey.replace(/^AKI[AD]/, '').toLowerCase();
  return {
    UserId: `AIDA${name.toUpperCase()}`,
    Account: account.id,
    Arn: `arn:aws:iam::${account.id}:user/${name}`,
  };
}

/** Any role can be assumed, also one of another account. Its trust policy is not simulated. */
function assumeRole(
  state: WorldState,
  { RoleArn = '', RoleSessionName = '', DurationSeconds = 3_600 }: AssumeRoleCommandInput,
  call: Call,
): Answer<AssumeRoleCommandOutput> {
  const [, account = '', role] =
    /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.+\/)?([\w+=,.@-]+)$/.exec(RoleArn) ?? [];
  if (role === undefined) throw stsFailure('ValidationError', `${RoleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName))
    throw stsFailure(
      'ValidationError',
      `1 validation error detected: Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint`,
    );
  const serial = state.dice.hex(16, `session/${state.nth('session')}`).toUpperCase();
  const id = `AROA${serial}:${RoleSessionName}`;
  const Arn = `arn:aws:sts::${account}:assumed-role/${role}/${RoleSessionName}`;
  const session: Session = { Account: account, Arn, UserId: id };
  return {
    AssumedRoleUser: { AssumedRoleId: id, Arn },
    Credentials: {
      AccessKeyId: `ASIA${serial}`,
      SecretAccessKey: SIMULATED_SECRET,
      SessionToken: Buffer.from(JSON.stringify(session)).toString('base64'),
      Expiration: new Date(call.now + callersMs(call, DurationSeconds)),
    },
  };
}

/** Undefined for a token that this service has not given out. */
function sessionOf({ sessionToken = '' }: Caller): Session | undefined {
  try {
    const session = JSON.parse(Buffer.from(sessionToken, 'base64').toString()) as Partial<Session> | null;
    const { Account, Arn, UserId } = session ?? {};
    return Account === undefined || Arn === undefined || UserId === undefined
      ? undefined
      : { Account, Arn, UserId };
  } catch {
    return undefined;
  }
}

export const STS_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(GetCallerIdentityCommand, 'GetCallerIdentity', getCallerIdentity),
    operation(AssumeRoleCommand, 'AssumeRole', assumeRole),
  ]),
  throttled: () => stsFailure('Throttling', 'Rate exceeded'),
  serverError: () => stsFailure('InternalFailure', 'An internal error has occurred', 500),
  dryRun: () => stsFailure('ValidationError', 'STS has no DryRun.'),
  unknownOperation: (command) =>
    stsFailure('InvalidAction', `The simulated STS has no operation for ${command}.`),
};
