import { executionName } from '../../../src/hosts/lambda/durable/generations.ts';

test('the first execution has the name of the run, and later ones add their number', () => {
  expect(executionName('orders-20261120T0300-1', 1)).toBe('orders-20261120T0300-1');
  expect(executionName('orders-20261120T0300-1', 12)).toBe('orders-20261120T0300-1-12');
});

test('a name never exceeds the limit of AWS, and two long runs never share one', () => {
  const long = `${'a'.repeat(40)}-20261120T0300-123456`;
  const names = [`${long}7`, `${long}8`].flatMap((runId) =>
    [2, 99, 100, 12_345].map((generation) => executionName(runId, generation)),
  );
  expect(new Set(names).size).toBe(8);
  for (const name of names) expect(name).toMatch(/^[\w-]{1,64}$/);
});
