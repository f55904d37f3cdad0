import { matcherOf } from '../../../src/backfill/classes/pattern.ts';
import { fc } from '../../property.ts';

test.each<[string, string, boolean]>([
  ['/api', '/api', true],
  ['/api', '/API', true],
  ['/API', '/api', true],
  ['/api', '/api/', false],
  ['/api/*', '/api/', true],
  ['/api/*', '/api', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['*iPhone*', 'Mozilla/5.0 (iphone; x)', true],
  ['a*b', 'ab', true],
  ['a*b', 'a', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['a*b*c', 'a-c-b', false],
  ['a*bc*c', 'abc', false],
  ['*.php', 'x.php.php', true],
  ['a**b', 'axb', true],
  ['a.c', 'abc', false],
  ['(a+)+$', '(a+)+$', true],
])('%s and %s: %s', (pattern, text, expected) => {
  expect(matcherOf([pattern])(text)).toBe(expected);
});

test('one of several is enough', () => {
  const matches = matcherOf(['/a', '/b/*', '*.c']);
  expect(['/a', '/b/x', 'x.c', '/c'].map((text) => matches(text))).toEqual([true, true, true, false]);
});

test('it is what a regular expression says, with every star as .*', () => {
  const piece = fc.constantFrom('a', 'b', 'ab', '*', '.');
  const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
  const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 12 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(pattern, text, (one, other) => {
      const expression = new RegExp(`^${one.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      expect(matcherOf([one])(other)).toBe(expression.test(other));
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern made to take for ever takes none', () => {
  const matches = matcherOf([`${'*a'.repeat(200)}*b`]);
  expect(matches('a'.repeat(100_000))).toBe(false);
});
