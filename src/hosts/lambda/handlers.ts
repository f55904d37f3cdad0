import type { Context } from 'aws-lambda';
import { adviceText } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { CheckedRunbook } from './check.ts';
import type { Deployed } from './deployed.ts';
import type { Cloud } from './durable/cloud.ts';
import type { Started } from './start.ts';
import type { AwsEvent } from './wake.ts';

/** One object for a process, which serves many invocations. What fails is opened again by the next one. */
function kept<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

const openOnce = kept<Deployed>(async () => (await import('./deployed.ts')).openDeployed(process.env));

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

/** What the durable function uses: one object for a process, because a warm invocation finds what the journal remembers. */
export const openCloud = kept<Cloud>(() =>
  inDeployment(async (deployed) => {
    const { awsCloud } = await import('./durable/aws-cloud.ts');
    return awsCloud(deployed, await deployed.openStore());
  }),
);

/** Says in the log why an invocation fails, before Lambda repeats it or keeps its message. */
async function inDeployment<T>(use: (deployed: Deployed) => Promise<T>): Promise<T> {
  const deployed = await openOnce();
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
