import { parseRunbook } from '../../src/runbook/parse.ts';
import { complaintsOf, marked } from '../document/support.ts';

const HEAD = `apiVersion: lifeboat/v1
kind: Runbook
name: orders
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources: [{ id: a, type: ebs-volume, source: vol-a }]
`;
const EXPECTED =
  "expected a window such as 'Mon-Fri 06:00-10:00 UTC', 'Mon,Wed 08:00-09:30 Europe/Berlin' or 'daily 22:00-02:00 UTC', several separated by ';'";
const TOPIC = 'arn:aws:sns:us-east-1:111111111111:alerts';

describe('what a run waits for and whom it tells, each complaint where the mark stands', () => {
  test.each<[string, string, string[]]>([
    [
      'hours that are none',
      'gates: [{ before: restore, window: §Mon-Fri 6-10 }]',
      [`gates[0].window: 'Mon-Fri 6-10': 'Mon-Fri 6-10' is not days, hours and a zone; ${EXPECTED}`],
    ],
    [
      'a zone misspelt',
      'gates: [{ before: restore, approvals: 1 }, { before: cutover, window: §daily 08:00-09:00 Europe/Pariss }]',
      [
        `gates[1].window: 'daily 08:00-09:00 Europe/Pariss': 'Europe/Pariss' is not a zone of the IANA database, such as Europe/Berlin, nor UTC; ${EXPECTED} [daily 08:00-09:00 Europe/Paris]`,
      ],
    ],
    [
      'a waiver of no limit',
      'limits: { §unless: incident }',
      ["limits.unless: 'unless' waives a limit, and there is none: expected 'costUsd' beside it"],
    ],
    [
      'two steps by one name',
      'manual: [{ name: dns, instructions: a, before: restore }, { name: §dns, instructions: b, before: cutover }]',
      ["manual[1].name: 'dns' is already the name of step 1 of the list"],
    ],
    [
      'something else than a topic',
      'notify: [{ sns: §"arn:aws:sqs:us-east-1:111111111111:alerts" }]',
      [
        `notify[0].sns: 'arn:aws:sqs:us-east-1:111111111111:alerts' is not the ARN of an SNS topic; expected one such as ${TOPIC}`,
      ],
    ],
    [
      'targets named twice',
      `notify: [{ sns: "${TOPIC}" }, { webhook: { env: HOOK } }, { sns: §"${TOPIC}" }, { webhook: §{ env: HOOK } }]`,
      [
        'notify[2].sns: entry 1 of the list notifies the same target already',
        'notify[3].webhook: entry 2 of the list notifies the same target already',
      ],
    ],
    [
      'a drill at a time of five fields',
      'drill: { schedule: §"cron(0 6 * * MON)" }',
      [
        "drill.schedule: 'cron(0 6 * * MON)': it has 5 fields; expected minutes, hours, day of month, month, day of week, year, such as cron(0 6 ? * MON *)",
      ],
    ],
    [
      'a drill at an hour that no day has',
      'drill: { schedule: §"cron(0 24 ? * MON *)" }',
      ["drill.schedule: 'cron(0 24 ? * MON *)': '24' is no value of the field 'hours'"],
    ],
    [
      'a drill on days of the month and of the week',
      'drill: { schedule: §"cron(0 6 1 * MON *)" }',
      [
        "drill.schedule: 'cron(0 6 1 * MON *)': expected '?' in exactly one of the fields 'day of month' and 'day of week'",
      ],
    ],
    [
      'a drill at a rate of weeks',
      'drill: { schedule: §"rate(1 week)" }',
      ["drill.schedule: 'rate(1 week)': expected a rate such as rate(7 days)"],
    ],
    [
      'a drill in a zone misspelt',
      'drill: { schedule: "rate(7 days)", timeZone: §Europe/Viena }',
      [
        "drill.timeZone: 'Europe/Viena' is not a zone of the IANA database, such as Europe/Vienna, nor UTC [Europe/Vienna]",
      ],
    ],
    [
      'an alarm that starts a restore twice',
      'triggers: [{ alarm: orders-down }, { alarm: §orders-down, approval: none }]',
      ["triggers[1].alarm: 'orders-down' is already the alarm of trigger 1 of the list"],
    ],
    [
      'a password in an address',
      'notify: [{ webhook: §"https://me:secret@chat.example/hook" }]',
      ['notify[0].webhook: an address with a user and a password is not supported; expected one without'],
    ],
  ])('%s', (_, body, messages) => {
    const { text, places } = marked(HEAD + body);
    const attempt = () => parseRunbook(text, 'orders.yaml');
    expect(complaintsOf(attempt)).toEqual(messages.map((message, index) => `${places[index]} ${message}`));
  });
});

