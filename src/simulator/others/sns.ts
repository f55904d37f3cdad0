import { InvalidParameterException, PublishCommand, SNSServiceException } from '@aws-sdk/client-sns';
import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import { operation } from '../service/operation.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

const snsFailure = failuresOf(SNSServiceException);

const invalid = (what: string): Error =>
  new InvalidParameterException({ message: `Invalid parameter: ${what}`, $metadata: failureMetadata(400) });

/** Counted, and sent nowhere. */
function publish(state: WorldState, input: PublishCommandInput): Omit<PublishCommandOutput, '$metadata'> {
  if (!/^arn:aws[a-z-]*:sns:[^:]+:\d+:.+$/.test(input.TopicArn ?? input.TargetArn ?? ''))
    throw invalid('TopicArn');
  if ((input.Message ?? '') === '') throw invalid('Empty message');
  return { MessageId: state.dice.hex(32, `message/${state.nth('message')}`) };
}

export const SNS_SERVICE: ServiceDefinition = {
  operations: new Map([operation(PublishCommand, 'Publish', publish)]),
  throttled: () => snsFailure('ThrottledException', 'Rate exceeded', 429),
  serverError: () => snsFailure('InternalError', 'An internal error has occurred', 500),
  dryRun: () => invalid('SNS has no DryRun'),
  unknownOperation: (command) =>
    snsFailure('InvalidAction', `The simulated SNS has no operation for ${command}.`),
};
