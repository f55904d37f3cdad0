import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { drawRun } from '../../docs/draw-drill.ts';
import { DEFAULT_NAMES, type Slot } from '../../src/backfill/formats/json-names.ts';
import { nameOf } from '../../src/cli/session/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { DRILL_RULES, type SettingRule } from '../../src/kinds/drill-rules.ts';
import { VOLUME_ROWS } from '../../src/kinds/ebs-volume/settings.ts';
import { LOST_PROPERTIES } from '../../src/kinds/rds-instance/lost.ts';
import { DB_ROWS } from '../../src/kinds/rds-instance/settings.ts';
import { DURATIONS, RATES } from '../../src/facts/durations.ts';
import type { Report } from '../../src/report/model/report.ts';
import { FAULT_PROFILES } from '../../src/simulator/chance/faults.ts';
import { formatDuration } from '../../src/time.ts';
import { checkers } from '../simulation/checkers/index.ts';
import { replayTranscripts, scanTranscripts } from './backfill-transcripts.ts';
import { answered, lifeboat, read, ROOT, scriptArguments, withState } from './support.ts';
import { LEFTOVERS, REASONS } from '../../src/workflow/base/reasons.ts';
import { TIMELINE } from '../../src/workflow/timeline/timeline.ts';
import type { Declared } from '../../src/coded.ts';

// What the pages show of the program is made by the program. After a change: REDRAW=1 npx jest test/docs, and read the difference.
const REDRAW = process.env['REDRAW'] === '1';

const fence = (language: string, content: string): string =>
  `\`\`\`${language}\n${content.trimEnd()}\n\`\`\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Output without the parts that begin with these headings; a part ends with an empty line. */
function cut(output: string, headings: readonly string[]): string {
  const parts = output.trimEnd().split(/\n\n/);
  const kept = parts.map((part) => (headings.some((heading) => part.startsWith(heading)) ? '...' : part));
  if (kept.filter((part) => part === '...').length !== headings.length)
    throw new Error(`not every one of ${headings.join(', ')} is a part of the output`);
  return kept.filter((part, index) => part !== '...' || kept[index - 1] !== '...').join('\n\n');
}

let drill: Promise<string> | undefined;

/** What the drill prints; run once for all blocks. */
function drillOutput(): Promise<string> {
  drill ??= withState(async (state) => {
    const { exitCode, stdout, stderr } = await lifeboat(...scriptArguments('drill'), '--state', state);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout;
  });
  return drill;
}

/** Its result, without what led to it and without the account of calls and costs. */
async function drillResult(): Promise<string> {
  const [, result = ''] = /^(Drill [^]*?)\n\n {2}from, to /m.exec(await drillOutput()) ?? [];
  return fence('text', `$ npm run drill\n\n...\n\n${result}`);
}

async function wholeDrill(): Promise<string> {
  const parts = ['RECOVERY POINTS', 'ORDER', 'NOT CHOSEN', 'BLAST RADIUS', 'PROBLEMS'];
  return fence('text', `$ npm run drill\n\n${cut(await drillOutput(), parts)}`);
}

async function coldRestorePlan(): Promise<string> {
  const given =
    read('docs/planning.md').match(/lifeboat (plan runbooks\/cold-restore\.yaml[^`]*)```/)?.[1] ?? '';
  const args = given.trim().split(/[\s\\]+/);
  const { exitCode, stdout, stderr } = await withState((state) => lifeboat(...args, '--state', state));
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
  return fence('text', cut(stdout, ['ORDER', 'NOT CHOSEN', 'BLAST RADIUS']));
}

/** Where a run with a gate stands once one of two people has agreed. Who started it is the user of this machine, here called sam. */
function statusTranscript(): Promise<string> {
  return withState(async (state) => {
    const runbook = join(state, 'orders.yaml');
    const gate = 'gates: [{ before: restore, approvals: 2 }]';
    writeFileSync(runbook, `${read('runbooks/orders.yaml')}\n${gate}\n`);
    const inState = ['--state', state];
    const simulate = ['--simulate', 'runbooks/inventories/orders.yaml', ...inState];
    const { stdout: begun } = await answered(
      'y',
      ...['restore', runbook, ...simulate, '--incident-at', '2026-11-20T03:00:00Z'],
    );
    const id = /^Run (\S+)$/m.exec(begun)?.[1] ?? '';
    await lifeboat('approve', id, '--by', 'alex', '--reason', 'the plan is right', ...inState);
    expect((await lifeboat('resume', id, ...inState)).exitCode).toBe(4);
    const { stdout } = await lifeboat('status', id, ...inState);
    const shown = stdout
      .replaceAll(` --state ${state}`, '')
      .replace(/not driven since \S+/, 'not driven since 03:01:12');
    return fence('text', shown.replace(`started by ${userInfo().username}`, 'started by sam'));
  });
}

const shown = ({ command, stdout }: { readonly command: string; readonly stdout: string }): string =>
  fence('text', `$ ${command}\n\n${stdout}`);

function faultRates(): string {
  const { none, flaky, storm, drift } = FAULT_PROFILES;
  const percent = (rate: number): string => `${Number((rate * 100).toFixed(3))} %`;
  const names = Object.keys(storm) as (keyof typeof storm)[];
  return table(
    ['fault', 'per', 'none', 'flaky', 'storm', 'drift'],
    names.map((name) => [
      `\`${name}\``,
      PER[name],
      percent(none[name]),
      percent(flaky[name]),
      percent(storm[name]),
      percent(drift[name]),
    ]),
  );
}

