import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RESERVE_SHARE } from '../../src/backfill/base/room.ts';
import { MOST_BODY_BYTES } from '../../src/backfill/classes/payload.ts';
import { TOLERANCE_BLIND } from '../../src/backfill/control/adaptive.ts';
import { START } from '../../src/backfill/control/climb.ts';
import { TOLERATED_BAD } from '../../src/backfill/control/replay-view.ts';
import {
  HEADROOM,
  IMPLIED_FACTOR,
  FEWEST_ERRORS,
  SLOW_SECONDS,
  SLOW_PERIODS,
  PAUSE_SECONDS,
  PAUSE_PERIODS,
} from '../../src/backfill/control/traffic-view.ts';
import { MAX_HEADERS } from '../../src/backfill/formats/json-payload.ts';
import { MAX_TEXT_LENGTH } from '../../src/backfill/ledger/entries.ts';
import { DELAY_SECONDS } from '../../src/backfill/live-traffic/balancer-reader.ts';
import { CONCLUSIVE_ERRORS } from '../../src/backfill/outages/elevated.ts';
import { TRAFFIC_BUCKETS, LONGEST_GAP_MS } from '../../src/backfill/outages/find-windows.ts';
import { NEARBY_BUCKETS, AT_MOST_BY_CHANCE } from '../../src/backfill/outages/noise.ts';
import { EMPTY_POLLS } from '../../src/backfill/queue/queue-end.ts';
import { MOST_HELD, MOST_HELD_BYTES, VISIBILITY_SECONDS } from '../../src/backfill/queue/sqs-source.ts';
import { LONGEST_RETRY_AFTER_SECONDS } from '../../src/backfill/replay/back-off.ts';
import { BAD_IN_A_ROW, LONGEST_PAUSE_SECONDS } from '../../src/backfill/replay/breaker.ts';
import { MOST_WAITING, MOST_PARKED } from '../../src/backfill/replay/engine.ts';
import { MOST_BYTES } from '../../src/backfill/replay/intake.ts';
import { MOST_KEPT_OPEN } from '../../src/backfill/sources/local-logs.ts';
import { MOST_SOURCES } from '../../src/backfill/sources/text-sources.ts';
import { MOST_BEGINNINGS } from '../../src/backfill/survey/repeats.ts';
import { MOST_OF_A_SOURCE } from '../../src/backfill/survey/samples.ts';
import { LONGEST_LINE_BYTES } from '../../src/backfill/survey/survey-bytes.ts';
import { MOST_READ_BYTES } from '../../src/backfill/targets/http-connection.ts';
import { MOST_BYTES as MOST_BYTES_OF_SQS } from '../../src/backfill/targets/sqs.ts';
import { MAX_CRASHES } from '../../src/hosts/simulated-restarts.ts';
import { INVENTORY_LIMITS, RUNBOOK_LIMITS } from '../../src/document/limits.ts';
import { MAKING_FAULTS_PER_SOURCE } from '../../src/simulator/chance/faults.ts';
import { PROBLEM_CODES } from '../../src/plan/problem-codes.ts';
import { retryPolicy } from '../../src/facts/retries.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { IN_A_FUNCTION } from '../../src/hosts/lambda/cloud-backfill.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { CRASH_SEEDS, STORM_SEEDS } from '../simulation/seeds.ts';
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
  expect(listed.map(([, code]) => code).toSorted()).toEqual(PROBLEM_CODES.toSorted());
  expect(listed.every(([, , severity]) => ['error', 'warning', 'info'].includes(severity ?? ''))).toBe(true);
});

