import { sessionOptions, stateOf } from '../../../src/cli/session/session-options.ts';

test.each<[readonly string[], string]>([
  [['runs'], '.lifeboat'],
  [['runs', '--state', 'a'], 'a'],
  [['runs', '--state=b'], 'b'],
  [['runs', '--state', 'a', '--state=b'], 'b'],
  [['runs', '--state'], '.lifeboat'],
  [['runs', '--state', ''], '.lifeboat'],
  [['check', '--', '--state', 'a'], '.lifeboat'],
])('%j', (args, state) => {
  expect(stateOf(args)).toBe(state);
});

test('commands need --state only where it is not the default', () => {
  expect(sessionOptions('.lifeboat')).toEqual([]);
  expect(sessionOptions('/mnt/dr')).toEqual(['--state', '/mnt/dr']);
});
