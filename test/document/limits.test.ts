import { fc } from '../property.ts';
import * as z from 'zod';
import { MAX_COMPLAINTS } from '../../src/document/complaints.ts';
import { parseJson } from '../../src/document/json.ts';
import {
  MAX_DOCUMENT_BYTES,
  MAX_INVENTORY_BYTES,
  MAX_INVENTORY_YAML_BYTES,
} from '../../src/document/limits.ts';
import { parseDocument } from '../../src/document/parse.ts';
import { MAX_INNER_ENTRIES } from '../../src/document/tree.ts';
import { complaintsOf, refusal } from './support.ts';

const schema = z.strictObject({
  apiVersion: z.literal('lifeboat/v1'),
  kind: z.enum(['Runbook', 'Inventory']),
  items: z.array(z.strictObject({ id: z.string(), parts: z.array(z.number()).optional() })).optional(),
  note: z.string().optional(),
});
const RUNBOOK = 'apiVersion: lifeboat/v1\nkind: Runbook\n';
const parseRunbook = (text: string) => parseDocument(text, 'a.yaml', schema, { kind: 'runbook' });
const parseInventory = (text: string) => parseDocument(text, 'a.json', schema, { kind: 'inventory' });
const fillTo = (bytes: number, text: string): string => text.repeat(Math.ceil(bytes / text.length));

describe('a file that would take many seconds to refuse is given up', () => {
  test.each([
    ['commas', `a: [${fillTo(700_000, ',')}]`],
    ['closing brackets', fillTo(700_000, ']')],
    ['opening brackets', fillTo(700_000, '[')],
    ['question marks', fillTo(700_000, '?\n')],
    ['empty mappings', `a: [${fillTo(900_000, '{},')}]`],
  ])('%s: by the number of its signs', (_, text) => {
    expect(complaintsOf(() => parseRunbook(text))).toEqual([
      '1:1 more than 629145 words and signs, which no useful file of this size has',
    ]);
  });

  test.each([
    ['escapes that there are not', `a: "${fillTo(20_000, '\\q')}"`],
    ['brackets that close nothing', fillTo(20_000, ']')],
    ['directives', fillTo(20_000, '%x\n')],
    ['tags', `a: [${fillTo(20_000, '!x 1,')}]`],
    ['aliases of nothing', `a: [${fillTo(20_000, '*x,')}]`],
    ['one key again and again', fillTo(20_000, 'a: 1\n')],
    ['keys that are no text', fillTo(20_000, '? [1]\n')],
  ])('%s: after a thousand complaints', (_, text) => {
    const { code, complaints, message } = refusal(() => parseRunbook(text));
    expect(code).toBe('INVALID_DOCUMENT');
    expect(complaints).toHaveLength(MAX_COMPLAINTS);
    expect(message).toContain('(at least 1000 complaints; the first one)');
  });

  test('entries that are all wrong: after a thousand complaints, of which the places are right', () => {
    const text = `${RUNBOOK}items:\n${fillTo(100_000, '  - { idd: a }\n')}`;
    const { code, complaints } = refusal(() => parseRunbook(text));
    expect([code, complaints.length]).toEqual(['INVALID_RUNBOOK', MAX_COMPLAINTS]);
    expect(complaints[10]?.place).toMatchObject({ line: 14 });
  });

  test('a hundred thousand documents: at the second one', () => {
    expect(complaintsOf(() => parseRunbook(fillTo(400_000, 'a: 1\n---\n')))).toEqual([
      "2:1 expected one document, but '---' begins another one here",
    ]);
  });

  test('a list without end inside an entry', () => {
    const text = `${RUNBOOK}items: [{ id: a, parts: [${fillTo(2 * (MAX_INNER_ENTRIES + 1), '1,')}] }]`;
    expect(complaintsOf(() => parseRunbook(text))[0]).toMatch(
      /^3:\d+ items\[0\]\.parts: expected a list of at most 10000 entries$/,
    );
  });
});

describe('long lists', () => {
  const written = (count: number): string =>
    `${RUNBOOK}items:\n${Array.from({ length: count }, (_, index) => `  - { id: i${index} }\n`).join('')}`;

  test('are read whole and in order', () => {
    const { items = [] } = parseRunbook(written(3_500));
    expect(items).toHaveLength(3_500);
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 3_500 }, (_, index) => `i${index}`));
  });

  test('are complained about wherever they are wrong', () => {
    const text = written(3_500).replace('{ id: i2345 }', '{ idd: i2345 }').replace('{ id: i7 }', '{ id: 7 }');
    expect(complaintsOf(() => parseRunbook(text))).toEqual([
      `11:11 items[7].id: expected text, not 7 ["7"]`,
      "2349:7 items[2345]: unknown key 'idd'; expected one of id, parts [id]",
    ]);
  });
});

