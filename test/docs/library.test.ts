import { read } from './support.ts';
import { obstacles } from './library-example.ts';

test('the example of docs/library.md tells what stands in the way', () => {
  const [first, ...others] = obstacles(
    read('runbooks/cold-restore.yaml'),
    read('runbooks/inventories/cold-restore.yaml'),
  );
  expect(first).toMatch(/^cold-restore: \d+ d \d+ h, at worst \d+ d \d+ h$/);
  expect(others.map((line) => line.split(':')[0])).toContain('RTO_MISSED');
});
