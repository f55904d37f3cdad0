import { nameOf } from '../../../src/cli/session/command.ts';
import { commands } from '../../../src/cli/commands/index.ts';
import type { RunsOptions } from '../../../src/cli/session/options.ts';
import { complete, SHELLS } from '../../../src/cli/completion/completion.ts';
import { asTyped, completionText, SCRIPTS, wordsOf } from '../../../src/cli/completion/completion-scripts.ts';

const RUNS = ['orders-20261120T0300-1', 'orders-20261120T0300-2'];
const sources = {
  commands,
  runIds: async ({ state, journal }: RunsOptions) => {
    if (journal !== undefined) return [`${journal.table}-20261120T0300-1`];
    return state === '.lifeboat' ? RUNS : state === '/mnt/dr' ? RUNS.slice(1) : [];
  },
};

async function valuesFor(...words: readonly string[]): Promise<readonly string[]> {
  const { kind, values } = await complete(words, sources);
  expect(kind).toBe('values');
  return values.map(({ value }) => value);
}

test('commands, all and by their beginning', async () => {
  const names = new Set(commands.map((command) => nameOf(command).split(' ')[0]));
  expect(await valuesFor('')).toEqual([...names, 'help']);
  expect(await valuesFor('backfill', '')).toEqual(['scan', 'run', 'status']);
  expect(await valuesFor('backfill', 's')).toEqual(['scan', 'status']);
  expect(await valuesFor('dr')).toEqual(['drill']);
  expect(await valuesFor('help', 're')).toEqual(await valuesFor('re'));
  expect(await valuesFor('nonsense', '')).toEqual([]);
});

test('every option of every command, with its description', async () => {
  for (const command of commands) {
    const { values } = await complete([...nameOf(command).split(' '), '--'], sources);
    const known = command.options.map(({ long, description }) => ({ value: long, description }));
    expect(values).toEqual(expect.arrayContaining(known));
    expect(values.map(({ value }) => value)).toEqual(expect.arrayContaining(['--json', '--help']));
  }
});

test.each<[readonly string[], readonly string[]]>([
  [
    ['drill', '--faults', ''],
    ['none', 'flaky', 'storm', 'drift'],
  ],
  [['drill', 'x.yaml', '--faults', 's'], ['storm']],
  [['drill', '--faults=fl'], ['flaky']],
  [['report', 'r', '--format', 'm'], ['md']],
  [['--log-level', 'de'], ['debug']],
  [['--log-level', 'debug', 'dr'], ['drill']],
  [['status', ''], RUNS],
  [['status', '--json', ''], RUNS],
  [['status', '--state', '/mnt/dr', ''], RUNS.slice(1)],
  [['approve', '--state=/mnt/dr', 'ord'], RUNS.slice(1)],
  [['status', '--journal', 'dynamodb://cloud', ''], ['cloud-20261120T0300-1']],
  [['status', RUNS[0] ?? '', ''], []],
  [
    ['backfill', 'scan', '--format', 'c'],
    ['combined', 'common', 'cloudfront', 'capture'],
  ],
  [['drill', '--seed', ''], []],
  [['drill', '--json', '--jso'], []],
  [['completion', ''], SHELLS],
])('%j', async (words, expected) => {
  expect(await valuesFor(...words)).toEqual(expected);
});

test.each<[readonly string[], string]>([
  [['drill', ''], 'files'],
  [['check', 'a.yaml', 'b'], 'files'],
  [['drill', '--simulate', ''], 'files'],
  [['drill', '--simulate=inv'], 'files'],
  [['report', 'r', '-o', ''], 'files'],
  [['drill', '--', '--odd'], 'files'],
  [['runs', '--state', ''], 'dirs'],
])('%j is for the shell', async (words, kind) => {
  expect(await complete(words, sources)).toEqual({ kind, values: [] });
});

test('what the scripts read: a kind, then a candidate and its description a line', () => {
  const values = [
    { value: 'drill', description: 'a rehearsal' },
    { value: 'none', description: '' },
  ];
  expect(completionText({ kind: 'values', values })).toBe(':values\ndrill\ta rehearsal\nnone\t');
  expect(completionText({ kind: 'files', values: [] })).toBe(':files');
});

test.each([
  ['bash', ['drill', '--faults', '=', 'fl'], ['drill', '--faults=fl']],
  ['bash', ['drill', '--faults', '='], ['drill', '--faults=']],
  ['bash', ['status', '--journal', 'dynamodb', ':', '//a', ''], ['status', '--journal', 'dynamodb://a', '']],
  [
    'bash',
    ['status', '--journal', '=', 'dynamodb', ':', '//a?region', '=', 'us-east-1', 'ord'],
    ['status', '--journal=dynamodb://a?region=us-east-1', 'ord'],
  ],
  ['bash', ['status', '--state', '"my dir"', 'a\\ b'], ['status', '--state', 'my dir', 'a b']],
  ['zsh', ['drill', '--faults=fl'], ['drill', '--faults=fl']],
  ['powershell', ['drill', '.'], ['drill', '']],
  ['powershell', ['drill', '../'], ['drill', './']],
] as const)('words as %s hands them over: %j', (shell, given, expected) => {
  expect(wordsOf(shell, given)).toEqual(expected);
});

test.each([
  ['bash', 'flaky'],
  ['zsh', 'flaky'],
  ['fish', '--faults=flaky'],
  ['powershell', '--faults=flaky'],
] as const)('a value after = for %s is %s', async (shell, expected) => {
  const completion = await complete(['drill', '--faults=fl'], sources);
  expect(asTyped(shell, '--faults=fl', completion).values).toEqual([{ value: expected, description: '' }]);
});

test.each(SHELLS)('the script for %s asks the program, and evaluates nothing', (shell) => {
  expect(SCRIPTS[shell]).toContain(`lifeboat completion ${shell}`);
  expect(SCRIPTS[shell].replace(/^#.*$/gm, '')).not.toMatch(/\beval\b|Invoke-Expression/);
});
