import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '../../src/cli/session/command.ts';
import { exitCodeOf, EXIT } from '../../src/cli/session/exit-codes.ts';
import { writeCapture } from '../e2e/captures.ts';
import { openSink } from '../e2e/sink.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { CHECK_CODES, LINT_CODES } from '../../src/readiness/check-codes.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { chapter, fences, lifeboat, PAGES, read, withState } from './support.ts';

const PAGE = 'docs/commands.md';
const ORDERS = ['runbooks/orders.yaml', '--simulate', 'runbooks/inventories/orders.yaml'];
const names = commands.map(nameOf);

async function optionsOf(command: string): Promise<ReadonlySet<string>> {
  const { stdout } = await lifeboat(...command.split(' '), '--help');
  return new Set(
    [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)].flatMap(([, short, long]) => [
      short ?? '',
      long ?? '',
    ]),
  );
}

test('every command has a chapter, in the order of the help, and nothing else has one', () => {
  const chapters = [...read(PAGE).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(chapters).toEqual(['On a terminal', 'Exit codes', ...names, 'JSON documents']);
});

/** Options of other commands that the help itself names; that of --by names one of approve everywhere. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = { inventory: ['--baseline'] };

test.each(names)('every option of %s is in its chapter, and no other', async (name) => {
  const options = [...(await optionsOf(name))].filter((option) => option.startsWith('--'));
  const text = chapter(PAGE, `## ${name}`);
  expect(options.filter((option) => !text.includes(option))).toEqual([]);
  const mentioned = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option);
  const known = new Set([...options, '--help', ...(ELSEWHERE[name] ?? [])]);
  expect(mentioned.filter((option) => !known.has(option))).toEqual([]);
});

test('the command lines of all pages use commands and options that exist', async () => {
  const wrong: string[] = [];
  for (const page of PAGES.filter((path) => path !== 'CHANGELOG.md')) {
    const code = [
      ...fences(page, 'sh'),
      ...[...read(page).matchAll(/`(lifeboat [^`\n]+)`/g)].map(([, line = '']) => line),
    ];
    const lines = code
      .join('\n')
      .replace(/\\\n\s*/g, '')
      .split('\n');
    for (const line of lines) {
      const [, name = '', rest = ''] =
        /(?:^|\s)lifeboat (?:-- )?((?:backfill )?[a-z]+)\b(.*)$/.exec(line.split('#')[0] ?? '') ?? [];
      if (name === '' || name === 'help') continue;
      if (!names.includes(name)) wrong.push(`${page}: ${line}`);
      const options = names.includes(name) ? await optionsOf(name) : new Set<string>();
      for (const [option] of rest.matchAll(/(?<=\s)--?[a-z][a-z-]*/g))
        if (!options.has(option)) wrong.push(`${page}: ${option} in ${line}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('the exit codes are those of the program', () => {
  const listed = [...chapter(PAGE, '## Exit codes').matchAll(/^\| (\d+) \|/gm)].map(([, code]) =>
    Number(code),
  );
  expect(listed).toEqual(Object.values(EXIT).toSorted((one, other) => one - other));
});

test('every error has a line with its exit code', () => {
  const lines = [...chapter('docs/operating.md', '## Errors').matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)];
  expect(lines.map(([, code, exit]) => `${code} ${exit}`).toSorted()).toEqual(
    ERROR_CODES.map((code) => `${code} ${exitCodeOf(code)}`).toSorted(),
  );
});

test('every finding of check has a line with its severities in the chapter, or is a problem of the plan', () => {
  const listed = [...chapter(PAGE, '## check').matchAll(/^\| `([A-Z_]+)` \| ([a-z, ]+) \|/gm)];
  expect(listed.map(([, code]) => code).toSorted()).toEqual(
    [...CHECK_CODES, ...Object.values(LINT_CODES)].toSorted(),
  );
  const severities = listed.flatMap(([, , severity = '']) => severity.split(', '));
  expect(severities.filter((severity) => !['error', 'warning', 'info'].includes(severity))).toEqual([]);
});

/** Of a backfill with a window, a class, a sample and an answer. */
async function backfillDocuments(state: string): Promise<Record<string, string>> {
  const capture = join(state, 'capture.jsonl');
  writeCapture(capture, 50);
  appendFileSync(capture, 'no JSON\n');
  const sink = await openSink();
  try {
    const scan = await lifeboat('backfill', 'scan', capture, '--json');
    const inState = ['--json', '--state', state];
    const run = await lifeboat(
      'backfill',
      'run',
      capture,
      '--target',
      sink.url,
      '--rate',
      '1000',
      ...inState,
    );
    const status = await lifeboat('backfill', 'status', ...inState);
    return { 'backfill-scan': scan.stdout, 'backfill-run': run.stdout, 'backfill-status': status.stdout };
  } finally {
    await sink.close();
  }
}

test('every field of every document is in its chapter', async () => {
  await withState(async (state) => {
    const documents: Record<string, string> = {};
    const note = async (name: string, ...args: string[]): Promise<void> => {
      documents[name] = (await lifeboat(...args, '--json', '--state', state)).stdout;
    };
    await note('report', 'restore', ...ORDERS, '--yes');
    const { runId } = JSON.parse(documents['report'] ?? '') as { runId: string };
    await note('plan', 'plan', ...ORDERS);
    const [, simulate = '', inventory = ''] = ORDERS;
    const take = async (name: string, ...args: string[]): Promise<void> => {
      documents[name] = (await lifeboat(...args, '--json')).stdout;
    };
    await take('init', 'init', '-', simulate, inventory);
    await take('inventory-diff', 'inventory', simulate, inventory, '--diff', inventory);
    await take('completion', 'completion', 'bash');
    await note('check', 'check', ...ORDERS);
    await note('status', 'status');
    await note('runs', 'runs');
    await note('help', '--help');
    await note('version', '--version');
    await note('signal', 'pause', runId);
    await note('error', 'plan', 'test/docs/support.ts', ...ORDERS.slice(1));
    await note('cleanup', 'cleanup', runId, '--discard-recovered');
    Object.assign(documents, await backfillDocuments(state));
    for (const [name, text] of Object.entries(documents)) {
      const document = JSON.parse(text) as Record<string, unknown>;
      expect(document['schema']).toBe(`lifeboat.${name}/v1`);
      const described = chapter(PAGE, `### ${name}`);
      // Its own, and those of the first entry of each list.
      const lists = Object.values(document).filter((value) => Array.isArray(value));
      const fields = [document, ...lists.map(([entry]: readonly unknown[]) => entry)].flatMap((value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [],
      );
      expect({
        name,
        missing: fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(described)),
      }).toEqual({
        name,
        missing: [],
      });
    }
  });
});