test('figures in the text are those of the program', () => {
  const simulator = read('docs/simulator.md').replace(/\s+/g, ' ');
  const mebibytes = (bytes: number): string => `${bytes / 1_048_576} MiB`;
  expect(read('docs/runbooks.md')).toContain(`runbooks over ${mebibytes(RUNBOOK_LIMITS.maxBytes)}`);
  expect(read('docs/inventories.md')).toContain(
    `at most ${mebibytes(INVENTORY_LIMITS.maxYamlBytes)} of YAML, or ${mebibytes(INVENTORY_LIMITS.maxBytes)} of JSON`,
  );
  expect(simulator).toContain(`${STORM_SEEDS} seeds under \`storm\` and ${CRASH_SEEDS} with crashes`);
  expect(simulator).toContain(`dies at most ${MAX_CRASHES} times`);
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

/** Permissions are named after what is done; some operations are called otherwise. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  ListObjectsV2: 'ListBucket',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  DeleteMessageBatch: 'DeleteMessage',
  SendMessageBatch: 'SendMessage',
};

// Policies are compared with the source: each request is a class of the SDK, written where it is sent, and a list kept beside the requests could miss one.
test('its policy for backfills allows what a backfill asks for, and nothing else', () => {
  const policy = JSON.parse(fences('docs/operating.md', 'json')[1] ?? '') as {
    readonly Statement: readonly { readonly Action: string | readonly string[] }[];
  };
  const allowed = new Set(
    policy.Statement.flatMap(({ Action }) => Action).map((action) => action.split(':')[1]),
  );
  const folder = join(ROOT, 'src/backfill');
  const asked = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/new (\w+)Command\(/g)])
    .map(([, operation = '']) => PERMISSIONS[operation] ?? operation);
  expect([...allowed].toSorted()).toEqual([...new Set(asked)].toSorted());
});

/** A figure of docs/backfill.md: the words of the page, the constant, and the value that the words mean. */
const FIGURES: readonly (readonly [said: string, constant: number, value: number])[] = [
  ['longer than 1 MiB', LONGEST_LINE_BYTES, 1_024 * 1_024],
  ['Up to 20 of each kind and source', MOST_OF_A_SOURCE, 20],
  ['Beyond 256 files', MOST_KEPT_OPEN, 256],
  ['of the first 256 logs', MOST_BEGINNINGS, 256],
  ['5 %, at most 1 GiB', RESERVE_SHARE, 0.05],
  ['10,000 files and objects', MOST_SOURCES, 10_000],
  ['at most 1,000. A line break', MAX_HEADERS, 1_000],
  ['At most 2,000 messages or 64 MiB', MOST_HELD, 2_000],
  ['At most 2,000 messages or 64 MiB', MOST_HELD_BYTES, 64 * 1_024 * 1_024],
  ['(two minutes at a time', VISIBILITY_SECONDS, 120],
  ['two polls without news', EMPTY_POLLS, 2],
  ['until eight errors should have come', CONCLUSIVE_ERRORS, 8],
  ['six hours or twice its own length', NEARBY_BUCKETS, 360],
  ['once in ten million tries', AT_MOST_BY_CHANCE, 1e-7],
  ['traffic in three buckets on either side', TRAFFIC_BUCKETS, 3],
  ['at most a week', LONGEST_GAP_MS, 7 * 86_400_000],
  ['honored, up to an hour', LONGEST_RETRY_AFTER_SECONDS, 3_600],
  ['After 20 bad outcomes in a row', BAD_IN_A_ROW, 20],
  ['at most 15 s apart', LONGEST_PAUSE_SECONDS, 15],
  ['begins with ten a second', START, 10],
  ['end within ten minutes', IN_A_FUNCTION.longestScanMs ?? 0, 600_000],
  ['its fate for a minute', IN_A_FUNCTION.rest?.afterMs ?? 0, 60_000],
  ['looks again five minutes later', IN_A_FUNCTION.rest?.lengthMs ?? 0, 300_000],
  ['set point is 70 % of the declared', HEADROOM, 0.7],
  ['twice the p99 before', IMPLIED_FACTOR, 2],
  ['at least three) halve', FEWEST_ERRORS, 3],
  ['for five seconds, or four periods', SLOW_SECONDS, 5],
  ['for five seconds, or four periods', SLOW_PERIODS, 4],
  ['After 30 s, or five periods', PAUSE_SECONDS, 30],
  ['After 30 s, or five periods', PAUSE_PERIODS, 5],
  ['twice their unloaded latency', TOLERANCE_BLIND, 2],
  ['5 % of them may fail', TOLERATED_BAD, 0.05],
  ['**coarse**: three minutes', DELAY_SECONDS, 180],
  ['At most 16 MiB of bodies', MOST_BYTES, 16 * 1_024 * 1_024],
  ['100,000 requests wait for another attempt', MOST_WAITING, 100_000],
  ['100,000 behind others', MOST_PARKED, 100_000],
  ['256 KiB are read', MOST_READ_BYTES, 256 * 1_024],
  ['some 500 characters kept', MAX_TEXT_LENGTH, 500],
  ['A message to SQS has at most 1 MiB', MOST_BYTES_OF_SQS, 1_048_576],
  ['bodies of up to 1 MiB', MOST_BODY_BYTES, 1_048_576],
];

test.each(FIGURES)('docs/backfill.md says "%s" as the program has it', (said, constant, value) => {
  expect(read('docs/backfill.md').replace(/\s+/g, ' ')).toContain(said);
  expect(constant).toBe(value);
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
  const asked = globSync('**/*.ts', { cwd: folder }).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/new (\w+)Command\(/g)].map(
      ([, operation]) => operation,
    ),
  );
  // Only where the claim of a run is a tag: the page tells of them apart.
  const onTags = ['DeleteTags', 'RemoveTagsFromResource'];
  // Only functions in the cloud act in a role.
  const elsewhere = new Set([...onTags, 'AssumeRole']);
  const wanted = [...new Set(asked)].filter((operation) => !elsewhere.has(operation ?? ''));
  expect([...new Set(allowed.map((action) => action.split(':')[1]))].toSorted()).toEqual(wanted.toSorted());
});
