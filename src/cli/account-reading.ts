import { LifeboatError } from '../errors.ts';
import type { Clock } from '../driver/ports.ts';
import type { Gap, Inventory } from '../inventory/schema.ts';
import { plain } from '../report/text.ts';
import type { Instant } from '../time.ts';
import type { Failure } from '../workflow/base/effects.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import type { RetryPolicy } from '../facts/retries.ts';
import type { FaultsName } from './options.ts';

/** A page is given up after so many attempts: a person is waiting. Throttles pass, and say nothing against the account. */
const WHEN_THROTTLED: RetryPolicy = { baseMs: 500, capMs: 8_000, attempts: 8 };
const WHEN_FAILED: RetryPolicy = { baseMs: 300, capMs: 2_000, attempts: 4 };
/** A clock that is wrong: the SDK has corrected it when it asks again. A session that has ended stays so. */
const WHEN_EXPIRED: RetryPolicy = { baseMs: 100, capMs: 100, attempts: 2 };
/** Who answers with a page of HTML mostly has no such operation, and will say so each time. */
const WHEN_MALFORMED: RetryPolicy = { baseMs: 100, capMs: 400, attempts: 3 };

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
    import('../aws/capture/capture.ts'),
    import('../aws/clients.ts'),
    import('../aws/caller-identity.ts'),
    import('../aws/request-failures.ts'),
    import('../hosts/clock.ts'),
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
    import('../aws/capture/capture.ts'),
    import('../simulator/index.ts'),
    import('../hosts/clock.ts'),
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
  const [{ CallPacer }, { classify }, { isSilence }, { backoffMs }] = await Promise.all([
    import('../driver/call-pacer.ts'),
    import('../aws/request-failures.ts'),
    import('../aws/capture/reads.ts'),
    import('../facts/retries.ts'),
  ]);
  const pacer = new CallPacer();
  const policyOf = (failure: Failure): RetryPolicy | undefined => {
    if (failure.class === 'throttled') return WHEN_THROTTLED;
    if (failure.code === 'RequestExpired') return WHEN_EXPIRED;
    if (failure.class !== 'transient' || isSilence(failure)) return undefined;
    return failure.code === 'MalformedAnswer' ? WHEN_MALFORMED : WHEN_FAILED;
  };
  return async (operation, send) => {
    for (let attempt = 1; ; attempt += 1) {
      for (
        let wait = pacer.take(operation, clock.now());
        wait > 0;
        wait = pacer.take(operation, clock.now())
      ) {
        await clock.sleepUntil(clock.now() + wait);
      }
      try {
        return await send();
      } catch (error) {
        const failure = classify(error);
        if (failure.class === 'throttled') pacer.throttled(operation, clock.now());
        const policy = policyOf(failure);
        if (policy === undefined || attempt >= policy.attempts) throw error;
        await clock.sleepUntil(clock.now() + backoffMs(policy, operation, attempt));
      }
    }
  };
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
