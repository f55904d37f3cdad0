import { DescribeTagsCommand, EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import {
  LambdaClient,
  LambdaServiceException,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { wakeRuns, type AwsEvent } from '../../../src/hosts/lambda/wake.ts';
import { MemoryWakes } from '../../journal/log/wakes.ts';

const ec2 = mockClient(EC2Client);
const lambda = mockClient(LambdaClient);
let wakes: MemoryWakes;
let warned: string[];

beforeEach(async () => {
  ec2.reset();
  lambda.reset();
  lambda.on(SendDurableExecutionCallbackSuccessCommand).resolves({});
  warned = [];
  wakes = new MemoryWakes();
  await wakes.expectWake('orders-1', 'callback-1');
  await wakes.expectWake('cold-1', 'callback-2');
});

function woken(event: AwsEvent): Promise<readonly string[]> {
  const say = (_: object, message: string): void => void warned.push(message);
  return wakeRuns(event, {
    store: wakes,
    ec2: ec2 as unknown as EC2Client,
    lambda: lambda as unknown as LambdaClient,
    log: { info: say, warn: say, error: say },
  });
}

const rung = (): unknown[] =>
  lambda.commandCalls(SendDurableExecutionCallbackSuccessCommand).map(({ args }) => args[0].input.CallbackId);

const volumeEvent: AwsEvent = {
  'detail-type': 'EBS Volume Notification',
  resources: ['arn:aws:ec2:us-east-1:111111111111:volume/vol-7'],
};

test('an event about a volume wakes the run whose tag it carries, and no other', async () => {
  ec2.on(DescribeTagsCommand).resolves({ Tags: [{ Key: 'lifeboat:run', Value: 'orders-1' }] });
  expect(await woken(volumeEvent)).toEqual(['orders-1']);
  expect(rung()).toEqual(['callback-1']);
  expect(ec2.commandCalls(DescribeTagsCommand)[0]?.args[0].input.Filters).toEqual([
    { Name: 'resource-id', Values: ['vol-7'] },
    { Name: 'key', Values: ['lifeboat:run'] },
  ]);
});

test('an event about a volume of somebody else wakes no run', async () => {
  ec2.on(DescribeTagsCommand).resolves({ Tags: [] });
  expect(await woken(volumeEvent)).toEqual([]);
  expect(rung()).toEqual([]);
});

test('while no run rests, nothing is asked', async () => {
  await wakes.forgetWake('orders-1');
  await wakes.forgetWake('cold-1');
  expect(await woken(volumeEvent)).toEqual([]);
  expect(ec2.calls()).toHaveLength(0);
});

test('RDS tells the tags in the event itself', async () => {
  const event = { 'detail-type': 'RDS DB Instance Event', detail: { Tags: { 'lifeboat:run': 'cold-1' } } };
  expect(await woken(event)).toEqual(['cold-1']);
  expect(ec2.calls()).toHaveLength(0);
});

test('a state of fast snapshot restore wakes every run that rests: the snapshot carries no tag of a run', async () => {
  const event = {
    'detail-type': 'EBS Fast Snapshot Restore State-change Notification',
    resources: ['arn:x/snap-1'],
  };
  expect(await woken(event)).toEqual(['orders-1', 'cold-1']);
});

test('an event without resources, or of another shape, wakes no run', async () => {
  expect(await woken({})).toEqual([]);
  expect(await woken({ resources: 'vol-1', detail: undefined })).toEqual([]);
  expect(rung()).toEqual([]);
});

test('what fails is logged and throws nothing: the run looks again by itself', async () => {
  ec2.on(DescribeTagsCommand).rejects(
    new EC2ServiceException({
      name: 'UnauthorizedOperation',
      message: 'no',
      $fault: 'client',
      $metadata: {},
    }),
  );
  expect(await woken(volumeEvent)).toEqual([]);
  ec2.on(DescribeTagsCommand).resolves({ Tags: [{ Value: 'orders-1' }] });
  lambda.on(SendDurableExecutionCallbackSuccessCommand).rejects(
    new LambdaServiceException({
      name: 'CallbackTimeoutException',
      message: 'over',
      $fault: 'client',
      $metadata: {},
    }),
  );
  expect(await woken(volumeEvent)).toEqual([]);
  expect(warned).toHaveLength(2);
});