test('what does not contradict itself is taken', () => {
  const { runbook } = parseRunbook(
    `${HEAD}gates: [{ before: restore, window: "Mon-Fri 06:00-10:00 UTC; Sat 22:00-02:00 UTC", unless: incident }]
limits: { costUsd: 5, unless: incident }
manual: [{ instructions: a, before: restore }, { instructions: b, before: restore }, { name: dns, instructions: c, before: cutover }]
notify: [{ sns: "${TOPIC}" }, { sns: "${TOPIC}.fifo" }, { webhook: { env: A } }, { webhook: { env: B } }, { webhook: "https://chat.example/@here" }]`,
    'orders.yaml',
  );
  expect([runbook.gates, runbook.manual, runbook.notify].map(({ length }) => length)).toEqual([1, 3, 5]);
});

test.each([
  'cron(0 6 ? * MON *)',
  'cron(0/15 6-18 ? JAN,jul 2#1 2027-2030)',
  'cron(30 6 LW * ? *)',
  'cron(30 6 ? * 6L *)',
  'rate(1 hour)',
  'rate(7 days)',
])('%s is a time of drills', (schedule) => {
  const { runbook } = parseRunbook(
    `${HEAD}drill: { schedule: "${schedule}", timeZone: Europe/Vienna }`,
    'orders.yaml',
  );
  expect(runbook.drill?.schedule).toBe(schedule);
});

test.each([
  'gates: [5, { window: 3 }, null]',
  'notify: [1, { webhook: [] }, { sns: {} }]',
  'limits: 5',
  'manual: 7',
])('%s may be anything: the schema alone complains', (body) => {
  expect(complaintsOf(() => parseRunbook(HEAD + body, 'orders.yaml')).length).toBeGreaterThan(0);
});

