import { absolutePaths, pathFrom } from '../../src/preparation/draft-run.ts';

test.each([
  ['/srv/runbooks/orders.yaml', 'freeze', '/srv/runbooks/freeze'],
  ['/srv/runbooks/orders.yaml', '../freeze', '/srv/freeze'],
  ['/srv/runbooks/orders.yaml', '/etc/freeze', '/etc/freeze'],
  ['/srv/runbooks/orders.yaml', 's3://switches/freeze', 's3://switches/freeze'],
  ['s3://runbooks/orders.yaml', 'freeze', 's3://runbooks/freeze'],
  ['s3://runbooks/orders.yaml?versionId=v1', 'shop/freeze', 's3://runbooks/shop/freeze'],
  ['s3://runbooks/shop/orders.yaml', 'a b#1', 's3://runbooks/shop/a b#1'],
  ['s3://runbooks/orders.yaml', '../freeze', 's3://runbooks/freeze'],
  ['s3://runbooks/orders.yaml', 's3://switches/freeze', 's3://switches/freeze'],
])('for the runbook %s the path %s is %s', (runbook, path, expected) => {
  expect(pathFrom(runbook, path)).toBe(expected);
});

test('the logs of a backfill count from the runbook, and standard input stays what it is', () => {
  const spec = { sources: [{ path: 'logs/*.gz' }, { path: '-' }], replay: { live: { log: 'live.log' } } };
  expect(absolutePaths(spec as never, 's3://runbooks/orders.yaml')).toMatchObject({
    sources: [{ path: 's3://runbooks/logs/*.gz' }, { path: '-' }],
    replay: { live: { log: 's3://runbooks/live.log' } },
  });
});
