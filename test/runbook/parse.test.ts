import { readFileSync } from 'node:fs';
import { fc } from '../property.ts';
import { stringify } from 'yaml';
import { LifeboatError } from '../../src/errors.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { complaintsOf, marked, refusal } from '../document/support.ts';

const ORDERS = readFileSync('runbooks/orders.yaml', 'utf8');

const HEAD = `apiVersion: lifeboat/v1
kind: Runbook
name: orders
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
`;
const parse = (text: string) => parseRunbook(text, 'orders.yaml');
/** Five lines of head, then `resources:`, then one resource a line from line 7 on. */
const withResources = (...resources: string[]) =>
  `${HEAD}resources:\n${resources.map((r) => `  - { ${r} }\n`).join('')}`;
const volume = (id: string, rest = '') =>
  `id: ${id}, type: ebs-volume, source: vol-${id.replace('§', '')}${rest === '' ? '' : `, ${rest}`}`;
const database = (id: string, rest: string) => `id: ${id}, type: rds-instance, ${rest}`;

test('a small runbook gets its defaults, durations become seconds', () => {
  const { runbook } = parse(withResources(volume('a')));
  expect(runbook.objectives).toEqual({ rto: 21_600, rpo: 7_200 });
  expect(runbook.recoveryPoint).toEqual({ policy: 'before-damage' });
  expect(runbook.resources).toEqual([
    {
      id: 'a',
      type: 'ebs-volume',
      source: 'vol-a',
      strategies: ['auto'],
      readyWhen: 'hydrated',
      dependsOn: [],
      verify: [],
      copies: 1,
    },
  ]);
});

test('every part of the schema is understood', () => {
  const { runbook } = parse(`${HEAD}owner: me
description: all of it
recoveryPoint: { policy: at, at: 2026-11-20T02:00:00Z }
dependencies: [{ name: login, http: https://login.example/health }]
resources:
  - id: db
    type: rds-instance
    source: prod
    strategies: [promote-replica, point-in-time, restore-snapshot]
    warmup: { postgres: { relations: [orders] }, sql: [select 1] }
    verify: [{ sql: "select count(*) > 0 from orders" }, { http: http://x.example/, status: 204, timeout: 5s }]
    target: { class: db.r6g.large, subnetGroup: s, securityGroups: [sg-1] }
  - id: cluster
    type: aurora-cluster
    source: aurora
  - id: events
    type: ebs-volume
    source: { tags: { app: events } }
    strategies: [fsr, provisioned-rate, read-through, lazy]
    readyWhen: available
    warmup: { readThrough: true }
    target: { zone: us-east-1b, attachTo: { instance: i-9, device: /dev/sdg } }
    dependsOn: [db, cluster]
limits: { costUsd: 500 }
gates:
  - { before: cutover, approvals: 2 }
  - { before: restore, window: "Mon-Fri 06:00-10:00 UTC", unless: incident }
  - { before: backfill, freezeFile: freeze }
cutover:
  route53: { zone: Z1, name: orders.example }
  loadBalancer: { listener: l, from: a, to: b }
  steps: [5, 25, 50, 100]
  soak: 5m
  abortWhen: { errorRate: "> 2%", p99: "> 800ms", for: 2m }
backfill:
  sources:
    - { path: logs/*.gz, format: alb }
    - { sqs: https://sqs.example/q, format: json, fields: { time: at, url: request.url, latency: took } }
  failed: [5xx, 429, "499"]
  identity: ["header:x-request-id", url]
  windows:
    bucket: 30s
    begin: 2%
    end: 1%
    quiet: 10m
    minErrors: 3
    minRequests: 10
    gap: 2m
    given: [{ from: 2026-11-20T02:00:00Z, to: 2026-11-20T03:00:00Z, include: all }]
    scope: windows
  clients:
    - name: ios
      userAgent: "*iPhone*"
      sdk: orders-ios
      version: ">=7.0.0"
      path: [/v1/*, /v2/*]
      method: POST
      header: { X-App: orders }
      query: { v: ["7", "8"] }
      body: { event.type: [order, return] }
      behaviour: retries-forever
    - { name: web, path: /web/*, behaviour: retries, horizon: 30s, replay: false, why: because }
    - { name: hook, behaviour: gives-up, switchesOffAfter: 21 }
  replay:
    target: https://orders.example
    rate: adaptive
    maxRate: 500
    connections: 8
    orderBy: cookie:session
    idempotencyKey: X-Key
    ambiguous: report
    timeout: 5s
    attempts: 5
    backoff: { first: 100ms, longest: 10s }
    retryBudget: 5%
    rewrite:
      host: orders.example
      headers: { Authorization: { env: TOKEN, prefix: "Bearer " }, X-Secret: { ssm: /orders/secret }, Cookie: null }
      path: { /v1/: /v2/ }
      time: { in: "query:t", as: original, format: seconds }
    live: { loadBalancer: app/orders/0123456789abcdef, p99: 300ms, errorRate: 0.5%, every: 10s }
notify: [{ webhook: https://chat.example/hook }, { sns: "arn:aws:sns:us-east-1:1:t" }]
drill: { schedule: "cron(0 6 ? * MON *)", isolation: { zone: us-east-1b, subnetGroup: drill } }
`);
  expect(runbook.cutover?.soak).toBe(300);
  expect(runbook.recoveryPoint.at).toBe(Date.UTC(2026, 10, 20, 2));
  expect(runbook.resources.map(({ id }) => id)).toEqual(['db', 'cluster', 'events']);
  const { failed = [], clients = [], windows, replay } = runbook.backfill ?? {};
  expect(failed).toEqual(['5xx', '429', '499']);
  expect(clients.map(({ path, horizon }) => [path, horizon])).toEqual([
    [['/v1/*', '/v2/*'], undefined],
    [['/web/*'], 30],
    [undefined, undefined],
  ]);
  expect(clients[0]).toMatchObject({ method: ['POST'], header: { 'x-app': ['orders'] }, replay: true });
  expect(windows).toMatchObject({ bucket: 30, begin: 2, end: 1, quiet: 600 });
  expect(replay).toMatchObject({ backoff: { first: 0.1, longest: 10 }, idempotencyKey: 'x-key' });
  expect(Object.keys(replay?.rewrite.headers ?? {})).toEqual(['authorization', 'x-secret', 'cookie']);
});

