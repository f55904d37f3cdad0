import type { LedgerEntry } from '../../../src/backfill/ledger/entries.ts';
import { headerLine, lineOf, readEntry, readHeader, readLine } from '../../../src/backfill/ledger/entries.ts';
import { fc } from '../../property.ts';

const at = 1_792_000_000_000;
const key = { source: 1, position: 4_711, ordinal: 17 };

function read(line: string): LedgerEntry | undefined {
  const bytes = Buffer.from(line, 'utf8');
  const values = readLine(bytes, 0, bytes.length - 1);
  return values && readEntry(values);
}

test.each<[string, LedgerEntry, string]>([
  ['an intent', { kind: 'intent', key, attempt: 2, at }, `["i",1,4711,17,2,${at}]`],
  [
    'an intent of a message',
    { kind: 'intent', key: { source: 3, position: 'a-"1"' }, attempt: 1, at },
    `["i",3,"a-\\"1\\"",null,1,${at}]`,
  ],
  [
    'a failure',
    { kind: 'failure', key, attempt: 1, at, outcome: 'unknown', why: 'reset' },
    `["f",1,4711,17,1,${at},"unknown","reset"]`,
  ],
  [
    'a failure with a pause',
    { kind: 'failure', key, attempt: 3, at, outcome: 'known', why: '503', pauseMs: 1_500, unsent: 2 },
    `["f",1,4711,17,3,${at},"known","503",1500,2]`,
  ],
  [
    'a failure that never left',
    { kind: 'failure', key, attempt: 1, at, outcome: 'known', why: 'paused', unsent: 1 },
    `["f",1,4711,17,1,${at},"known","paused",0,1]`,
  ],
  [
    'a success',
    { kind: 'outcome', key, attempt: 1, at, fate: { kind: 'succeeded', status: 201 } },
    `["o",1,4711,17,1,${at},"succeeded",201]`,
  ],
  [
    'a refusal',
    { kind: 'outcome', key, attempt: 1, at, fate: { kind: 'rejected', status: 404, answer: 'no ünit 🚲' } },
    `["o",1,4711,17,1,${at},"rejected",404,"no ünit 🚲"]`,
  ],
  [
    'a refusal of a request whose time is known',
    {
      ...{ kind: 'outcome', key, attempt: 1, at },
      ...{ fate: { kind: 'rejected', status: 410, answer: 'gone' }, requestAt: 5 },
    },
    `["o",1,4711,17,1,${at},"rejected",410,"gone",5]`,
  ],
  [
    'one given up whose time is known',
    { kind: 'outcome', key, attempt: 9, at, fate: { kind: 'abandoned', why: '503' }, requestAt: 5 },
    `["o",1,4711,17,9,${at},"abandoned","503",5]`,
  ],
  [
    'one given up',
    { kind: 'outcome', key, attempt: 9, at, fate: { kind: 'abandoned', why: '503' } },
    `["o",1,4711,17,9,${at},"abandoned","503"]`,
  ],
  [
    'one in doubt',
    { kind: 'outcome', key, attempt: 1, at, fate: { kind: 'ambiguous', why: 'timed out' } },
    `["o",1,4711,17,1,${at},"ambiguous","timed out"]`,
  ],
  ['one gone', { kind: 'gone', key: { source: 2, position: 'm1' }, at }, `["g",2,"m1",null,${at}]`],
])('%s is a line of JSON with a checksum, and reads back', (_, entry, json) => {
  const line = lineOf(entry);
  expect(line).toMatch(/^[0-9a-f]{8} \[.*\]\n$/);
  expect(line.slice(9, -1)).toBe(json);
  expect(read(line)).toEqual(entry);
});

test('the checksum is the CRC-32 of the JSON', () => {
  // Known from the outside: printf '["g",2,"m1",null,1]' | gzip -c | tail -c8 | od -An -tx4 -N4
  expect(lineOf({ kind: 'gone', key: { source: 2, position: 'm1' }, at: 1 })).toBe(
    'bea280c4 ["g",2,"m1",null,1]\n',
  );
});

