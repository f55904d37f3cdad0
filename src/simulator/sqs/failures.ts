import { QueueDoesNotExist, SQSServiceException } from '@aws-sdk/client-sqs';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';

export const sqsFailure = failuresOf(SQSServiceException);
export const invalid = (message: string): Error => sqsFailure('InvalidParameterValue', message);

/** The SDK's class of an error with its message. */
export function fault<E extends Error>(
  Fault: new (options: { message: string; $metadata: ReturnType<typeof failureMetadata> }) => E,
  message: string,
): E {
  return new Fault({ message, $metadata: failureMetadata(400) });
}

export const noQueue = (): Error => fault(QueueDoesNotExist, 'The specified queue does not exist.');

/** @throws SQSServiceException MissingParameter */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined || value === '')
    throw sqsFailure('MissingParameter', `The request must contain the parameter ${name}.`);
  return value;
}
