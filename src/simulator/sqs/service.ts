import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  RequestThrottled,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { operation } from '../service/operation.ts';
import type { ServiceDefinition } from '../service/service.ts';
import { fault, invalid, sqsFailure } from './failures.ts';
import { createQueue, getQueueAttributes, getQueueUrl } from './queues.ts';
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
  receiveMessage,
  receiveWaitSeconds,
} from './receiving.ts';
import { sendMessage, sendMessageBatch } from './sending.ts';

/** The operations of SQS that a backfill needs, and those that make a queue. */
export const SQS_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(CreateQueueCommand, 'CreateQueue', createQueue),
    operation(GetQueueUrlCommand, 'GetQueueUrl', getQueueUrl),
    operation(GetQueueAttributesCommand, 'GetQueueAttributes', getQueueAttributes),
    operation(SendMessageCommand, 'SendMessage', sendMessage),
    operation(SendMessageBatchCommand, 'SendMessageBatch', sendMessageBatch),
    operation(ReceiveMessageCommand, 'ReceiveMessage', receiveMessage, receiveWaitSeconds),
    operation(DeleteMessageCommand, 'DeleteMessage', deleteMessage),
    operation(DeleteMessageBatchCommand, 'DeleteMessageBatch', deleteMessageBatch),
    operation(ChangeMessageVisibilityCommand, 'ChangeMessageVisibility', changeMessageVisibility),
    operation(
      ChangeMessageVisibilityBatchCommand,
      'ChangeMessageVisibilityBatch',
      changeMessageVisibilityBatch,
    ),
  ]),
  throttled: () => fault(RequestThrottled, 'Rate exceeded'),
  serverError: () => sqsFailure('InternalError', 'An internal error has occurred', 500),
  dryRun: () => invalid('SQS has no DryRun.'),
  unknownOperation: (command) =>
    sqsFailure('UnknownOperationException', `The simulated SQS has no operation for ${command}.`),
};
