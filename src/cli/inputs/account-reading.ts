import { LifeboatError } from '../../errors.ts';
import type { Clock } from '../../driver/base/ports.ts';
import type { Gap, Inventory } from '../../inventory/schema.ts';
import { plain } from '../../report/layout/plain.ts';
import type { Instant } from '../../time.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import { RETRIES } from '../../facts/retries.ts';
import { retry, type RetryPolicy } from '../../retry.ts';
import type { FaultsName } from '../session/options.ts';

/** The services that an inventory is read from, and the one that says whose account it is. */
const SERVICES = ['ec2', 'rds', 'ssm', 'kms', 'quotas', 'cloudwatch', 'sts'] as const;

/** What the SDK takes from the environment for the services that are read. */
const ENDPOINTS = [
  ...['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_RDS', 'AWS_ENDPOINT_URL_SSM'],
  ...['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL_SERVICE_QUOTAS', 'AWS_ENDPOINT_URL_CLOUDWATCH'],
  'AWS_ENDPOINT_URL_STS',
];

/**
 * Captures the account that the SDK's standard configuration leads to. A silent endpoint is given up after one time-out.
 *
 * @param region absent: AWS_REGION or the profile's
 * @throws LifeboatError `AWS_*`, or `USAGE` for an endpoint that is no address
 */
export async function captureAccount(region: string | undefined, now: Instant): Promise<Inventory> {
  refuseBadEndpoint(process.env);
  const [
    { captureInventory },
    { createClients },
    { readIdentity },
    { classify, toLifeboatError },
    { realClock },
  ] = await Promise.all([
    import('../../aws/capture/capture.ts'),
    import('../../aws/clients.ts'),
    import('../../aws/caller-identity.ts'),
    import('../../aws/request-failures.ts'),
    import('../../hosts/clock.ts'),
  ]);
  const { destroy, sts, ...clients } = await createClients(SERVICES, region === undefined ? {} : { region });
  try {
    const there = region ?? (await clients.ec2.config.region());
    // An account can be read without knowing its number: its resources mostly tell it too.
    const account = readIdentity(sts).then(
      (identity) => identity.account,
      (error: unknown) => void classify(error),
    );
    return await captureInventory({
      clients,
      call: await patientCalls(realClock),
      region: there,
      now,
      account,
    });
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  } finally {
    destroy();
  }
}

/** Captures the simulated account that `inventory` makes, at the instant of its capture. */
export async function captureSimulated(
  inventory: Inventory,
  { seed = 1, faults = 'none' }: { readonly seed?: number; readonly faults?: FaultsName },
): Promise<Inventory> {
  const [{ captureInventory }, { openWorld, SimulatedClock }, { virtualClock }] = await Promise.all([
    import('../../aws/capture/capture.ts'),
    import('../../simulator/index.ts'),
    import('../../hosts/clock.ts'),
  ]);
  const { region, account, capturedAt } = inventory;
  const clock = new SimulatedClock(capturedAt);
  const world = openWorld({ path: ':memory:', inventory, seed, faults, clock });
  try {
    const call = await patientCalls(virtualClock(clock, Number.POSITIVE_INFINITY, () => undefined));
    return await captureInventory({ clients: world, call, region, now: capturedAt, account });
  } finally {
    world.close();
  }
}

/** Requests at a pace that leaves others in the account their share, and asked again where that may help. */
export async function patientCalls(clock: Clock): Promise<CallAws> {
  const [{ CallPacer }, { classify }, { isSilence }] = await Promise.all([
    import('../../driver/requests/call-pacer.ts'),
    import('../../aws/request-failures.ts'),
    import('../../aws/capture/reads.ts'),
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
function refuseBadEndpoint(env: NodeJS.ProcessEnv): void {
  for (const name of ENDPOINTS) {
    const url = env[name];
    if (url === undefined || url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))) continue;
    throw new LifeboatError(
      'USAGE',
      // One with a password in it is not shown.
      `${name} is ${url.includes('@') ? 'set to something' : `'${plain(url)}',`} which is not the address of an endpoint.`,
      `Set ${name} to an address such as https://ec2.us-east-1.amazonaws.com, or unset it.`,
    );
  }
}

const REASONS: Readonly<Record<Gap['reason'], string>> = {
  unsupported: 'the endpoint does not offer it',
  denied: 'access is denied',
  failed: 'it failed',
};

/**
 * A gap as a person is told of it, on one line.
 *
 * @example gapNote(gap) // 'Note: ListServiceQuotas: access is denied. Therefore quotas are taken to be ... (AccessDenied: ...)'
 */
export function gapNote({ operation, reason, means, message }: Gap): string {
  return plain(`Note: ${operation}: ${REASONS[reason]}. Therefore ${means}. (${message})`);
}
