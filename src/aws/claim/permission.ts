import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Probe } from '../../kinds/probes.ts';
import type { Clients } from '../adapter.ts';
import { inTime, told } from '../probing.ts';
import { classify } from '../request-failures.ts';
import { parameterName } from './parameter.ts';

/** Whether the claim on a runbook can be read where it is kept. */
export async function probeClaim({ ssm }: Clients, runbook: string): Promise<readonly Probe[]> {
  if (ssm === undefined) return [];
  const action = 'ssm:GetParameter';
  const allowed: Probe = { action, verdict: 'allowed', why: 'it was read' };
  try {
    const command = new GetParameterCommand({ Name: parameterName(runbook) });
    await ssm.send(command, { abortSignal: inTime() });
    return [allowed];
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return [allowed];
    const failure = classify(error);
    return [{ action, verdict: failure.class === 'denied' ? 'denied' : 'unverified', why: told(failure) }];
  }
}
