import { LifeboatError } from '../errors.ts';
import type { Sender } from '../aws/clients.ts';
import type { Clock } from '../driver/base/ports.ts';
import { printable } from '../document/complaints.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';
import type { Failure } from '../workflow/base/effects.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import { RETRIES } from '../facts/retries.ts';
import type { IdentityAnswer } from '../readiness/identity-problems.ts';
import { retry, type RetryPolicy } from '../retry.ts';

/** The services that an inventory is read from, and the one that says whose account it is. */
const SERVICES = ['ec2', 'rds', 'ssm', 'kms', 'quotas', 'cloudwatch', 'sts'] as const;

/** What the SDK takes from the environment for the services that are read, and for those of runs in the cloud. */
const ENDPOINTS = [
  ...['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_RDS', 'AWS_ENDPOINT_URL_SSM'],
  ...['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL_SERVICE_QUOTAS', 'AWS_ENDPOINT_URL_CLOUDWATCH'],
  ...['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_LAMBDA'],
];

/** An account in one Region as it is read before a run: there is no journal yet, so reads have a few retries of their own. */
export interface OpenAccount {
  readonly clients: { readonly [Name in (typeof SERVICES)[number]]: Sender<Name> };
  readonly call: CallAws;
  readonly clock: Clock;
  readonly region: string;
}

/** Opens an account for one use of it, real or simulated. `region` absent: AWS_REGION or the profile's. */
export type WithAccount = <T>(
  region: string | undefined,
  use: (account: OpenAccount) => Promise<T>,
) => Promise<T>;

/**
 * Opens the account that the SDK's standard configuration leads to.
 *
 * @param roleArn a role to act in, e.g. in another account
 * @throws LifeboatError `AWS_*`, or `USAGE` for an endpoint that is no address
 */
export function accountAt(clock: Clock, roleArn?: string): WithAccount {
  return async (region, use) => {
    refuseBadEndpoint(process.env);
    const [{ createClients }, { classify, toLifeboatError }] = await Promise.all([
      import('../aws/clients.ts'),
      import('../aws/request-failures.ts'),
    ]);
    const { destroy, ...clients } = await createClients(SERVICES, {
      ...(region !== undefined && { region }),
      roleArn,
    });
    try {
      const there = region ?? (await clients.ec2.config.region());
      return await use({ clients, call: await patientCalls(clock), clock, region: there });
    } catch (error) {
      throw toLifeboatError(classify(error), error);
    } finally {
      destroy();
    }
  };
}

/**
 * Captures what the account holds now. A silent endpoint is given up after one time-out.
 * @throws LifeboatError `AWS_*`
 */
export async function captureAccount(
  { clients: { sts, ...clients }, call, region }: Omit<OpenAccount, 'clock'>,
  now: Instant,
): Promise<Inventory> {
  const { captureInventory } = await import('../aws/capture/capture.ts');
  // An account can be read without knowing its number: its resources mostly tell it too.
  const account = askIdentity(sts).then((answer) =>
    answer.kind === 'account' ? answer.identity.account : undefined,
  );
  return captureInventory({ clients, call, region, now, account });
}

/** Asks the account who is signed in. Never rejects for what AWS or the network says, so that it may run beside a capture. */
export async function askIdentity(sts: Sender<'sts'>): Promise<IdentityAnswer> {
  const [{ readIdentity }, { classify }] = await Promise.all([
    import('../aws/caller-identity.ts'),
    import('../aws/request-failures.ts'),
  ]);
  try {
    return { kind: 'account', identity: await readIdentity(sts) };
  } catch (error) {
    return { kind: 'unknown', failure: classify(error) };
  }
}

/** Requests at a pace that leaves others in the account their share, and asked again where that may help. */
export async function patientCalls(clock: Clock): Promise<CallAws> {
  const [{ CallPacer }, { classify }, { isSilence }] = await Promise.all([
    import('../driver/requests/call-pacer.ts'),
    import('../aws/request-failures.ts'),
    import('../aws/capture/reads.ts'),
  ]);
  const pacer = new CallPacer();
  const policyOf = (failure: Failure): RetryPolicy | undefined => {
    if (failure.class === 'throttled') return RETRIES.readThrottled;
    if (failure.code === 'RequestExpired') return RETRIES.readExpired;
    if (failure.class !== 'transient' || isSilence(failure)) return undefined;
    return failure.code === 'MalformedAnswer' ? RETRIES.readMalformed : RETRIES.readFailed;
  };
  const sleep = (milliseconds: number): Promise<void> => clock.sleepUntil(clock.now() + milliseconds);
  return (operation, send) =>
    retry(
      async () => {
        let waitMs = pacer.take(operation, clock.now());
        for (; waitMs > 0; waitMs = pacer.take(operation, clock.now())) await sleep(waitMs);
        return send();
      },
      {
        key: operation,
        wait: sleep,
        policyAfter(error) {
          const failure = classify(error);
          if (failure.class === 'throttled') pacer.throttled(operation, clock.now());
          return policyOf(failure);
        },
      },
    );
}

/** The SDK stumbles over what is no URL with an error of its own making. */
export function refuseBadEndpoint(env: NodeJS.ProcessEnv): void {
  for (const name of ENDPOINTS) {
    const url = env[name];
    if (url === undefined || url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))) continue;
    throw new LifeboatError(
      'USAGE',
      // One with a password in it is not shown.
      `${name} is ${url.includes('@') ? 'set to something' : `'${printable(url)}',`} which is not the address of an endpoint.`,
      `Set ${name} to an address such as https://ec2.us-east-1.amazonaws.com, or unset it.`,
    );
  }
}
