import { printable } from '../../../src/backfill/base/printable.ts';
import { fc } from '../../property.ts';

test.each([
  ['plain text', 'plain text'],
  ['two\r\n  lines\t', 'two lines'],
  ['\u001b[2J\u0007', '\\u{1b}[2J\\u{7}'],
  ['a\u202eb', 'a\\u{202e}b'],
  ['Zoë €', 'Zoë €'],
])('%j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('no terminal obeys it, and it ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const shown = printable(text);
      expect(shown).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]*$/u);
      expect(shown.length).toBeLessThanOrEqual(503);
    }),
  );
});
