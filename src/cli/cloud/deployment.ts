import { z } from 'zod';
import { LifeboatError } from '../../errors.ts';
import { DEPLOYMENT_PARAMETER, type Deployment } from '../../hosts/lambda/requests.ts';
import type { Session } from '../session/command.ts';
import { sessionOptions } from '../session/session-options.ts';
import { openRuns, type Runs } from '../stored/stored-run.ts';
import type { Cloud } from './cloud.ts';

const SCHEMA = 'lifeboat.deployment/v1';

const deploymentSchema: z.ZodType<Deployment> = z.object({
  schema: z.literal(SCHEMA),
  region: z.string(),
  table: z.string(),
  functions: z.object({ drill: z.string(), restore: z.string() }),
  runbookBucket: z.string(),
  evidenceBucket: z.string(),
  topic: z.string(),
  runbooks: z.array(z.string()),
});

/**
 * What is deployed in a Region, as the CDK app wrote it down.
 *
 * @throws LifeboatError `NOT_DEPLOYED`; what the SDK throws
 */
export async function readDeployment({ clients, call, region }: Cloud): Promise<Deployment> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    const { Parameter } = await call('GetParameter', () =>
      clients.ssm.send(new GetParameterCommand({ Name: DEPLOYMENT_PARAMETER })),
    );
    return deploymentIn(Parameter?.Value ?? '', region);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ParameterNotFound') throw error;
    throw new LifeboatError(
      'NOT_DEPLOYED',
      `Lifeboat is not deployed in ${region}: there is no parameter ${DEPLOYMENT_PARAMETER}.`,
      'Name the Region of the deployment with --region, or deploy it: npx cdk deploy (docs/cloud.md).',
      { cause: error },
    );
  }
}

/** Opens its journal; from now on commands name that. */
export async function openDeployment(
  { table, region }: Deployment,
  { terminal }: Session,
  state: string,
): Promise<Runs> {
  const place = { state, journal: { table, region } };
  terminal.useOptions(sessionOptions(place));
  return openRuns(place);
}

function deploymentIn(text: string, region: string): Deployment {
  const parsed = deploymentSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new LifeboatError(
    'NOT_DEPLOYED',
    `The parameter ${DEPLOYMENT_PARAMETER} in ${region} does not describe a deployment of this version: ${SCHEMA} is expected.`,
    'Use the version of Lifeboat that was deployed, or deploy this one: npx cdk deploy.',
    { cause: parsed.error },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
