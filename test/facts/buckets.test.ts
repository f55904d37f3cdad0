import { bucketOf } from '../../src/facts/buckets.ts';

test.each([
  ['DescribeVolumes', 100, 20],
  ['ListTagsForResource', 100, 20],
  ['CreateSnapshot', 100, 5],
  ['CreateTags', 100, 10],
  ['CopySnapshot', 50, 5],
  ['GetParameter', 40, 40],
  ['GetMetricData', 50, 50],
  ['SomethingNew', 50, 5],
])('%s: %i at once, %i a second', (operation, capacity, refillPerSecond) => {
  expect(bucketOf(operation)).toEqual({ capacity, refillPerSecond });
});
