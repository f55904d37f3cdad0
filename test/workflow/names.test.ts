import { IDENTIFIER_LENGTH, shortened } from '../../src/kinds/identities.ts';

test('a name that is cut keeps what RDS asks of names: no two hyphens in a row, none at the end', () => {
  for (let length = 64; length < 120; length += 1) {
    for (const text of ['a-'.repeat(length), `a${'-a'.repeat(length)}`, `orders-${'ab-'.repeat(length)}`]) {
      const short = shortened(text, IDENTIFIER_LENGTH);
      expect(short).toMatch(/^[a-z](-?[a-z0-9])*$/);
      expect(short.length).toBeLessThanOrEqual(IDENTIFIER_LENGTH);
    }
  }
});

test('names that differ only at the end still differ when cut', () => {
  const names = ['c1', 'c2', 'c3'].map((end) =>
    shortened(`${'orders-'.repeat(20)}${end}`, IDENTIFIER_LENGTH),
  );
  expect(new Set(names).size).toBe(3);
});
