import { z } from 'zod';
import { describeValue, documentError, formatComplaints } from '../../src/document/complaints.ts';
import { parseDocument, parseWithPlaces } from '../../src/document/parse.ts';
import { MAX_DOCUMENT_BYTES } from '../../src/document/limits.ts';
import { complaintsOf, refusal } from './support.ts';

const schema = z.strictObject({
  apiVersion: z.literal('lifeboat/v1'),
  kind: z.literal('Runbook'),
  name: z.string().optional(),
  count: z.int().min(1).max(9).optional(),
  mode: z.enum(['fast', 'slow']).default('fast'),
  names: z.array(z.string()).min(1).optional(),
  rate: z.union([z.literal('adaptive'), z.number()]).optional(),
  check: z
    .array(
      z.union([
        z.strictObject({ sql: z.string() }),
        z.strictObject({ http: z.string(), status: z.int().optional() }),
      ]),
    )
    .optional(),
  part: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('volume'), zone: z.string() }),
      z.strictObject({ type: z.literal('database'), engine: z.string() }),
    ])
    .optional(),
  tags: z.record(z.string().max(5), z.string()).optional(),
});

const HEAD = 'apiVersion: lifeboat/v1\nkind: Runbook\n';
const parse = (input: string | Uint8Array) => parseDocument(input, 'a.yaml', schema, { kind: 'runbook' });

describe('what does not fit the schema', () => {
  test.each([
    [
      'an unknown key',
      'nmae: x',
      [
        "3:1 unknown key 'nmae'; expected one of apiVersion, kind, name, count, mode, names, rate, check, part, tags [name]",
      ],
    ],
    ['a wrong type', 'names: [a, 1.50]', ['3:12 names[1]: expected text, not 1.5 ["1.50"]']],
    ['text for a list', 'names: a', ["3:8 names: expected a list, not 'a' [[a]]"]],
    ['an empty list', 'names: []', ['3:8 names: expected at least 1 entry, not an empty list']],
    ['an empty value', 'name:', ['3:1 name: expected text, not nothing']],
    ['a number out of range', 'count: 10', ['3:8 count: expected at most 9, not 10']],
    ['a fraction', 'count: 1.5', ['3:8 count: expected a whole number, not 1.5']],
    ['infinity', 'count: .inf', ['3:8 count: expected a number, not Infinity']],
    [
      'a misspelt name of an enumeration',
      'mode: fsat',
      ["3:7 mode: expected one of fast, slow, not 'fsat' [fast]"],
    ],
    [
      'a union of scalars',
      'rate: adaptve',
      ["3:7 rate: expected 'adaptive' or a number, not 'adaptve' [adaptive]"],
    ],
    [
      'the alternative that shares a key',
      'check: [{ http: 5 }]',
      ['3:17 check[0].http: expected text, not 5 ["5"]'],
    ],
    [
      'the alternative whose key is misspelt',
      'check: [{ sqll: x }]',
      ["3:11 check[0]: unknown key 'sqll'; expected sql [sql]"],
    ],
    [
      'no alternative',
      'check: [{ foo: x }]',
      ["3:9 check[0]: expected a mapping with 'sql' or a mapping with 'http', not a mapping with 'foo'"],
    ],
    [
      'no alternative at all',
      'check: [7]',
      ["3:9 check[0]: expected a mapping with 'sql' or a mapping with 'http', not 7"],
    ],
    [
      'a discriminated type',
      'part: { type: volum, zone: a }',
      ["3:15 part.type: expected one of volume, database, not 'volum' [volume]"],
    ],
    [
      'no type',
      'part:\n  zone: a',
      ["4:3 part: the key 'type' is missing; expected one of volume, database"],
    ],
    [
      'a key inside a type',
      'part: { type: volume, zoen: a }',
      ["3:23 part: unknown key 'zoen'; expected one of type, zone [zone]"],
    ],
    [
      'a missing key inside a type',
      'part: { type: database }',
      ["3:7 part: the key 'engine' is missing; expected text"],
    ],
    ['a key of a record', 'tags: { toolong: x }', ['3:9 tags.toolong: expected at most 5 characters']],
    [
      'several at once, in the order of the file',
      'rate: x\ncount: 0',
      ["3:7 rate: expected 'adaptive' or a number, not 'x'", '4:8 count: expected at least 1, not 0'],
    ],
  ])('%s', (_, body, expected) => {
    expect(complaintsOf(() => parse(HEAD + body))).toEqual(expected);
  });

  test('missing keys point at the mapping', () => {
    expect(complaintsOf(() => parse('\n# nothing yet\nname: x\n'))).toEqual([
      "3:1 the key 'apiVersion' is missing; expected 'lifeboat/v1'",
      "3:1 the key 'kind' is missing; expected 'Runbook'",
    ]);
  });
});