test('the first line tells version and identity', () => {
  const bytes = Buffer.from(headerLine({ version: 1, identity: '7-abc', at }), 'utf8');
  expect(readHeader(readLine(bytes, 0, bytes.length - 1) ?? [])).toEqual({
    version: 1,
    identity: '7-abc',
    at,
  });
});

test.each([
  ['line ends', 'a\r\nb\u2028c', 'a\\u{d}\\u{a}b\\u{2028}c'],
  ['terminal escapes', '\u001b[2J\u009b1m\u0000', '\\u{1b}[2J\\u{9b}1m\\u{0}'],
  ['text turned around', 'a\u202eb', 'a\\u{202e}b'],
  ['half a character', 'a\ud83d', 'a\\u{d83d}'],
  ['500 characters', 'x'.repeat(500), 'x'.repeat(500)],
  ['501 characters', 'x'.repeat(501), `${'x'.repeat(497)}...`],
  ['10 MB', '\u0001'.repeat(10_000_000), `${'\\u{1}'.repeat(100).slice(0, 497)}...`],
])('an answer with %s is kept printable and short', (_, answer, kept) => {
  const entry = read(
    lineOf({ kind: 'outcome', key, attempt: 1, at, fate: { kind: 'rejected', status: 400, answer } }),
  );
  expect(entry).toMatchObject({ fate: { answer: kept } });
});

test('any flipped bit of a line is found', () => {
  const line = Buffer.from(
    lineOf({
      kind: 'outcome',
      key,
      attempt: 1,
      at,
      fate: { kind: 'rejected', status: 404, answer: 'no such user' },
    }),
    'utf8',
  );
  const end = line.length - 1;
  expect(readLine(line, 0, end)).toBeDefined();
  for (let bit = 0; bit < end * 8; bit += 1) {
    const flipped = Buffer.from(line);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(readLine(flipped, 0, end)).toBeUndefined();
  }
});

test.each<[string, unknown[]]>([
  ['an unknown kind', ['x', 1, 2, 3, 4, 5]],
  ['no source', ['i', null, 2, 3, 4, 5]],
  ['no position', ['i', 1, null, 3, 4, 5]],
  ['an ordinal in words', ['i', 1, 2, 'three', 4, 5]],
  ['no time', ['i', 1, 2, 3, 4]],
  ['an unknown fate', ['o', 1, 2, 3, 4, 5, 'vanished', 200]],
  ['a refusal without an answer', ['o', 1, 2, 3, 4, 5, 'rejected', 404]],
  ['a failure neither known nor unknown', ['f', 1, 2, 3, 4, 5, 'maybe', 'x']],
  ['a pause in words', ['f', 1, 2, 3, 4, 5, 'known', 'x', 'long', 0]],
  ['a departure without a time', ['g', 1, 'm', null]],
])('%s is no entry', (_, values) => {
  expect(readEntry(values)).toBeUndefined();
});

test('any text and any key come back as they were', () => {
  const position = fc.oneof(
    fc.nat(),
    fc.constant(Number.MAX_SAFE_INTEGER),
    fc.string({ unit: 'binary', maxLength: 100 }),
  );
  fc.assert(
    fc.property(
      fc.nat(),
      position,
      fc.option(fc.nat(), { nil: undefined }),
      fc.string({ maxLength: 60 }),
      (source, place, ordinal, why) => {
        const entry: LedgerEntry = {
          kind: 'failure',
          key: ordinal === undefined ? { source, position: place } : { source, position: place, ordinal },
          attempt: 1,
          at,
          outcome: 'known',
          why,
        };
        const line = lineOf(entry);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(read(line)).toEqual(entry);
      },
    ),
  );
});

test('a position of a thousand and one characters is a mistake of the source', () => {
  expect(() =>
    lineOf({ kind: 'intent', key: { source: 1, position: 'x'.repeat(1_001) }, attempt: 1, at }),
  ).toThrow(RangeError);
});
