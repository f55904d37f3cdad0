import { isFifoQueue, nameOfQueue, regionOfQueue } from '../../../src/backfill/base/queue-calls.ts';

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/111111111111/missed', 'eu-west-1'],
  ['https://sqs-fips.us-gov-west-1.amazonaws.com/1/q', 'us-gov-west-1'],
  ['https://sqs.cn-north-1.amazonaws.com.cn/1/q', 'cn-north-1'],
  ['https://sqs.us-east-2.api.aws/1/q', 'us-east-2'],
  ['https://vpce-0a1.sqs.ap-southeast-2.vpce.amazonaws.com/1/q', 'ap-southeast-2'],
  ['https://eu-central-1.queue.amazonaws.com/1/q', 'eu-central-1'],
  ['https://queue.amazonaws.com/1/q', 'us-east-1'],
  ['http://sqs.us-east-1.localhost.localstack.cloud:4566/000000000000/q', 'us-east-1'],
  ['http://127.0.0.1:9324/000000000000/sqs.eu-west-1.x', undefined],
])('the Region of %s is %s', (url, region) => {
  expect(regionOfQueue(url)).toBe(region);
});

test('a name for people, and the kind of the queue', () => {
  expect(nameOfQueue('https://user:pass@sqs.eu-west-1.amazonaws.com/1/q?token=x')).toBe(
    'https://sqs.eu-west-1.amazonaws.com/1/q',
  );
  expect(isFifoQueue('https://sqs.eu-west-1.amazonaws.com/1/q.fifo')).toBe(true);
  expect(isFifoQueue('https://sqs.eu-west-1.amazonaws.com/1/q?x=.fifo')).toBe(false);
});