describe('another document', () => {
  test.each([
    ['kind: Inventory', '1:7 this is a document of kind Inventory; expected Runbook'],
    ['kind: Runbok', "1:7 unknown kind 'Runbok'; known: Runbook, Inventory; expected Runbook [Runbook]"],
    ['apiVersion: lifeboat/v2\nkind: Runbook', "1:13 unknown apiVersion 'lifeboat/v2'; known: lifeboat/v1"],
    [
      'apiVersion: lifebot/v1\nkind: Runbook',
      "1:13 unknown apiVersion 'lifebot/v1'; known: lifeboat/v1 [lifeboat/v1]",
    ],
    ['apiVersion: 1', '1:13 unknown apiVersion 1; known: lifeboat/v1'],
  ])('%j is said alone', (text, expected) => {
    expect(complaintsOf(() => parse(`${text}\nnonsense: 1\n`))).toEqual([expected]);
    expect(refusal(() => parse(text)).code).toBe('INVALID_RUNBOOK');
  });
});

describe('what is no acceptable YAML', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['nothing', '', ['1:1 the file is empty']],
    ['white space', ' \n\t\n', ['1:1 the file is empty']],
    ['only comments', '# a\n# b\n', ['1:1 expected a mapping of keys to values at the top']],
    ['a list', '- a\n- b', ['1:1 expected a mapping of keys to values at the top']],
    ['a scalar', 'hello', ['1:1 expected a mapping of keys to values at the top']],
    ['NUL bytes', 'a: b\nc: \u0000', ['2:4 expected text, but the file holds the control character U+0000']],
    [
      'an escape sequence',
      'a: \u001b[2J',
      ['1:4 expected text, but the file holds the control character U+001B'],
    ],
    [
      'invalid UTF-8',
      Uint8Array.of(0xff, 0xfe, 0x41, 0),
      ['1:1 expected UTF-8 text, but the file is binary or in another encoding'],
    ],
    ['two documents', 'a: 1\n---\nb: 2', ["2:1 expected one document, but '---' begins another one here"]],
    [
      'duplicate keys',
      'a: 1\nb: { x: 1, x: 2 }\na: 3',
      [
        "2:12 b: the key 'x' is given twice; the first is on line 2",
        "3:1 the key 'a' is given twice; the first is on line 1",
      ],
    ],
    [
      'dangerous keys',
      '__proto__: { a: 1 }\nb: { constructor: 1, prototype: 2 }',
      [
        "1:1 the key '__proto__' is not allowed",
        "2:6 b: the key 'constructor' is not allowed",
        "2:22 b: the key 'prototype' is not allowed",
      ],
    ],
    [
      'keys that are not text',
      '1: a\ntrue: b\n[x]: c',
      [
        '1:1 expected a key that is text: write "1" in quotes',
        '2:1 expected a key that is text: write "true" in quotes',
        '3:1 expected a key that is text, not an alias, a list or a mapping',
      ],
    ],
    ['a custom tag', 'a: !secret x', ["1:12 a: the tag '!secret' is not supported; write the plain value"]],
    [
      'a known tag of other schemas',
      'a: !!binary aGk=',
      ["1:13 a: the tag 'tag:yaml.org,2002:binary' is not supported; write the plain value"],
    ],
    ['an unknown alias', 'a: *nope', ["1:4 a: the alias '*nope' has no anchor before it"]],
    [
      'an alias of itself',
      'a: &a [*a]',
      ["1:8 a[0]: the alias '*a' contains itself or nests deeper than 64 levels"],
    ],
    ['an unknown directive', '%FOO bar\n---\na: 1', ['1:1 not valid YAML: Unknown directive %FOO']],
  ])('%s', (_, text, expected) => {
    expect(complaintsOf(() => parse(text))).toEqual(expected);
    expect(refusal(() => parse(text)).code).toBe('INVALID_DOCUMENT');
  });

  test('every syntax error is told, with its place', () => {
    const complaints = complaintsOf(() => parse('a: "x\\q"\nb: @y\nc: [1, 2\nd: 1\n'));
    expect(complaints.length).toBeGreaterThanOrEqual(3);
    expect(complaints[0]).toMatch(/^1:6 not valid YAML: Invalid escape sequence/);
    expect(complaints[1]).toMatch(/^2:4 not valid YAML: Plain value cannot start with reserved character @/);
  });

  test.each([
    ['lists', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['open lists', '['.repeat(100_000)],
    ['mappings', '{a: '.repeat(10_000)],
    ['block lists', '- '.repeat(10_000)],
    ['explicit keys', '? '.repeat(10_000)],
  ])('%s nested ten thousand deep', (_, text) => {
    expect(complaintsOf(() => parse(text))[0]).toMatch(/^1:\d+ nested deeper than 64 levels$/);
  });

  test('a file of at most 1 MiB is read, a larger one is not', () => {
    const fill = (bytes: number) => `${HEAD}#${'x'.repeat(bytes - HEAD.length - 1)}`;
    expect(parse(fill(MAX_DOCUMENT_BYTES)).mode).toBe('fast');
    for (const tooLarge of [
      fill(MAX_DOCUMENT_BYTES + 1),
      new Uint8Array(MAX_DOCUMENT_BYTES + 1),
      `#${'ä'.repeat(600_000)}`,
    ]) {
      expect(refusal(() => parse(tooLarge)).code).toBe('FILE_TOO_LARGE');
    }
  });

  test('aliases that explode are refused where they do', () => {
    const levels = Array.from({ length: 20 }, (_, level) => {
      const value = level === 0 ? '[x]' : `[${`*a${level - 1}, `.repeat(9)}*a${level - 1}]`;
      return `a${level}: &a${level} ${value}`;
    });
    const complaints = complaintsOf(() => parse(levels.join('\n')));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/expands the document to more than 100000 values/);
  });
});

