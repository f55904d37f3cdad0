import { readFileSync } from 'node:fs';
import { fc } from '../property.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { formatInventory, inventoryDocument } from '../../src/inventory/serialize.ts';
import { inventoryOf, volume } from './builder.ts';

const again = (text: string) => parseInventory(text, 'again.yaml');

test.each(['orders', 'cold-restore'])(
  'the reference inventory %s survives being written and read',
  (name) => {
    const inventory = parseInventory(readFileSync(`runbooks/inventories/${name}.yaml`), name);
    expect(again(formatInventory(inventory))).toEqual(inventory);
  },
);

test('it is written for people: an entry a line, instants as such, nothing that is empty', () => {
  const inventory = inventoryOf({
    zones: ['us-east-1a'],
    snapshots: [
      {
        id: 's',
        volumeId: 'v',
        startedAt: '2026-11-20T02:00:00Z',
        state: 'completed',
        sizeGiB: 1,
        tags: { at: '5' },
      },
    ],
  });
  expect(formatInventory(inventory)).toBe(`apiVersion: lifeboat/v1
kind: Inventory
capturedAt: 2026-11-20T03:00:00Z
account: "000000000000"
region: us-east-1
zones:
  - us-east-1a
snapshots:
  - { id: s, volumeId: v, startedAt: 2026-11-20T02:00:00Z, state: completed, sizeGiB: 1, tier: standard, encrypted: false, tags: { at: "5" } }
`);
});

test('whatever text and settings it holds, it reads back as it was', () => {
  // What AWS allows in names and tags; keys that documents refuse could not come back.
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((value) => !/[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u.test(value));
  const key = text.filter((value) => !['__proto__', 'constructor', 'prototype'].includes(value));
  const tags = fc.dictionary(key, text, { maxKeys: 3, noNullPrototype: true });
  const instant = fc
    .integer({ min: 0, max: 4_000_000_000 })
    .map((second) => new Date(second * 1_000 + (second % 7)).toISOString());
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const snapshot = fc.record({
    id: text,
    volumeId: text,
    startedAt: instant,
    state: fc.constantFrom('pending', 'completed', 'error'),
    sizeGiB: fc.integer({ min: 10, max: 16_384 }),
    fullSizeGiB: maybe(fc.integer({ min: 0, max: 10 })),
    tags,
  });
  const database = fc.record({
    id: text,
    engine: text,
    engineVersion: text,
    class: text,
    storageGiB: fc.integer({ min: 1, max: 1_000 }),
    optionGroup: fc.oneof(fc.constant(null), text),
    securityGroups: fc.array(text, { maxLength: 2 }),
    latestRestorableTime: maybe(instant),
    replicaLagSeconds: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
    tags,
  });
  const lists = fc.record({
    snapshots: fc.uniqueArray(snapshot, { maxLength: 3, selector: ({ id }) => id }),
    dbInstances: fc.uniqueArray(database, { maxLength: 3, selector: ({ id }) => id }),
    quotas: fc.record({
      fsrSnapshots: maybe(fc.nat(9)),
      storageTiB: maybe(fc.dictionary(key, fc.nat(), { noNullPrototype: true })),
    }),
  });
  fc.assert(
    fc.property(lists, (values) => {
      const inventory = inventoryOf({ ...values, asReported: true });
      expect(again(formatInventory(inventory))).toEqual(inventory);
    }),
    { numRuns: 100 },
  );
});

test('a large one is JSON, an entry a line, and is read back equal', () => {
  const inventory = inventoryOf({
    volumes: Array.from({ length: 2_500 }, (_, index) => volume(`vol-${index}`, { app: `a${index}` })),
  });
  const text = formatInventory(inventory);
  expect(Object.keys(JSON.parse(text) as object)).toEqual([
    'apiVersion',
    'kind',
    'capturedAt',
    'account',
    'region',
    'volumes',
  ]);
  expect(text.split('\n').filter((line) => line.includes('vol-'))).toHaveLength(2_500);
  expect(again(text)).toEqual(inventory);
});

test.each([
  '\u0000\u0007\u001b[2J',
  'line\r\nbreak\t',
  '\u007f\u0085\u009f',
  '\u2028\u2029\ufeff',
  '\ud800 alone',
  '\ufeff',
])('names and tags that hold %j come back, and nothing of it stands in the file as it is', (strange) => {
  const named = volume(`${strange}-1`, { [`${strange} key`]: `value ${strange}` });
  const inventory = inventoryOf({ volumes: [{ ...named, kmsKeyId: strange, encrypted: true }] });
  const text = formatInventory(inventory);
  expect(text).not.toMatch(/[^\n -~]/);
  expect(text.split('\n').filter((line) => line.includes('{ id: '))).toHaveLength(1);
  expect(again(text)).toEqual(inventory);
});

test('a few entries with many tags are JSON too, for YAML of that size takes long to read', () => {
  const tags = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`key-${index}`, 'x'.repeat(256)]),
  );
  const inventory = inventoryOf({
    volumes: Array.from({ length: 100 }, (_, index) => volume(`vol-${index}`, tags)),
  });
  const text = formatInventory(inventory);
  expect(text).toMatch(/^\{/);
  expect(again(text)).toEqual(inventory);
});

test('the document of --json says what it is, and is an inventory too', () => {
  const inventory = inventoryOf({ volumes: [volume('vol-1')], gaps: [] });
  const document = inventoryDocument(inventory);
  expect(document).toMatchObject({ schema: 'lifeboat.inventory/v1', capturedAt: '2026-11-20T03:00:00Z' });
  expect(again(JSON.stringify(document))).toEqual(inventory);
  expect(again(JSON.stringify(document))).not.toHaveProperty('schema');
});
