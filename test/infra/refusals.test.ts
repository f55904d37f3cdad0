import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addStacks } from '../../infra/stacks.ts';
import { formatPlace, LifeboatError } from '../../src/errors.ts';
import { newApp, newFolder } from './support.ts';

const RUNBOOK = `apiVersion: lifeboat/v1
kind: Runbook
name: shop
objectives: { rto: 4h, rpo: 1h }
region: eu-central-1
resources: [{ id: db, type: rds-instance, source: shop-prod }]
`;

/** What a deployment in this context is refused with. */
function refusalOf(context: Readonly<Record<string, unknown>>): LifeboatError {
  try {
    addStacks(newApp(context));
  } catch (error) {
    if (error instanceof LifeboatError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function refusalOfRunbooks(files: Readonly<Record<string, string>>): {
  readonly at: string;
  readonly message: string;
} {
  const folder = folderOf(files);
  const { at, message } = refusalOf({ 'lifeboat:runbooks': folder });
  const short = (text: string) => text.replaceAll(`${folder}/`, '');
  return { at: at === undefined ? '' : short(formatPlace(at)), message: short(message) };
}

describe('runbooks that cannot be deployed are refused, with the place', () => {
  test.each<[string, Record<string, string>, string, RegExp]>([
    ['one that is not valid', { 'shop.yaml': `${RUNBOOK}gates: 5\n` }, 'shop.yaml:7:8', /gates/],
    [
      'a trigger that names neither an alarm nor an event',
      { 'shop.yaml': `${RUNBOOK}triggers: [{ approval: none }]\n` },
      'shop.yaml:7:12',
      /either 'alarm' or 'event'/,
    ],
    [
      'a drill at a time that Scheduler does not take',
      { 'shop.yaml': `${RUNBOOK}drill: { schedule: cron(0 6 * * MON) }\n` },
      'shop.yaml:7:20',
      /5 fields/,
    ],
    [
      'two of one name',
      { 'a.yaml': RUNBOOK, 'b.yml': RUNBOOK },
      'b.yml',
      /the runbook's name 'shop' is also that of a\.yaml/,
    ],
    [
      'one that no run could start with',
      { 'shop.yaml': RUNBOOK.replace('source: shop-prod', 'source: shop-prod, warmup: { sql: [select 1] }') },
      'shop.yaml:6:70',
      /warm/,
    ],
  ])('%s', (_, files, at, message) => {
    const refusal = refusalOfRunbooks(files);
    expect(refusal.at).toBe(at);
    expect(refusal.message).toMatch(message);
  });

  test('a folder that does not exist, and one without runbooks', () => {
    expect(refusalOf({ 'lifeboat:runbooks': 'no/such/folder' })).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(refusalOf({ 'lifeboat:runbooks': newFolder() })).toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

test.each<[string, unknown, RegExp]>([
  ['email', 'oncall@shop.example', /no setting 'lifeboat:email'; did you mean 'lifeboat:emails'\?/],
  ['emails', 'oncall', /lifeboat:emails: an e-mail address/],
  ['account', '1234', /lifeboat:account: twelve digits/],
  ['recoveryAccount', '222222222222', /lifeboat:recoveryAccount needs lifeboat:account/],
  ['evidenceDays', '0', /lifeboat:evidenceDays: /],
  ['logDays', '17', /lifeboat:logDays: /],
  ['checkSchedule', 'daily', /lifeboat:checkSchedule: expected cron/],
  ['bundle', 'no/such/folder', /The bundle of the functions is not in 'no\/such\/folder'/],
])('the setting lifeboat:%s=%s is refused', (key, value, message) => {
  const { code, message: told } = refusalOf({
    'lifeboat:runbooks': 'test/infra/runbooks',
    [`lifeboat:${key}`]: value,
  });
  expect(code).toBe(key === 'bundle' ? 'FILE_UNREADABLE' : 'USAGE');
  expect(told).toMatch(message);
});

test('the app says what is wrong and what to do, and no more', () => {
  const env = {
    ...process.env,
    CDK_OUTDIR: newFolder(),
    CDK_CONTEXT_JSON: JSON.stringify({ 'lifeboat:runbooks': 'no/such/folder' }),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/app.ts'], { encoding: 'utf8', env });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toBe(
    "Error: The folder of runbooks 'no/such/folder' cannot be read (ENOENT).\nTry: Name a folder with runbooks: -c lifeboat:runbooks=FOLDER.\n",
  );
});