test('aliases, merge keys and core tags mean what YAML 1.2 says', () => {
  const text = `${HEAD}names: &n [a, !!str 1]\ncheck: [{ sql: *s }]\n`;
  expect(complaintsOf(() => parse(text))).toHaveLength(1);
  const parsed = parse(`${HEAD}name: &s yes\nnames: [*s, !!str 1]\ncheck: [{ sql: *s }]\n`);
  expect(parsed).toMatchObject({ name: 'yes', names: ['yes', '1'], check: [{ sql: 'yes' }] });
  expect(complaintsOf(() => parse(`${HEAD}tags: { <<: { a: b } }\n`))[0]).toMatch(/tags\.<<: expected text/);
});

test('an anchor given twice means the nearest one before, also inside another alias', () => {
  const text = `${HEAD}names: &l [&s first, *s]\ntags: { a: &s second, b: *s }\ncheck: [{ sql: *s }]\n`;
  expect(parse(text)).toMatchObject({
    names: ['first', 'first'],
    tags: { a: 'second', b: 'second' },
    check: [{ sql: 'second' }],
  });
});

test('a byte-order mark and Windows line ends do no harm', () => {
  expect(parse(new TextEncoder().encode(`\uFEFF${HEAD}name: x\r\n`)).name).toBe('x');
  expect(complaintsOf(() => parse(`\uFEFF${HEAD.replaceAll('\n', '\r\n')}count: 0\r\n`))).toEqual([
    '3:8 count: expected at least 1, not 0',
  ]);
});

test('contradictions are told together with what does not fit the schema', () => {
  const contradictions = () => [{ path: ['name'], part: 'key' as const, message: 'a bad name' }];
  const attempt = () =>
    parseDocument(`${HEAD}name: x\ncount: 0`, 'a.yaml', schema, { kind: 'runbook', contradictions });
  expect(complaintsOf(attempt)).toEqual(['3:1 a bad name', '4:8 count: expected at least 1, not 0']);
});

test('places are found for whole paths, and for what is around a path that leads nowhere', () => {
  const { placeOf } = parseWithPlaces(`${HEAD}check:\n  - sql: x\n  - { http: y }\n`, 'a.yaml', schema, {
    kind: 'runbook',
  });
  const at = (path: (string | number)[], part?: 'key') => {
    const { line, column } = placeOf(path, part);
    return [line, column];
  };
  expect(at(['check', 0, 'sql'])).toEqual([4, 10]);
  expect(at(['check', 0, 'sql'], 'key')).toEqual([4, 5]);
  expect(at(['check', 1, 'status'])).toEqual([5, 5]);
  expect(at(['check', 7])).toEqual([4, 3]);
  expect(at([])).toEqual([1, 1]);
});

describe('how complaints are shown', () => {
  test('one a line, the rest counted', () => {
    const complaints = Array.from({ length: 60 }, (_, index) => ({
      place: { file: 'a.yaml', line: 60 - index, column: 1 },
      message: `wrong ${60 - index}`,
      ...(index === 59 ? { suggestion: 'right' } : {}),
    }));
    const error = documentError('INVALID_RUNBOOK', 'runbook', 'a.yaml', complaints);
    const lines = formatComplaints(error).split('\n');
    expect(lines).toHaveLength(51);
    expect(lines[0]).toBe("a.yaml:1:1: wrong 1 - did you mean 'right'?");
    expect(lines.at(-1)).toBe('and 10 more');
    expect(error.complaints).toHaveLength(60);
    expect(error.at).toEqual({ file: 'a.yaml', line: 1, column: 1 });
    expect(formatComplaints(error, 100).split('\n')).toHaveLength(60);
  });

  test.each([
    ['\u001b[2J\u202e', "'\\u{1b}[2J\\u{202e}'"],
    ['x'.repeat(100), `'${'x'.repeat(57)}...'`],
    [{ a: 1, b: 2, c: 3, d: 4 }, "a mapping with 'a', 'b', 'c' ..."],
    [{}, 'an empty mapping'],
    [null, 'nothing'],
  ])('%j is quoted safely', (value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });
});
