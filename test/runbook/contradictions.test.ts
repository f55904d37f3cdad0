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
      ["limits.unless: there is no limit to waive: expected 'costUsd' beside it"],
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
        'notify[2].sns: entry 1 of the list tells the same one already',
        'notify[3].webhook: entry 2 of the list tells the same one already',
      ],
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
  'gates: [5, { window: 3 }, null]',
  'notify: [1, { webhook: [] }, { sns: {} }]',
  'limits: 5',
  'manual: 7',
])('%s may be anything: the schema alone complains', (body) => {
  expect(complaintsOf(() => parseRunbook(HEAD + body, 'orders.yaml')).length).toBeGreaterThan(0);
});
