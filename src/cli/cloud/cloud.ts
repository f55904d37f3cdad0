import type { OpenClients } from '../../aws/clients.ts';
import { LifeboatError } from '../../errors.ts';
import type { CallAws } from '../../workflow/base/executor.ts';

/** The services that start and follow runs in the cloud. */
const SERVICES = ['lambda', 'ssm'] as const;

export interface Cloud {
  readonly clients: OpenClients<(typeof SERVICES)[number]>;
  readonly call: CallAws;
  readonly region: string;
}

/**
 * Opens the Region of a deployment for one use of it.
 *
 * @param region absent: AWS_REGION or the profile's
 * @throws LifeboatError `AWS_*`, or `USAGE` for an endpoint that is no address
 */
export async function inCloud<T>(region: string | undefined, use: (cloud: Cloud) => Promise<T>): Promise<T> {
  const [
    { patientCalls, refuseBadEndpoint },
    { createClients },
    { classify, toLifeboatError },
    { realClock },
  ] = await Promise.all([
    import('../../preparation/account.ts'),
    import('../../aws/clients.ts'),
    import('../../aws/request-failures.ts'),
    import('../../hosts/clock.ts'),
  ]);
  refuseBadEndpoint(process.env);
  const clients = await createClients(SERVICES, region === undefined ? {} : { region });
  try {
    const there = region ?? (await clients.ssm.config.region());
    return await use({ clients, call: await patientCalls(realClock), region: there });
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    throw toLifeboatError(classify(error), error);
  } finally {
    clients.destroy();
  }
}
