import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '../../src/cli/session/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { VERSION } from '../../src/cli/version.ts';
import { runHere } from './run-here.ts';

const lifeboat = (...args: readonly string[]) => runHere(args);

const names = commands.map(nameOf);

test('the version is that of the package', async () => {
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
  expect(await lifeboat('--version')).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test('the commands of this version, and no others', () => {
  expect(names.toSorted()).toEqual(
    [
      ...[
        'abort',
        'adopt',
        'approve',
        'backfill run',
        'backfill scan',
        'backfill status',
        'check',
        'cleanup',
      ],
      ...['completion', 'drill', 'endpoint', 'init', 'inventory'],
      ...['pause', 'plan', 'reject', 'report', 'restore', 'resume', 'runs', 'schema', 'status'],
    ].toSorted(),
  );
});

test('help names every command and every exit code', async () => {
  const { exitCode, stdout } = await lifeboat('--help');
  expect(exitCode).toBe(0);
  for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name.split(' ')[0]} `, 'm'));
  expect(stdout).toMatch(/0 done.*1 failed.*2 usage.*3 an objective missed.*4 halted.*5 not ready.*130/s);
});

test.each(names)('%s has help with a description, options and an example', async (name) => {
  const { exitCode, stdout } = await lifeboat(...name.split(' '), '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: lifeboat ${name} `));
  expect(stdout).toMatch(/^\S.{20,}/m);
  expect(stdout).toContain('--json');
  expect(stdout).toMatch(new RegExp(`Example:\\n  lifeboat ${name}`));
});

test('a command that only holds others lists them', async () => {
  const { exitCode, stdout } = await lifeboat('backfill', '--help');
  expect(exitCode).toBe(0);
  for (const name of ['scan', 'run', 'status']) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('no command at all shows the help, and is an error', async () => {
  const { exitCode, stdout, stderr } = await lifeboat();
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Usage: lifeboat');
});

test.each<[readonly string[], RegExp]>([
  [['plam'], /Unknown command 'plam'[^]*Did you mean plan\?/],
  [['plan', 'x.yaml', '--sead', '1'], /Unknown option '--sead'[^]*Did you mean --seed\?/],
  [['plan'], /Missing required argument 'runbook'/],
  [['plan', 'a', 'b'], /Too many arguments/],
  [['plan', 'x.yaml', '--faults', 'some'], /Allowed choices are none, flaky, storm/],
  [['plan', 'x.yaml', '--simulate'], /argument missing/],
  [['report', 'r-20261120T0300-1', '--format', 'html'], /Allowed choices are md, json/],
  [['status', '../../etc'], /is not the id of a run/],
])('%j is a usage error', async (args, words) => {
  const { exitCode, stdout, stderr } = await lifeboat(...args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^Error: .+\nTry: .+\n$/);
  expect(stderr).toMatch(words);
});

test.each(names)(
  '%s takes every common option, before and after its name, and lists those that mean something to it',
  async (name) => {
    const needed = name === 'endpoint' ? ['--simulate', 'x'] : [];
    const common = ['--yes', '--json', '--log-level', 'silent', '--state', 'x'];
    const words = name.split(' ');
    for (const args of [
      [...words, ...common],
      [...common, ...words],
    ]) {
      const { exitCode, stderr } = await lifeboat(...args, ...needed, '--no-such');
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Unknown option '--no-such'")]);
    }
    const { stdout } = await lifeboat(...words, '--help');
    const asks = ['abort', 'adopt', 'backfill run', 'cleanup', 'drill', 'restore', 'resume'];
    expect(/^ {2}--yes /m.test(stdout)).toBe(asks.includes(name));
  },
);

test('a usage error under --json is a document, wherever --json stands', async () => {
  for (const args of [
    ['--json', 'plam'],
    ['plan', '--json'],
  ]) {
    const { exitCode, stdout, stderr } = await lifeboat(...args);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.error/v1', code: 'USAGE' });
    expect(stderr).toMatch(/^Error: /);
  }
});

test('a file called --json is not the option', async () => {
  const { exitCode, stdout, stderr } = await lifeboat('check', '--lint', '--', '--json');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Cannot read --json');
});

test.each<[readonly string[], Record<string, unknown>]>([
  [['--version', '--json'], { schema: 'lifeboat.version/v1', version: VERSION }],
  [['--help', '--json'], { schema: 'lifeboat.help/v1', text: expect.stringContaining('Usage: lifeboat') }],
  [['help', 'drill', '--json'], { schema: 'lifeboat.help/v1', text: expect.stringContaining('Example:') }],
  [['drill', '--help', '--json'], { schema: 'lifeboat.help/v1', text: expect.stringContaining('Example:') }],
])('%j is one document too', async (args, expected) => {
  const { exitCode, stdout, stderr } = await lifeboat(...args);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual(expected);
});

test.each([[['--json']], [['help', 'plam', '--json']]])('%j is an error', async (args) => {
  const { exitCode, stdout } = await lifeboat(...args);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.error/v1', code: 'USAGE' });
});