test('a backfill gets its defaults', () => {
  const { runbook } = parse(
    `${withResources(volume('a'))}backfill: { sources: [{ path: x }], replay: { target: https://a.example } }`,
  );
  expect(runbook.backfill).toMatchObject({
    failed: ['5xx'],
    windows: { bucket: 60, begin: 1, end: 0.5, given: [], scope: 'all' },
    clients: [],
    replay: { rate: 'adaptive', idempotencyKey: true, attempts: 10, retryBudget: 10 },
  });
  expect(runbook.backfill?.identity).toBeUndefined();
});

describe('contradictions, each where the mark stands', () => {
  test.each<[string, string, string[]]>([
    [
      'duplicate ids',
      withResources(volume('a'), volume('b'), volume('§a', 'restoreAs: c')),
      ["resources[2].id: 'a' is already the id of resource 1 of the list"],
    ],
    [
      'one source or selector twice',
      withResources(
        'id: a, type: ebs-volume, source: vol-1, strategies: [auto]',
        'id: b, type: ebs-volume, source: §vol-1, strategies: [auto]',
        'id: c, type: ebs-volume, source: vol-1, strategies: [auto], restoreAs: other',
        'id: d, type: ebs-volume, source: { tags: { app: x } }, strategies: [auto]',
        'id: e, type: ebs-volume, source: §{ tags: { app: x } }, strategies: [auto]',
      ),
      [
        "resources[1].source: resource 1 of the list recovers 'vol-1' under the same name; give one of them restoreAs",
        'resources[4].source: resource 4 of the list recovers the same selector; leave one of them out',
      ],
    ],
    [
      'lazy where the volume must be hydrated',
      withResources(volume('a', 'strategies: [fsr, §lazy]')),
      [
        "resources[0].strategies[1]: lazy never loads all of a volume: expected 'readyWhen: available' beside it",
      ],
    ],
    [
      'an unknown dependency',
      withResources(volume('orders-db'), volume('b', 'dependsOn: [§order-db]')),
      ["resources[1].dependsOn[0]: no resource has the id 'order-db' [orders-db]"],
    ],
    [
      'a dependency on itself',
      withResources(volume('a', 'dependsOn: [§a]')),
      ["resources[0].dependsOn[0]: 'a' cannot depend on itself"],
    ],
    [
      'a dependency named twice',
      withResources(volume('a'), volume('b', 'dependsOn: [a, §a]')),
      ["resources[1].dependsOn[1]: 'a' is named twice"],
    ],
    [
      'a cycle',
      withResources(
        volume('a', 'dependsOn: [§b]'),
        volume('b', 'dependsOn: [c]'),
        volume('c', 'dependsOn: [a]'),
        volume('d', 'dependsOn: [a]'),
      ),
      ['the resources wait for each other: a -> b -> c -> a'],
    ],
    [
      'two cycles',
      withResources(
        volume('a', 'dependsOn: [§b]'),
        volume('b', 'dependsOn: [a]'),
        volume('c', 'dependsOn: [a, §d]'),
        volume('d', 'dependsOn: [c]'),
      ),
      ['the resources wait for each other: a -> b -> a', 'the resources wait for each other: c -> d -> c'],
    ],
    [
      'a drill that would attach to production',
      `${withResources(volume('a', 'target: { attachTo: { instance: i-1, device: /dev/sdf } }'))}drill: { isolation: { instance: §i-1 } }`,
      [
        "drill.isolation.instance: 'i-1' is what resource 1 of the list is attached to in a restore; expected an instance of its own",
      ],
    ],
    [
      'one name for several copies',
      withResources(volume('a', 'copies: 2, restoreAs: §x')),
      ['resources[0].restoreAs: 2 copies cannot share one name'],
    ],
    [
      'one name for a selector',
      withResources('id: a, type: ebs-volume, source: { tags: { a: b } }, restoreAs: §x'),
      ['resources[0].restoreAs: a tag selector may match several volumes, which cannot share one name'],
    ],
    [
      'one name for two resources',
      withResources(volume('a', 'restoreAs: x'), volume('b', 'restoreAs: §x')),
      ["resources[1].restoreAs: 'x' is already the restoreAs of resource 1 of the list"],
    ],
    [
      'a name no database can have',
      withResources(database('a', 'source: p, restoreAs: §x--y')),
      ['resources[0].restoreAs: a database name has no two hyphens in a row and none at the end'],
    ],
    [
      'one database twice',
      withResources(database('a', 'source: p'), database('b', 'source: §p')),
      [
        "resources[1].source: resource 1 of the list recovers 'p' under the same name; give one of them restoreAs",
      ],
    ],
    [
      'a zone of another Region',
      withResources(volume('a', 'target: { zone: §eu-west-1a }')),
      ["the zone 'eu-west-1a' is not in the Region us-east-1; expected one such as us-east-1a"],
    ],
    [
      'duplicate third parties',
      `${withResources(volume('a'))}dependencies: [{ name: x, http: https://a.example }, { name: §x, http: https://b.example }]`,
      ["dependencies[1].name: 'x' is already the name of dependency 1 of the list"],
    ],
    [
      'data complete before the service is back',
      withResources(volume('a')).replace('rpo: 2h', 'rpo: 2h, dataComplete: §1h'),
      [
        'objectives.dataComplete: data cannot be complete before the service is recovered: expected at least the rto',
      ],
    ],
    [
      'a cutover to nowhere',
      `${withResources(volume('a'))}§cutover: { steps: [100], §abortWhen: { for: 1m } }`,
      [
        "cutover: expected 'route53' or 'loadBalancer', to direct the traffic",
        "cutover.abortWhen: expected 'errorRate' or 'p99', to be measured",
      ],
    ],
    [
      'a backfill from nowhere',
      `${withResources(volume('a'))}backfill: { sources: [§{ format: alb }], replay: { target: https://a.example } }`,
      ["backfill.sources[0]: expected either 'path' or 'sqs'"],
    ],
    [
      'a target with a password in it',
      `${withResources(volume('a'))}backfill: { sources: [{ path: x }], replay: { target: §"https://me:secret@a.example" } }`,
      [
        'backfill.replay.target: an address with a user and a password is not supported: expected one without; credentials go into rewrite.headers, from the environment',
      ],
    ],
    [
      'successes that count as failures, and buckets too small to count in',
      `${withResources(volume('a'))}backfill: { sources: [{ path: x }], failed: [§2xx], windows: { bucket: §10ms } }`,
      [
        "backfill.failed[0]: expected a status that is no success, such as 503 or 5xx, not '2xx'",
        "backfill.windows.bucket: expected at least 1s, not '10ms'",
      ],
    ],
    [
      'an objective beyond all measure',
      withResources(volume('a')).replace('6h', '§9999999w'),
      ["objectives.rto: expected a duration of at most 3650d, not '9999999w'"],
    ],
    [
      'contradictions beside what does not fit the schema',
      withResources(volume('a', 'copies: §many, dependsOn: [§b]'), volume('b', 'dependsOn: [a]')),
      [
        "resources[0].copies: expected a number, not 'many'",
        'the resources wait for each other: a -> b -> a',
      ],
    ],
  ])('%s', (_, drawn, messages) => {
    const { text, places } = marked(drawn);
    const attempt = () => parse(text);
    expect(complaintsOf(attempt)).toEqual(messages.map((message, index) => `${places[index]} ${message}`));
    expect(refusal(attempt).code).toBe('INVALID_RUNBOOK');
  });

  test('the same database may be restored twice under two names', () => {
    const text = withResources(database('a', 'source: p'), database('b', 'source: p, restoreAs: second'));
    expect(parse(text).runbook.resources).toHaveLength(2);
  });

  test('a chain of five thousand resources is no problem, its end tied to its beginning is shown in short', () => {
    const chain = (first: string) =>
      withResources(
        ...Array.from({ length: 5_000 }, (_, index) =>
          volume(`r${index}`, `dependsOn: [${index === 0 ? first : `r${index - 1}`}]`),
        ),
      );
    expect(parse(chain('')).runbook.resources).toHaveLength(5_000);
    const [complaint, ...others] = complaintsOf(() => parse(chain('r4999')));
    expect(others).toEqual([]);
    expect(complaint).toMatch(/: r0 -> r4999 -> .* -> \(4990 more\) -> r0$/);
  });
});

