import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts';

type Node = Record<string, unknown>;
const at = (node: unknown, ...path: (string | number)[]): Node =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], node) as Node;

const schema = runbookJsonSchema();

test('it is a named draft 2020-12 schema of plain JSON', () => {
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.$id).toBe('urn:lifeboat:runbook:v1');
  expect(schema.title).toBe('Lifeboat runbook');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

test('it describes the file as it is written', () => {
  expect(schema.required).toEqual(['apiVersion', 'kind', 'name', 'objectives', 'region', 'resources']);
  expect(schema.additionalProperties).toBe(false);
  expect(at(schema, 'properties', 'apiVersion').const).toBe('lifeboat/v1');
  const rto = at(schema, 'properties', 'objectives', 'properties', 'rto');
  expect(rto.type).toBe('string');
  expect('6h').toMatch(new RegExp(String(rto.pattern)));
  expect('6 hours').not.toMatch(new RegExp(String(rto.pattern)));
  const types = at(schema, 'properties', 'resources', 'items').oneOf as Node[];
  expect(types.map((type) => at(type, 'properties', 'type').const)).toEqual([
    'rds-instance',
    'aurora-cluster',
    'ebs-volume',
  ]);
  expect(at(types[2], 'properties', 'strategies', 'items').enum).toEqual([
    'auto',
    'fsr',
    'provisioned-rate',
    'volume-copy',
    'read-through',
    'lazy',
  ]);
});

test.each(['orders', 'cold-restore', 'web-analytics', 'messaging'])(
  'it knows every key that the reference runbook %s uses',
  (name) => {
    const runbook = parse(readFileSync(`runbooks/${name}.yaml`, 'utf8')) as Node;
    const known = Object.keys(at(schema, 'properties'));
    expect(known).toEqual(expect.arrayContaining(Object.keys(runbook)));
    const types = at(schema, 'properties', 'resources', 'items').oneOf as Node[];
    for (const resource of runbook.resources as Node[]) {
      const type = types.find((candidate) => at(candidate, 'properties', 'type').const === resource.type);
      expect(Object.keys(at(type, 'properties'))).toEqual(expect.arrayContaining(Object.keys(resource)));
      expect(Object.keys(resource)).toEqual(expect.arrayContaining(type?.required as string[]));
    }
  },
);
