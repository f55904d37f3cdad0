import { clock, elapsed, gibibytes, seconds, usd } from '../../../src/report/layout/format.ts';
import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderTable } from '../../../src/report/layout/table.ts';
import { listed, markdown, plain } from '../../../src/report/layout/plain.ts';
import {
  displayWidth,
  hanging,
  pad,
  truncate,
  truncateMiddle,
  wrap,
} from '../../../src/report/layout/text.ts';
import { MARKS } from '../palette-marks.ts';

describe('text from outside', () => {
  test.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a\ufffd[2Jb'],
    ['a one-byte control sequence', 'a\u009b31mb', 'a\ufffd31mb'],
    ['lines and tabs', 'a\r\nb\tc', 'a b c'],
    ['a change of reading direction', 'a\u202egnp.exe', 'a\ufffdgnp.exe'],
    ['what has no width', 'pay\u200bpal', 'pay\ufffdpal'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
    ['a bell and a backspace', 'a\u0007\u0008', 'a\ufffd\ufffd'],
    ['ordinary letters of any script', 'Größe 日本 ünï', 'Größe 日本 ünï'],
  ])('%s', (_name, text, expected) => {
    expect(plain(text)).toBe(expected);
  });

  test('is cut when it is enormous', () => {
    expect(plain('x'.repeat(10_000))).toHaveLength(601);
  });

  test.each([
    ['a|b', 'a\\|b'],
    ['![x](http://evil)', '\\!\\[x\\](http&#58;//evil)'],
    ['see https://evil.example/x', 'see https&#58;//evil.example/x'],
    ['see www.evil.example', 'see www&#46;evil.example'],
    ['mailto:a@b.example', 'mailto&#58;a&#64;b.example'],
    ['@everyone', '\uff20everyone'],
    ['tell @ops-team now', 'tell \uff20ops-team now'],
    ['x@everyone', 'x\uff20everyone'],
    ['snap-1@us-east-1a', 'snap-1&#64;us-east-1a'],
    ['<script>&', '\\<script\\>&amp;'],
    ['`code` *bold* _it_', '\\`code\\` \\*bold\\* \\_it\\_'],
    ['a\\|b', 'a\\\\\\|b'],
    ['a\n# head', 'a \\# head'],
  ])('%j is no markup in Markdown', (text, expected) => {
    expect(markdown(text)).toBe(expected);
  });
});

test.each([
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['🛟', 2],
])('%s takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%s in %i columns is %s', (text, width, expected) => {
  expect(truncate(text, width)).toBe(expected);
});

test.each([
  ['events/vol-0a1c3e5f70921b4d6', 16, 'events/v…921b4d6'],
  ['short', 16, 'short'],
  ['日本語日本語', 7, '日…本語'],
  ['abcdef', 3, 'ab…'],
])('%s as an id in %i columns is %s', (text, width, expected) => {
  expect(truncateMiddle(text, width)).toBe(expected);
  expect(displayWidth(truncateMiddle(text, width))).toBeLessThanOrEqual(width);
});

test('wraps between words, and inside one that is too long', () => {
  expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
  expect(wrap('x'.repeat(25), 10)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
  expect(wrap('', 10)).toEqual(['']);
  expect(hanging('  a: ', 'one two three four', 15)).toEqual(['  a: one two', '     three four']);
  expect(pad('日', 4, 'right')).toBe('  日');
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

describe('figures', () => {
  test.each([
    [null, '-'],
    [undefined, '-'],
    [Number.POSITIVE_INFINITY, 'never'],
    [7_500, '2 h 05 min'],
  ])('%s seconds are %s', (value, expected) => {
    expect(seconds(value)).toBe(expected);
  });
  test.each([
    [845, '+0:14:05'],
    [-5, '-0:00:05'],
    [0, '+0:00:00'],
    [94_455, '+26:14:15'],
    [2_405.9, '+0:40:05'],
  ])('%i s after the incident is %s', (value, expected) => {
    expect(elapsed(value * 1_000, 0)).toBe(expected);
  });
  test('clock, money, sizes', () => {
    expect(clock(Date.UTC(2026, 10, 20, 3, 14, 5, 678))).toBe('03:14:05');
    expect([usd(0), usd(0.001), usd(12_345.678), usd(null)]).toEqual([
      '0.00 USD',
      '< 0.01 USD',
      '12,345.68 USD',
      '-',
    ]);
    expect([gibibytes(500), gibibytes(1_536), gibibytes(1_048_576)]).toEqual([
      '500 GiB',
      '1.5 TiB',
      '1.0 PiB',
    ]);
  });
});

describe('tables', () => {
  const columns = [{ title: 'name' }, { title: 'GiB', align: 'right' }, { title: 'note' }] as const;

  test('line up with and without colors', () => {
    const rows = [
      ['vol-1', '5', { text: 'fine', paint: MARKS.green }],
      [{ text: '日本', paint: MARKS.red }, '500', ''],
    ];
    expect(renderTable(columns, rows, 80)).toEqual([
      'name   GiB  note',
      'vol-1    5  <green>fine</green>',
      '<red>日本</red>   500  <green></green>'.replace('  <green></green>', ''),
    ]);
  });

  test.each([20, 24, 40, 60])('fit into %i columns', (width) => {
    const rows = [['a-very-long-name-of-a-volume', '1,234', 'a note that is far too long for it']];
    const lines = renderTable(columns, rows, width, PLAIN_PALETTE.dim);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('…');
    expect(lines[1]).toContain('1,234');
  });

  test('a cell cannot break out of its row', () => {
    expect(renderTable(columns, [['a\nb', '1', '\u001b[31m']], 80)[1]).toBe('a b     1  \ufffd[31m');
  });
});
