import { stateOf, withState } from '../../src/cli/hints.ts';

const RUN = 'orders-20261120T0300-1';

test.each([
  [`Go on with: lifeboat resume ${RUN}`, `Go on with: lifeboat resume ${RUN} --state s`],
  [
    `lifeboat approve ${RUN}, then: lifeboat resume ${RUN}`,
    `lifeboat approve ${RUN} --state s, then: lifeboat resume ${RUN} --state s`,
  ],
  [`lifeboat cleanup ${RUN} --discard-recovered.`, `lifeboat cleanup ${RUN} --state s --discard-recovered.`],
  ['Did you mean that? lifeboat runs lists all.', 'Did you mean that? lifeboat runs --state s lists all.'],
  ['List them: lifeboat runs.', 'List them: lifeboat runs --state s.'],
  [`lifeboat resume ${RUN} --state other`, `lifeboat resume ${RUN} --state other`],
  ['See lifeboat plan --help.', 'See lifeboat plan --help.'],
  ['lifeboat resume goes on', 'lifeboat resume goes on'],
])('%s', (sentence, expected) => {
  expect(withState(sentence, 's')).toBe(expected);
  expect(withState(sentence, '.lifeboat')).toBe(sentence);
});

test('a path that a shell would take apart is quoted', () => {
  expect(withState(`lifeboat resume ${RUN}`, "Bob's disk")).toBe(
    `lifeboat resume ${RUN} --state 'Bob'\\''s disk'`,
  );
});

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