const PER: Readonly<Record<keyof (typeof FAULT_PROFILES)['storm'], string>> = {
  throttle: 'call',
  serverError: 'call',
  answerLost: 'call',
  capacity: 'create',
  stuckCreating: 'thing made',
  stalledHydration: 'thing made',
  failing: 'thing made',
  vanishing: 'thing made',
  hanging: 'change of a thing that exists',
  ailing: 'DB instance made',
  differing: 'thing made',
  fsrStuck: 'snapshot and zone',
  processCrash: 'place in the driver where it may die',
};

function durations(): string {
  const seconds = Object.entries(DURATIONS).map(([name, { p50Seconds, p90Seconds }]) => [
    `\`${name}\``,
    formatDuration(p50Seconds),
    formatDuration(p90Seconds),
  ]);
  const rates = Object.entries(RATES).map(([name, { p50MiBps, p90MiBps }]) => [
    `\`${name}\``,
    `${Number(p50MiBps.toFixed(1))} MiB/s`,
    `${Number(p90MiBps.toFixed(1))} MiB/s`,
  ]);
  return table(['step or rate', 'p50', 'p90'], [...seconds, ...rates]);
}

const SLOTS: Readonly<Partial<Record<Slot, string>>> = {
  originalUrl: '`url`, as it was sent',
  requestLine: '`method` and `url`, as a request line',
  route: '`method` and the route, which is no URL',
  url: '`url`',
  path: '`url`, of its path',
  query: '`url`, of its query',
  inner: 'a line in a line',
};

function jsonNames(): string {
  const rows = Object.entries(DEFAULT_NAMES).map(([slot, names]) => [
    SLOTS[slot as Slot] ?? `\`${slot}\``,
    names.map((name) => `\`${name}\``).join(', '),
  ]);
  return table(['part', 'names'], rows);
}

/** Codes with what they mean and the fields of their data. */
function codes(registry: Readonly<Record<string, Declared & { readonly subject?: string }>>): string {
  const rows = Object.entries(registry).map(([code, { about, data, subject = '' }]) => [
    `\`${code}\``,
    ...(subject === '' ? [] : [subject === 'either' ? 'run or resource' : subject]),
    about,
    Object.entries(data)
      .map(([name, field]) => `\`${name}${field.isOptional ? '?' : ''}\` (${field.type}): ${field.about}`)
      .join(' '),
  ]);
  const head = ['code', ...(rows[0]?.length === 4 ? ['subject'] : []), 'meaning', 'data'];
  return table(head, rows);
}

async function help(command: string): Promise<string> {
  return fence('text', (await lifeboat(...command.split(' '), '--help')).stdout);
}

interface SettingRow {
  readonly name: string;
  readonly label: string;
  readonly field?: string;
  readonly reads: readonly string[];
  readonly request?: unknown;
  readonly takenBy?: readonly string[];
  readonly later?: { readonly call: string };
  readonly drill?: { readonly rule: SettingRule };
  readonly note?: string;
}

function ruleText(rule: SettingRule): string {
  const { inDrills, why } = DRILL_RULES[rule];
  return inDrills === 'isolated' ? "the isolation's" : why;
}