describe('inventories may be larger', () => {
  const json = (items: number, note = ''): string =>
    JSON.stringify({
      apiVersion: 'lifeboat/v1',
      kind: 'Inventory',
      items: Array.from({ length: items }, (_, index) => ({ id: `item-${index}`.padEnd(80, 'x') })),
      note,
    });
  const large = json(15_000);

  test('as JSON up to 32 MiB', () => {
    expect(large.length).toBeGreaterThan(MAX_DOCUMENT_BYTES);
    expect(parseInventory(large).items).toHaveLength(15_000);
    const note = 'x'.repeat(MAX_INVENTORY_BYTES);
    expect(parseInventory(json(0, note.slice(200))).note).toHaveLength(note.length - 200);
    expect(refusal(() => parseInventory(json(0, note)))).toMatchObject({
      code: 'FILE_TOO_LARGE',
      message: expect.stringContaining('32 MiB'),
    });
    expect(refusal(() => parseRunbook(large)).code).toBe('FILE_TOO_LARGE');
  });

  test('as YAML up to 8 MiB', () => {
    const head = 'apiVersion: lifeboat/v1\nkind: Inventory\nnote: ';
    const yaml = `${head}${'x'.repeat(MAX_INVENTORY_YAML_BYTES - head.length)}`;
    expect(parseInventory(yaml).note?.length).toBeGreaterThan(MAX_DOCUMENT_BYTES);
    expect(refusal(() => parseInventory(`${yaml}x`))).toMatchObject({
      code: 'FILE_TOO_LARGE',
      message: expect.stringContaining('8 MiB'),
      next: expect.stringContaining('JSON'),
    });
  });

  test.each([
    ['a key twice', large.replace('"kind"', '"apiVersion":"lifeboat/v1","kind"'), /given twice/],
    ['a dangerous key', large.replace('"kind"', '"__proto__":{"a":1},"kind"'), /'__proto__' is not allowed/],
    ['a wrong value', large.replace(/"item-9x*"/, '9'), /^1:\d{3,} items\[9\]\.id: expected text/],
    ['no JSON', large.slice(0, -1), /not valid YAML/],
  ])('%s is found with its place', (_, text, words) => {
    const [complaint] = complaintsOf(() => parseInventory(text));
    expect(complaint).toMatch(words);
    expect(complaint).not.toMatch(/^1:1 /);
  });

  test.each([
    ['a wrong value', `${json(1).replace(/"item-0x*"/, '9')}`, /^1:1 items\[0\]\.id: expected text/],
    ['no JSON', '{ "a": 1', /^1:1 not valid JSON/],
    ['nesting', `{ "a": ${'['.repeat(70)}${']'.repeat(70)} }`, /nested deeper than 64/],
    ['an endless list', `{ "a": [${'{},'.repeat(500_000)}{}] }`, /at most 500000 entries/],
    ['an endless list in an entry', `{ "a": [{ "b": [${'1,'.repeat(10_000)}1] }] }`, /at most 10000 entries/],
    ['no mapping', '[1]', /expected a mapping/],
  ])('where YAML would be too slow, %s is found without', (_, text, words) => {
    const padded = `${text}${' '.repeat(MAX_INVENTORY_YAML_BYTES)}`;
    const parse = () => (text.startsWith('{') ? parseInventory(padded) : parseJson(padded, 'a.json'));
    expect(complaintsOf(parse)[0]).toMatch(words);
  });

  test('no key is taken for one that is given twice', () => {
    const key = fc.string().filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, fc.string(), fc.boolean(), tie('list'), tie('mapping')),
      list: fc.array(tie('any'), { maxLength: 3 }),
      mapping: fc.dictionary(key, tie('any'), { maxKeys: 3, noNullPrototype: true }),
    })).mapping;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (mapping, indent) => {
        expect(parseJson(JSON.stringify(mapping, null, indent), 'a.json').value).toEqual(mapping);
      }),
      { numRuns: 200 },
    );
  });

  test('a text full of escapes needs no stack', () => {
    expect(parseJson(`{ "a": "${'\\u0041'.repeat(1_000_000)}" }`, 'a.json').value).toEqual({
      a: 'A'.repeat(1_000_000),
    });
  });
});
