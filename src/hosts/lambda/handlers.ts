import type { Context } from 'aws-lambda';
import { adviceText } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { CheckedRunbook } from './check.ts';
import type { Deployed } from './deployed.ts';
import type { Cloud } from './durable/cloud.ts';
import type { Started } from './start.ts';
import type { AwsEvent } from './wake.ts';

let opened: Promise<Deployed> | undefined;

/** What a schedule, an alarm, an event or an operator invokes to start a run: a {@link StartRequest}. */
export async function start(
  message: unknown,
  { awsRequestId }: Pick<Context, 'awsRequestId'>,
): Promise<Started> {
  return inDeployment(async (deployed) => {
    const [{ startRun }, { createClients }] = await Promise.all([
      import('./start.ts'),
      import('../../aws/clients.ts'),
    ]);
    const { region, names } = deployed;
    const { lambda, cloudwatch } = await createClients(['lambda', 'cloudwatch'], { region });
    const library = await deployed.openLibrary();
    const functions = { drill: names.LIFEBOAT_DRILL_FUNCTION, restore: names.LIFEBOAT_RESTORE_FUNCTION };
    return startRun(message, awsRequestId, { ...deployed, lambda, cloudwatch, library, functions });
  });
}

/** Checks every runbook of the deployment, once a day. */
export async function check(): Promise<readonly CheckedRunbook[]> {
  return inDeployment(async (deployed) => {
    const { checkRunbooks } = await import('./check.ts');
    const [store, library] = await Promise.all([deployed.openStore(), deployed.openLibrary()]);
    return checkRunbooks({ ...deployed, store, library, env: process.env });
  });
}

/** Ends the wait of the runs that an event of EBS or RDS is about. */
export async function wake(event: AwsEvent): Promise<readonly string[]> {
  return inDeployment(async (deployed) => {
    const [{ wakeRuns }, { createClients }] = await Promise.all([
      import('./wake.ts'),
      import('../../aws/clients.ts'),
    ]);
    const { region, log, names } = deployed;
    const { lambda } = await createClients(['lambda'], { region });
    const { ec2 } = await createClients(['ec2'], { region, roleArn: names.LIFEBOAT_ACCOUNT_ROLE });
    return wakeRuns(event, { store: await deployed.openStore(), ec2, lambda, log });
  });
}

let cloud: Promise<Cloud> | undefined;

/** What the durable function uses: one object for a process, because a warm invocation finds what the journal remembers. */
export async function openCloud(): Promise<Cloud> {
  return inDeployment(async (deployed) => {
    const { awsCloud } = await import('./durable/aws-cloud.ts');
    cloud ??= deployed.openStore().then((store) => awsCloud(deployed, store));
    return cloud;
  });
}

/** Says in the log why an invocation fails, before Lambda repeats it or keeps its message. */
async function inDeployment<T>(use: (deployed: Deployed) => Promise<T>): Promise<T> {
  const { openDeployed } = await import('./deployed.ts');
  opened ??= openDeployed(process.env);
  const deployed = await opened;
  try {
    return await use(deployed);
  } catch (error) {
    if (error instanceof LifeboatError) {
      const next = adviceText(error.next, deployed.commandOptions);
      deployed.log.error({ code: error.code, next }, error.message);
    }
    throw error;
  }
}
