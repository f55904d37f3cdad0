import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { Sender } from '../clients.ts';
import { claimText, parseClaimText, unknownHolder, type HeldClaim } from './text.ts';
import { classify, malformedAnswer } from '../request-failures.ts';

export interface SsmAccess {
  readonly client: Sender<'ssm'>;
  readonly call: CallAws;
}

/** The name of the parameter that holds the claim on a runbook. */
export function parameterName(runbook: string): string {
  return `/lifeboat/${runbook}/run`;
}

/** Writes the claim unless one exists: SSM lets only one of two writers succeed. `false`: a claim exists already. */
export async function writeNewParameter(ssm: SsmAccess, claim: HeldClaim): Promise<boolean> {
  try {
    await put(ssm, claim, false);
    return true;
  } catch (error) {
    if (classify(error).code === 'ParameterAlreadyExists') return false;
    throw error;
  }
}

/** Overwrites the parameter with the claim. */
export function overwriteParameter(ssm: SsmAccess, claim: HeldClaim): Promise<void> {
  return put(ssm, claim, true);
}

async function put({ client, call }: SsmAccess, claim: HeldClaim, overwrite: boolean): Promise<void> {
  const command = new PutParameterCommand({
    Name: parameterName(claim.runbook),
    Value: claimText(claim),
    Type: 'String',
    Overwrite: overwrite,
  });
  await call('PutParameter', () => client.send(command));
}

/** The claim on the runbook; `undefined`: none. A parameter that holds no readable claim counts as held by an unknown run. */
export async function readParameter(
  { client, call }: SsmAccess,
  runbook: string,
): Promise<HeldClaim | undefined> {
  const name = parameterName(runbook);
  try {
    const command = new GetParameterCommand({ Name: name });
    const { Parameter: parameter } = await call('GetParameter', () => client.send(command));
    if (parameter === undefined) throw malformedAnswer('GetParameter');
    const held = parseClaimText(parameter.Value ?? '');
    const since = parameter.LastModifiedDate?.getTime() ?? 0;
    return held ?? unknownHolder(runbook, since, `the parameter ${name} holds no claim that can be read`);
  } catch (error) {
    if (classify(error).class === 'gone') return undefined;
    throw error;
  }
}

/** A parameter that no longer exists counts as deleted. */
export async function deleteParameter({ client, call }: SsmAccess, runbook: string): Promise<void> {
  const command = new DeleteParameterCommand({ Name: parameterName(runbook) });
  try {
    await call('DeleteParameter', () => client.send(command));
  } catch (error) {
    if (classify(error).class !== 'gone') throw error;
  }
}