describe('what contradicts itself in a backfill, each complaint where the mark stands', () => {
  const clients = (...rules: string[]) =>
    `backfill: { sources: [{ path: x }], clients: [${rules.join(', ')}] }`;
  const sources = (list: string) => `backfill: { sources: [${list}] }`;
  const windows = (body: string) => `backfill: { sources: [{ path: x }], windows: { ${body} } }`;
  const replay = (body: string) =>
    `backfill: { sources: [{ path: x }], replay: { target: https://a.example, ${body} } }`;

  test.each<[string, string, string[]]>([
    [
      'a source that is two',
      sources(
        '§{ path: x, sqs: https://sqs.example/q }, { path: x }, §{ format: json, fields: { time: t } }',
      ),
      [
        "backfill.sources[0]: expected either 'path' or 'sqs'",
        "backfill.sources[2]: expected either 'path' or 'sqs'",
      ],
    ],
    [
      'fields of lines that have none',
      sources('{ path: x, format: alb, §fields: { time: t } }, { path: y, §fields: { time: t } }'),
      [
        "backfill.sources[0].fields: 'fields' applies to JSON lines only: expected 'format: json' beside it",
        "backfill.sources[1].fields: 'fields' applies to JSON lines only: expected 'format: json' beside it",
      ],
    ],
    [
      'columns and a zone of lines that have their own',
      sources('{ path: x, format: alb, §columns: a b }, { path: y, format: combined, §zone: UTC }'),
      [
        "backfill.sources[0].columns: 'columns' applies to the formats w3c and cloudfront only",
        "backfill.sources[1].zone: 'zone' applies to the format haproxy only: the times of the others tell it",
      ],
    ],
    [
      'a queue of log lines',
      sources('{ sqs: https://sqs.example/q, format: §cloudfront }'),
      [
        "backfill.sources[0].format: messages of a queue are not lines of an access log: expected 'capture' or 'json'",
      ],
    ],
    [
      'a window that ends above its beginning',
      windows('begin: 2%, end: §3%'),
      ["backfill.windows.end: a window would end before it begins: 'end' at 3% is above 'begin' at 2%"],
    ],
    [
      'a window that ends above the default of its beginning',
      windows('end: §1.5%'),
      ["backfill.windows.end: a window would end before it begins: 'end' at 1.5% is above 'begin' at 1%"],
    ],
    [
      'a window that begins below the default of its end',
      windows('begin: §0.2%'),
      [
        "backfill.windows.begin: a window would end before it begins: 'end' at 0.5%, which it is when it is not given, is above 'begin' at 0.2%",
      ],
    ],
    [
      'retries without an end',
      clients('{ name: a, behaviour: §retries }'),
      [
        "backfill.clients[0].behaviour: 'retries' needs the time for which the client retries: expected 'horizon' beside it",
      ],
    ],
    [
      'an SDK of no version',
      clients('{ name: a, §sdk: x, behaviour: gives-up }'),
      ["backfill.clients[0].sdk: the SDK needs a version range: expected 'version' beside it"],
    ],
    [
      'a range that is none',
      clients('{ name: a, sdk: x, version: §"=> 7", behaviour: gives-up }'),
      [
        "backfill.clients[0].version: '=> 7' is not a range of semantic versions; expected one such as '>=7.0.0', '6.x' or '>=6.8.0 <7'",
      ],
    ],
    [
      'two rules by one name, and one by the name of no rule',
      clients(
        '{ name: a, path: /a, behaviour: gives-up }',
        '{ name: §a, path: /b, behaviour: gives-up }',
        '{ name: §other clients, behaviour: gives-up }',
      ),
      [
        "backfill.clients[1].name: 'a' is already the name of rule 1 of the list",
        "backfill.clients[2].name: 'other clients' is reserved for clients that no rule matches; expected another name",
      ],
    ],
    [
      'a rule behind one that takes everything',
      clients(
        '{ name: a, behaviour: gives-up }',
        '§{ name: b, path: /b, behaviour: gives-up }',
        '{ name: c, path: /c, behaviour: gives-up }',
      ),
      [
        'backfill.clients[1]: rule 1 of the list has no condition and matches every request, so this one never applies; expected it to be the last',
      ],
    ],
    [
      'live traffic that is not heeded',
      replay('rate: 5, §live: { url: https://a.example/live }'),
      ["backfill.replay.live: a fixed rate ignores live traffic: expected 'rate: adaptive', or no 'live'"],
    ],
    [
      'a rate above its limit',
      replay('rate: §50, maxRate: 5'),
      ['backfill.replay.rate: 50 is above the maxRate 5'],
    ],
    [
      'a first pause that is the longest',
      replay('backoff: { first: §2m }'),
      ['backfill.replay.backoff.first: the first pause, 2m, is longer than the longest, 60s'],
    ],
    [
      'a longest pause below the default of the first',
      replay('backoff: { longest: §100ms }'),
      ['backfill.replay.backoff.longest: the first pause, 500ms, is longer than the longest, 100ms'],
    ],
  ])('%s', (_, body, messages) => {
    const { text, places } = marked(HEAD + body);
    const attempt = () => parseRunbook(text, 'orders.yaml');
    expect(complaintsOf(attempt)).toEqual(messages.map((message, index) => `${places[index]} ${message}`));
  });

  test.each([
    [
      'json in a queue and in a file',
      sources(
        '{ sqs: https://sqs.example/q, format: json, fields: { time: t } }, { path: x, format: json, fields: { url: u } }',
      ),
    ],
    ['a queue of detected messages', sources('{ sqs: https://sqs.example/q }')],
    ['windows that begin and end at one rate', windows('begin: 1%, end: 1%')],
    [
      'a horizon of any behaviour',
      clients(
        '{ name: a, path: /a, behaviour: retries-forever, horizon: 1d }',
        '{ name: b, behaviour: gives-up, horizon: 1d }',
      ),
    ],
    [
      'a version of any product',
      clients('{ name: a, version: "^6 || >=7.1.0-beta.1", behaviour: gives-up }'),
    ],
    ['a repeat without a key, where it is asked for', replay('ambiguous: resend, idempotencyKey: false')],
    ['live traffic from a log', replay('live: { log: live.json, fields: { latency: took }, p99: 200ms }')],
    [
      'secrets from anywhere',
      replay('rewrite: { headers: { a: { env: A }, b: { ssm: /b }, c: null, d: text } }'),
    ],
    ['pauses as long as each other', replay('backoff: { first: 1s, longest: 1s }')],
  ])('%s is fine', (_, body) => {
    expect(parseRunbook(HEAD + body, 'orders.yaml').runbook.backfill).toBeDefined();
  });

  test.each([
    'backfill: 5',
    'backfill: { sources: 5, windows: [], clients: { a: b }, replay: text }',
    'backfill: { sources: [5, null, { path: [] }], clients: [null, 7, { name: {}, version: 5, sdk: [] }] }',
    'backfill: { sources: [{ path: x }], windows: { begin: 5, end: {} }, replay: { rate: fast, backoff: 3, live: 1 } }',
  ])('%s may be anything: it is only complained of', (body) => {
    expect(complaintsOf(() => parseRunbook(HEAD + body, 'orders.yaml')).length).toBeGreaterThan(0);
  });
});
