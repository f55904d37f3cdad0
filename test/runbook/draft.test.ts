import { readFileSync } from 'node:fs';
import { fc } from '../property.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { draftRunbook } from '../../src/runbook/draft.ts';
import { inComment, scalar, slug } from '../../src/runbook/draft-names.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { unsupportedParts } from '../../src/runbook/support.ts';
import { dbInstance, inventoryOf, snapshot, volume } from '../inventory/builder.ts';

const parse = (text: string) => parseRunbook(text, 'draft.yaml').runbook;
const draft = (account: Inventory) => draftRunbook({ name: 'orders', region: 'us-east-1', account });

/** A line that counts once its # is taken away, with what stands before and after the #. */
const EXAMPLE = /^( *)#((?! \S)(?=\S| {2}).*)$/;
const switchedOn = (line: string) => line.replace(EXAMPLE, '$1$2');

/** Ids of what the runbook recovers; a volume that two selectors match is there twice. */
function recovered(text: string, account: Inventory): readonly string[] {
  const { members, missing } = selectMembers(parse(text), unite(account, undefined));
  expect(missing).toEqual([]);
  return members.map(({ sourceId }) => sourceId);
}

test.each(['orders', 'cold-restore'])('the reference inventory %s gives a runbook for all of it', (name) => {
  const account = parseInventory(readFileSync(`runbooks/inventories/${name}.yaml`), name);
  const { text } = draft(account);
  expect(recovered(text, account).toSorted()).toEqual(
    [...account.volumes, ...account.dbInstances.filter(({ replicaOf }) => replicaOf === undefined)]
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(unsupportedParts(parse(text), 'restore')).toEqual([]);
});

test('a template parses, and would start', () => {
  const { text, resources } = draftRunbook({ name: 'main', region: 'eu-central-1' });
  expect(parse(text)).toMatchObject({ name: 'main', region: 'eu-central-1' });
  expect(resources).toBe(0);
  expect(unsupportedParts(parse(text), 'restore')).toEqual([]);
});

describe('its examples', () => {
  const { text } = draft(
    inventoryOf({
      volumes: [volume('vol-1', { app: 'events' }), volume('vol-2', { app: 'events' })],
      dbInstances: [dbInstance('orders')],
      dbClusters: [{ id: 'search', engine: 'aurora-postgresql', engineVersion: '16.4' }],
    }),
  );
  const lines = text.split('\n');

  test('are valid all together', () => {
    const runbook = parse(lines.map(switchedOn).join('\n'));
    expect(runbook.resources.map(({ id }) => id)).toEqual(['orders', 'events', 'search']);
    expect(runbook.resources[1]?.dependsOn).toEqual(['orders']);
    expect(runbook.gates).toHaveLength(3);
    expect(runbook).toMatchObject({
      owner: 'orders-oncall',
      objectives: { dataComplete: 604_800, availability: 99.5 },
      limits: { costUsd: 500 },
      manual: [{ name: 'tell-support' }],
      forensics: true,
      protection: { recoveryPoint: true },
      scope: { tags: { app: 'example' } },
      dependencies: [{ name: 'login' }],
      backfill: { sources: [{ format: 'capture' }], replay: { rate: 'adaptive', live: { p99: 0.3 } } },
      notify: [{ webhook: { env: 'LIFEBOAT_WEBHOOK' } }, { sns: expect.stringMatching(/^arn:/) }],
      drill: { schedule: expect.any(String), isolation: { subnetGroup: 'drill' } },
    });
  });

  test('are valid one by one', () => {
    const starts = lines.flatMap((line, index) =>
      EXAMPLE.test(line) && !EXAMPLE.test(lines[index - 1] ?? '') ? [index] : [],
    );
    expect(starts.length).toBeGreaterThan(10);
    for (const start of starts) {
      const length = lines.slice(start).findIndex((line) => !EXAMPLE.test(line));
      const some = lines.map((line, index) =>
        index >= start && (length === -1 || index < start + length) ? switchedOn(line) : line,
      );
      expect(() => parse(some.join('\n'))).not.toThrow();
    }
  });
});

test('a replica is a way back, not a resource; what belongs to a cluster or a drill is none either', () => {
  const { text } = draft(
    inventoryOf({
      volumes: [volume('vol-d', { 'lifeboat:make': 'drill/lazy/1.1.1' })],
      dbInstances: [
        dbInstance('orders'),
        { ...dbInstance('orders-copy'), replicaOf: 'orders' },
        { ...dbInstance('far-copy'), replicaOf: 'elsewhere' },
        { ...dbInstance('search-1'), clusterId: 'search' },
      ],
    }),
  );
  expect(parse(text).resources.map(({ source }) => source)).toEqual(['orders']);
  expect(text).toContain('orders-copy is a replica of it: promote-replica');
  expect(text).toContain('# Not named here: 1 replicas of DB instances that are elsewhere.');
});

test('without automated backups a point in time is not promised', () => {
  const kept = inventoryOf({
    dbInstances: [{ ...dbInstance('a'), backupRetentionDays: 7 }, dbInstance('b')],
  });
  expect(parse(draft(kept).text).resources.map(({ strategies }) => strategies)).toEqual([
    ['point-in-time', 'restore-snapshot'],
    ['restore-snapshot'],
  ]);
});

test('no volume is recovered twice, however its tags overlap', () => {
  const account = inventoryOf({
    volumes: [
      volume('vol-1', { app: 'shop', service: 'cart' }),
      volume('vol-2', { app: 'shop', service: 'pay' }),
      volume('vol-3', { service: 'cart' }),
      volume('vol-4', { service: 'cart', Name: 'lonely' }),
      volume('vol-5', { Name: 'lonely' }),
      volume('vol-6', { Name: 'only' }),
      volume('vol-7', { app: '' }),
      volume('vol-8', { app: '' }),
    ],
  });
  const { text } = draft(account);
  expect(recovered(text, account).toSorted()).toEqual(account.volumes.map(({ id }) => id));
  expect(parse(text).resources.map(({ id }) => id)).toEqual([
    'lonely',
    'shop',
    'vol-3',
    'only',
    'vol-7',
    'vol-8',
  ]);
});

test('a draft says which volumes nothing can bring back', () => {
  const account = inventoryOf({
    volumes: [volume('vol-1', { app: 'a' }), volume('vol-2', { app: 'a' }), volume('vol-3'), volume('vol-4')],
    snapshots: [snapshot('snap-1', 'vol-1'), snapshot('snap-4', 'vol-4')],
  });
  expect(draft(account).text.match(/.*no snapshot.*/g)).toEqual([
    '  # 1 of them has no snapshot: nothing can bring that back.',
    '  # 100 GiB; no snapshot: nothing can bring it back.',
  ]);
});

test('thousands of volumes give a file that a person can read, and nothing is left out in silence', () => {
  const account = inventoryOf({
    volumes: Array.from({ length: 5_000 }, (_, index) =>
      volume(`vol-${index}`, index < 4_000 ? { app: `app-${index % 100}` } : {}),
    ),
    dbInstances: Array.from({ length: 120 }, (_, index) => dbInstance(`db-${index}`)),
  });
  const { text, resources } = draft(account);
  expect([resources, parse(text).resources.length]).toEqual([150, 150]);
  expect(text.length).toBeLessThan(60_000);
  expect(text.match(/# Not named here: .*/g)).toEqual([
    '# Not named here: 70 more DB instances.',
    '# Not named here: 50 more groups of volumes that share a tag.',
    '# Not named here: 950 more volumes that share no such tag with another: tag them, and select them by it.',
  ]);
});

test('a Region that is none of AWS is not written into the runbook', () => {
  const { text } = draftRunbook({ name: 'orders', region: 'mars\n#', account: inventoryOf({}) });
  expect(parse(text).region).toBe('us-east-1');
  expect(text).toContain('# mars# is no Region of AWS');
});

test('whatever an inventory holds, the draft parses, names all of it and has ids of its own', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }).filter((id) => id.length <= 255);
  const tagKey = fc.oneof(fc.constantFrom('app', 'App', 'Name', 'service', 'constructor'), name);
  const tagValue = fc.oneof(
    fc.constantFrom('orders', 'yes', '1e3', '~', ' #'),
    fc.string({ unit: 'binary' }),
  );
  const tags = fc.dictionary(tagKey, tagValue, { maxKeys: 4 });
  const things = fc.record({
    volumes: fc.uniqueArray(fc.record({ id: name, tags }), { selector: ({ id }) => id, maxLength: 12 }),
    dbInstances: fc.uniqueArray(fc.record({ id: name, engine: name, retention: fc.nat(2) }), {
      selector: ({ id }) => id,
      maxLength: 6,
    }),
    dbClusters: fc.uniqueArray(fc.record({ id: name, engine: name }), {
      selector: ({ id }) => id,
      maxLength: 3,
    }),
  });
  fc.assert(
    fc.property(things, ({ volumes, dbInstances, dbClusters }) => {
      const account = inventoryOf({
        volumes: volumes.map(({ id, tags: own }) => ({ ...volume(id), tags: own })),
        dbInstances: dbInstances.map(({ id, engine, retention }) => ({
          ...dbInstance(id),
          engine,
          backupRetentionDays: retention,
        })),
        dbClusters: dbClusters.map((cluster) => ({ ...cluster, engineVersion: '1' })),
      });
      const { text } = draft(account);
      expect(text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\n)\p{Cc}/u);
      const all = [...account.volumes, ...account.dbInstances].map(({ id }) => id);
      if (all.length > 0) expect(recovered(text, account).toSorted()).toEqual(all.toSorted());
      const everything = parse(text.split('\n').map(switchedOn).join('\n'));
      expect(everything.resources.length).toBeGreaterThanOrEqual(dbInstances.length + dbClusters.length);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['Orders (prod)', 'orders-prod'],
  ['größe', 'gro-e'],
  ['42-days', 'days'],
  ['漢字', undefined],
  ['-', undefined],
  ['x'.repeat(255), 'x'.repeat(40)],
])('%s as an id', (name, id) => {
  expect(slug(name)).toBe(id);
});

test.each([
  ['orders-prod', 'orders-prod'],
  ['yes', '"yes"'],
  ['1e3', '"1e3"'],
  ['a: b #c', '"a: b #c"'],
  ['a\u2028b\u{e0001}', '"a\\u2028b\\U000e0001"'],
])('%j as a scalar', (text, written) => {
  expect(scalar(text)).toBe(written);
});

test('a name in a comment stays on its line, and short', () => {
  expect(inComment('a\nb\u001b[2J')).toBe('ab[2J');
  expect([...inComment('😀'.repeat(255))]).toHaveLength(60);
});