/** A row for each property: where it is captured, what gives it back, what a drill does with it. */
function settings(rows: readonly SettingRow[], request: string): string {
  const given = ({ request: asks, takenBy, later }: SettingRow): string => {
    const restore = asks === undefined ? [] : (takenBy?.map((name) => `\`${name}\``) ?? [request]);
    return [...restore, ...(later === undefined ? [] : [`\`${later.call}\``])].join(', then ');
  };
  return table(
    ['property', 'key', 'captured from', 'given back by', 'in a drill', ''],
    rows.map((row) => [
      row.label,
      `\`${row.field ?? row.name}\``,
      row.reads
        .filter((path) => !path.startsWith('PendingModifiedValues'))
        .map((path) => `\`${path}\``)
        .join(', '),
      given(row),
      row.drill === undefined ? '' : ruleText(row.drill.rule),
      row.note ?? '',
    ]),
  );
}

const lostSettings = (): string =>
  table(
    ['what is lost', 'key', 'captured from', 'what to do'],
    Object.entries(LOST_PROPERTIES).map(([name, { label, reads, next }]) => [
      label,
      `\`${name}\``,
      reads.map((path) => `\`${path}\``).join(', '),
      next,
    ]),
  );

const blocks: readonly (readonly [file: string, name: string, make: () => string | Promise<string>])[] = [
  ['README.md', 'drill', drillResult],
  ['docs/drill.md', 'whole drill', wholeDrill],
  ['docs/planning.md', 'cold-restore', coldRestorePlan],
  ['docs/operating.md', 'status', statusTranscript],
  ['docs/backfill.md', 'backfill scan', async () => shown((await scanTranscripts()).bare)],
  ['docs/backfill.md', 'backfill scan with rules', async () => shown((await scanTranscripts()).withRules)],
  ['docs/backfill.md', 'backfill run', async () => shown((await replayTranscripts()).run)],
  ['docs/backfill.md', 'backfill status', async () => shown((await replayTranscripts()).status)],
  ['docs/backfill.md', 'json names', jsonNames],
  ['docs/planning.md', 'durations', durations],
  ['docs/inventories.md', 'database settings', () => settings(DB_ROWS, 'the restore')],
  ['docs/inventories.md', 'lost settings', lostSettings],
  ['docs/inventories.md', 'volume settings', () => settings(VOLUME_ROWS, '`CreateVolume` or `CopyVolumes`')],
  ['docs/simulator.md', 'faults', faultRates],
  ['docs/timeline.md', 'timeline codes', () => codes(TIMELINE)],
  ['docs/timeline.md', 'reasons', () => codes(REASONS)],
  ['docs/timeline.md', 'leftovers', () => codes(LEFTOVERS)],
  [
    'docs/simulator.md',
    'invariants',
    () =>
      Object.keys(checkers)
        .map((name) => `- ${name};`)
        .join('\n'),
  ],
  [
    'docs/library.md',
    'library',
    () => fence('ts', read('test/docs/library-example.ts').replace("'../../src/index.ts'", "'lifeboat'")),
  ],
  ...commands.map(nameOf).map((name) => ['docs/commands.md', `help ${name}`, () => help(name)] as const),
];

test.each(blocks)('%s shows %s as it is (redraw: REDRAW=1 npx jest test/docs)', async (file, name, make) => {
  const place = new RegExp(`<!-- generated: ${name} -->\n([^]*?)<!-- /generated -->`);
  const expected = `${await make()}\n`;
  if (REDRAW) {
    const filled = `<!-- generated: ${name} -->\n${expected}<!-- /generated -->`;
    writeFileSync(
      join(ROOT, file),
      read(file).replace(place, () => filled),
    );
  }
  expect(place.exec(read(file))?.[1]).toBe(expected);
});

test('nothing else claims to be generated', () => {
  const marks = [...new Set(blocks.map(([file]) => file))].flatMap((file) =>
    [...read(file).matchAll(/<!-- generated: (.+?) -->/g)].map(([, name]) => `${file} ${name}`),
  );
  expect(marks.toSorted()).toEqual(blocks.map(([file, name]) => `${file} ${name}`).toSorted());
});

test('the picture is that of the drill', async () => {
  const { stdout } = await withState((state) =>
    lifeboat(...scriptArguments('drill'), '--json', '--state', state),
  );
  const drawn = drawRun(JSON.parse(stdout) as Report);
  const file = join(ROOT, 'docs/drill.svg');
  if (REDRAW) writeFileSync(file, drawn);
  expect(readFileSync(file, 'utf8')).toBe(drawn);
  // Each step has a bar of its own: a line of the timeline that is worded anew would lose its step in silence.
  for (const colour of ['#2f6f9f', '#d9763a', '#7b4fa0', '#9a9a9a', '#c9a227'])
    expect(drawn.split(colour).length).toBeGreaterThan(2);
});