test('later complaints can point at the line of a source', () => {
  const { placeOf } = parse(ORDERS);
  const line = ORDERS.split('\n').findIndex((text) => text.includes('source: orders-prod')) + 1;
  expect(placeOf(['resources', 0, 'source'])).toEqual({ file: 'orders.yaml', line, column: 13 });
});

test('an inventory is recognised where a runbook is expected', () => {
  const error = refusal(() => parse(readFileSync('runbooks/inventories/orders.yaml', 'utf8')));
  expect(error.message).toMatch(/this is a document of kind Inventory; expected Runbook/);
  expect(error.next).toMatch(/runbook/);
});

describe('no input makes anything but a runbook or complaints with places', () => {
  const lines = ORDERS.split('\n');
  const check = (text: string) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
      expect(error.complaints.length).toBeGreaterThan(0);
      const total = text.split('\n').length;
      for (const { place, message } of error.complaints) {
        expect(place.file).toBe('orders.yaml');
        expect(place.line).toBeGreaterThanOrEqual(1);
        expect(place.line).toBeLessThanOrEqual(total);
        expect(place.column).toBeGreaterThanOrEqual(1);
        expect(message).not.toMatch(/undefined|Invalid input|\[object/);
      }
    }
  };

  test('text replaced anywhere', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '[',
        '{',
        ': ',
        '- ',
        '\n',
        '"',
        "'",
        '&a ',
        '*a',
        '!x ',
        '|',
        '? ',
        '\t',
        '#',
        '---\n',
        '%',
        '\u0000',
      ),
    );
    fc.assert(
      fc.property(fc.nat(ORDERS.length), fc.nat(40), piece, (at, length, text) => {
        check(ORDERS.slice(0, at) + text + ORDERS.slice(at + length));
      }),
      { numRuns: 150 },
    );
  });

  test('any value anywhere', () => {
    const { runbook } = parse(ORDERS);
    const original = {
      ...runbook,
      objectives: { rto: '6h', rpo: '2h' },
    };
    const paths: (string | number)[][] = [];
    const collect = (value: unknown, path: (string | number)[]) => {
      if (path.length > 0) paths.push(path);
      if (Array.isArray(value)) value.forEach((item, index) => collect(item, [...path, index]));
      else if (typeof value === 'object' && value !== null)
        Object.entries(value).forEach(([key, item]) => collect(item, [...path, key]));
    };
    collect(original, []);
    const replaced = (value: unknown, path: readonly (string | number)[], by: unknown): unknown => {
      const [head, ...rest] = path;
      if (head === undefined) return by;
      if (Array.isArray(value))
        return value.map((item: unknown, index) => (index === head ? replaced(item, rest, by) : item));
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [
          key,
          key === head ? replaced(item, rest, by) : item,
        ]),
      );
    };
    const anything = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...paths), anything, (path, by) => {
        check(stringify(replaced(original, path, by)));
      }),
      { numRuns: 200 },
    );
  });

  test('any line left out or given twice', () => {
    for (const index of lines.keys()) {
      check(lines.toSpliced(index, 1).join('\n'));
      check(lines.toSpliced(index, 0, lines[index] ?? '').join('\n'));
    }
  });
});
