import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlainLists } from '../../src/document/plain-lists.ts';
import { parseSyntax } from '../../src/document/syntax.ts';
import { buildTree } from '../../src/document/tree.ts';
import { fc } from '../property.ts';

const LIMIT = 8 * 1_048_576;
const fast = (text: string): unknown => readPlainLists(text, 'a.yaml', LIMIT)?.value;
const full = (text: string): unknown => buildTree(parseSyntax(text, 'a.yaml', LIMIT), 'a.yaml').value;

test('the inventory of a petabyte is read to the same values', () => {
  const file = join(import.meta.dirname, '../../runbooks/inventories/cold-restore.yaml');
  const text = readFileSync(file, 'utf8');
  const value = fast(text);
  expect(value).toEqual(full(text));
  expect(value).toHaveProperty('volumes.511');
});

test('keys stay in their order, comments and empty lines are passed over', () => {
  const text =
    'a: 1\n# before\nb:\n  # first\n  - { c: 1.5 }\n\n  - { c: [x, -2, null, true], d: {} }\n# after\ne: { f: g }\n';
  expect(JSON.stringify(fast(text))).toBe(JSON.stringify(full(text)));
  expect(fast(text)).toEqual({ a: 1, b: [{ c: 1.5 }, { c: ['x', -2, null, true], d: {} }], e: { f: 'g' } });
});

test.each([
  ['no list', 'a: 1\n'],
  ['an entry over two lines', 'a:\n  - { b: 1,\n    c: 2 }\n'],
  ['an entry without braces', 'a:\n  - { b: 1 }\n  - c\n'],
  ['entries that are indented differently', 'a:\n  - { b: 1 }\n   - { b: 2 }\n'],
  ['a key that is given twice', 'a:\n  - { b: 1, b: 2 }\n'],
  ['a list that is given twice', 'a:\n  - { b: 1 }\na:\n  - { b: 2 }\n'],
  ['a key that would change an object', 'a:\n  - { __proto__: 1 }\n'],
  ['an alias', 'a:\n  - { b: *c }\n'],
  ['a tag', 'a:\n  - { b: !!str 1 }\n'],
  ['an octal number', 'a:\n  - { b: 0o17 }\n'],
  ['a number with zeros in front', 'a:\n  - { b: 0012 }\n'],
  ['an exponent', 'a:\n  - { b: 1e3 }\n'],
  ['an escape', 'a:\n  - { b: "\\n" }\n'],
  ['a second document', 'a:\n  - { b: 1 }\n---\nc: 1\n'],
  ['words with a space between them', 'a:\n  - { b: c d }\n'],
  ['deep nesting', `a:\n  - { b: ${'['.repeat(9)}${']'.repeat(9)} }\n`],
])('%s is left to the full reader', (_, text) => {
  expect(fast(text)).toBeUndefined();
});

const SCALARS = [
  ...[
    'vol-1',
    'us-east-1a',
    'db.r6g.large',
    'arn:aws:kms:us-east-1:111111111111:key/a-b',
    '2026-11-20T03:00:00Z',
  ],
  ...[
    '2026-11-20',
    '0',
    '-1',
    '12.50',
    '007',
    '1e3',
    '0x1f',
    '.5',
    '~',
    'null',
    'True',
    'yes',
    'no',
    '""',
    '"a, b: { }"',
  ],
  ...[
    "'q'",
    '[]',
    '{}',
    '[a, 1]',
    '{ x: y }',
    '1_000',
    '12:30:45',
    '+1',
    '-',
    '/dev/sdf',
    'a@b',
    'NaN',
    '.inf',
    '9'.repeat(20),
  ],
];

test('whatever it reads, the full reader reads the same; noise included', () => {
  const scalar = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('vol-1', '12.50', 'true', '[a, 1]', '{ x: y }', '"a, b"') },
    { weight: 1, arbitrary: fc.constantFrom(...SCALARS) },
  );
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('id', 'tags', 'sizeGiB', 'a-b', 'x.y', '_z') },
    { weight: 1, arbitrary: fc.constantFrom('null', '"q"', '1', 'id') },
  );
  const entry = fc
    .uniqueArray(fc.tuple(key, scalar), { maxLength: 4, selector: ([name]) => name })
    .map((pairs) => `{ ${pairs.map(([name, value]) => `${name}: ${value}`).join(', ')} }`);
  const list = fc
    .tuple(fc.constantFrom('volumes', 'zones', 'n1'), fc.array(entry, { minLength: 1, maxLength: 4 }))
    .map(([name, entries]) => `${name}:\n${entries.map((each) => `  - ${each}\n`).join('')}`);
  const noise = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom(...' ,:{}[]"\'#&*!|>%@`\\\t\n-?~a1.'.split(''), '')),
    { maxLength: 1 },
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 3 }), noise, (lists, changes) => {
      let text = `head: 1\n${lists.join('tail: x\n')}`;
      for (const [at, sign] of changes) {
        const place = at % text.length;
        text = text.slice(0, place) + sign + text.slice(place + 1);
      }
      let value: unknown;
      try {
        value = fast(text);
      } catch {
        // Refused: the full reader decides.
        return;
      }
      if (value === undefined) return;
      read += 1;
      expect(value).toEqual(full(text));
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(300);
});
