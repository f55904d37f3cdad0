import { GetCallerIdentityCommand, STSServiceException } from '@aws-sdk/client-sts';
import type { GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import { operation } from '../service/operation.ts';
import { failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

const stsFailure = failuresOf(STSServiceException);

/** The fixed identity of a simulated account, which checks no signature. */
function getCallerIdentity(state: WorldState): Omit<GetCallerIdentityCommandOutput, '$metadata'> {
  return {
    UserId: 'AIDASIMULATED',
    Account: state.account.id,
    Arn: `arn:aws:iam::${state.account.id}:user/simulated`,
  };
}

export const STS_SERVICE: ServiceDefinition = {
  operations: new Map([operation(GetCallerIdentityCommand, 'GetCallerIdentity', getCallerIdentity)]),
  throttled: () => stsFailure('Throttling', 'Rate exceeded'),
  serverError: () => stsFailure('InternalFailure', 'An internal error has occurred', 500),
  dryRun: () => stsFailure('ValidationError', 'STS has no DryRun.'),
  unknownOperation: (command) =>
    stsFailure('UnknownOperationException', `The simulated STS has no operation for ${command}.`),
};
