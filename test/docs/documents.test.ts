import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { INVENTORY_LIMITS, RUNBOOK_LIMITS } from '../../src/document/limits.ts';
import { MAKING_FAULTS_PER_SOURCE } from '../../src/simulator/faults.ts';
import { retryPolicy } from '../../src/workflow/retry.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { chapter, fences, PAGES, read, ROOT } from './support.ts';

type Node = Readonly<Record<string, unknown>>;

/** Every key that a document may have, as a path such as `resources[].id`, and whether it is required there. */
function keysOf(node: Node, path = ''): Map<string, boolean> {
  const keys = new Map<string, boolean>();
  const add = (found: ReadonlyMap<string, boolean>): void => {
    for (const [key, required] of found) keys.set(key, required && (keys.get(key) ?? true));
  };
  const required = new Set((node['required'] as string[] | undefined) ?? []);
  for (const [key, inner] of Object.entries((node['properties'] as Record<string, Node> | undefined) ?? {})) {
    const here = path === '' ? key : `${path}.${key}`;
    add(new Map([[here, required.has(key)]]));
    add(keysOf(inner, here));
  }
  if (node['items'] !== undefined) add(keysOf(node['items'] as Node, `${path}[]`));
  for (const branch of ['oneOf', 'anyOf', 'allOf'])
    for (const inner of (node[branch] as Node[] | undefined) ?? []) add(keysOf(inner, path));
  return keys;
}

/** The keys in the tables of a page; `*` marks the required ones. */
function documentedKeys(page: string): Map<string, boolean> {
  const lines = [...read(page).matchAll(/^\| `([\w.[\]]+)`( \*)? \|/gm)];
  const keys = lines.map(([, key = '', star]) => [key, star !== undefined] as const);
  expect(keys.length).toBe(new Set(keys.map(([key]) => key)).size);
  return new Map(keys);
}

const lines = (keys: ReadonlyMap<string, boolean>): readonly string[] =>
  [...keys].map(([key, required]) => `${key}${required ? ' *' : ''}`).toSorted();

/** Lists of texts are one key: their elements have none. */
test('every key of a runbook is in docs/runbooks.md, and no other', () => {
  const documented = documentedKeys('docs/runbooks.md');
  // The table of strategies begins with the types.
  for (const type of ['ebs-volume', 'rds-instance', 'aurora-cluster']) documented.delete(type);
  expect(lines(documented)).toEqual(lines(withLists(keysOf(runbookJsonSchema()), documented)));
});

test('every key of an inventory is in docs/inventories.md, and no other', () => {
  const schema = z.toJSONSchema(inventorySchema, { io: 'input', unrepresentable: 'any' }) as Node;
  const documented = documentedKeys('docs/inventories.md');
  expect(lines(documented)).toEqual(lines(withLists(keysOf(schema), documented)));
});

/** A list whose entries are described one by one needs no line of its own. */
function withLists(
  keys: Map<string, boolean>,
  documented: ReadonlyMap<string, boolean>,
): Map<string, boolean> {
  for (const key of [...keys.keys()]) {
    const hasEntries = [...keys.keys()].some((other) => other.startsWith(`${key}[].`));
    if (hasEntries && !documented.has(key)) keys.delete(key);
  }
  return keys;
}

test('the YAML of the pages is valid', () => {
  let count = 0;
  for (const page of PAGES) {
    for (const text of fences(page, 'yaml')) {
      count += 1;
      if (text.includes('kind: Inventory')) parseInventory(text, page);
      else parseRunbook(text, page);
    }
  }
  expect(count).toBeGreaterThanOrEqual(3);
});

test('every problem that a plan can have is in docs/planning.md with its severity, and no other', () => {
  const listed = [...chapter('docs/planning.md', '### Problems').matchAll(/^\| `([A-Z_]+)` \| (\w+) \|/gm)];
  const folder = join(ROOT, 'src/plan');
  const sources = [
    ...readdirSync(folder).map((name) => join(folder, name)),
    join(ROOT, 'src/cli/prepare.ts'),
  ];
  const codes = sources
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bcode: '([A-Z_]+)'/g)].map(([, code]) => code),
    );
  expect(listed.map(([, code]) => code).toSorted()).toEqual([...new Set(codes)].toSorted());
  expect(listed.every(([, , severity]) => ['error', 'warning', 'info'].includes(severity ?? ''))).toBe(true);
});

test('figures in the text are those of the program', () => {
  const figure = (file: string, pattern: RegExp): string =>
    pattern.exec(read(file))?.[1] ?? `no ${pattern} in ${file}`;
  const simulator = read('docs/simulator.md').replace(/\s+/g, ' ');
  const mebibytes = (bytes: number): string => `${bytes / 1_048_576} MiB`;
  expect(read('docs/runbooks.md')).toContain(`runbooks over ${mebibytes(RUNBOOK_LIMITS.maxBytes)}`);
  expect(read('docs/inventories.md')).toContain(
    `at most ${mebibytes(INVENTORY_LIMITS.maxYamlBytes)} of YAML, or ${mebibytes(INVENTORY_LIMITS.maxBytes)} of JSON`,
  );
  const seeds = figure('test/simulation/storm.test.ts', /const SEEDS = (\d+);/);
  const crashSeeds = figure('test/simulation/crashes.test.ts', /const SEEDS = (\d+);/);
  expect(simulator).toContain(`${seeds} seeds under \`storm\` and ${crashSeeds} with crashes`);
  expect(simulator).toContain(
    `dies at most ${figure('src/hosts/simulation.ts', /const MAX_CRASHES = (\d+);/)} times`,
  );
  expect(MAKING_FAULTS_PER_SOURCE).toBe(3);
  expect(simulator).toContain('meets at most three of the faults of things made');
  const operating = read('docs/operating.md').replace(/\s+/g, ' ');
  const attempts = (name: 'throttled' | 'transient' | 'capacity' | 'busy'): string =>
    String(retryPolicy(name)?.attempts.toLocaleString('en-US'));
  expect(/credentials ([\d,]+) attempts/.exec(operating)?.[1]).toBe(attempts('throttled'));
  expect(/errors inside AWS ([\d,]+);/.exec(operating)?.[1]).toBe(attempts('transient'));
  expect(/capacity or quota ([\d,]+),/.exec(operating)?.[1]).toBe(attempts('capacity'));
  expect(/database that is busy ([\d,]+),/.exec(operating)?.[1]).toBe(attempts('busy'));
});

test('the policy of docs/operating.md allows every operation that is asked for, and no other of these services', () => {
  const policy = JSON.parse(fences('docs/operating.md', 'json')[0] ?? '') as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const allowed = policy.Statement.flatMap(({ Action }) => Action).filter(
    // What AWS asks for on its own account.
    (action) => !/^(iam:|kms:(?!Describe))/.test(action),
  );
  const folder = join(ROOT, 'src/aws');
  const asked = readdirSync(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/new (\w+)Command\(/g)].map(
      ([, operation]) => operation,
    ),
  );
  // Only where the mark of a run is a tag: the page tells of them apart.
  const onTags = new Set(['DeleteTags', 'RemoveTagsFromResource']);
  const wanted = [...new Set(asked)].filter((operation) => !onTags.has(operation ?? ''));
  expect(allowed.map((action) => action.split(':')[1]).toSorted()).toEqual(wanted.toSorted());
});
