import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCRIPTS } from '../../src/cli/completion/completion-scripts.ts';
import { useCli, ROOT, ORDERS } from '../e2e/cli.ts';
import { openScreen } from './screen.ts';
import type { Screen, ScreenOptions } from './screen.ts';

const RUN = 'orders-20261120T0300-1';
const ESCAPE = String.fromCharCode(27);
const CTRL_C = String.fromCharCode(3);
const CLEAR_LINE = String.fromCharCode(21);
const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`);
const TITLE = `${RUN}  drill of orders  RUNNING`;

const cli = useCli();
const open: Screen[] = [];
beforeAll(() => {});
afterEach(() => {
  for (const screen of open.splice(0)) screen.kill('SIGKILL');
});

function lifeboat(args: readonly string[], options: Partial<ScreenOptions> = {}): Screen {
  const screen = openScreen(process.execPath, [cli.entry, ...args], { cwd: cli.folder, ...options });
  open.push(screen);
  return screen;
}

/** A drill that lasts long enough to be looked at. */
function drill(
  state: string,
  options: Partial<ScreenOptions> & { readonly speed?: number | 'max' } = {},
): Screen {
  const { speed = 300, ...rest } = options;
  return lifeboat(['drill', ...ORDERS, '--state', state, '--speed', String(speed)], rest);
}

const shows = (text: string) => (screen: string) => screen.includes(text);

test('a run is shown live, whatever the size of the terminal, and Ctrl-C pauses it', async () => {
  const screen = drill('live', { env: { NO_COLOR: '1' } });
  await screen.until('view', shows(TITLE));
  const view = await screen.until('restore', shows('now restore'));
  expect(view).toMatch(/^RTO +ON-TRACK .* left of 6 h 00 min, forecast /m);
  expect(view).toMatch(/^RPO +ON-TRACK 1 h 00 min of data lost/m);
  expect(view).toMatch(/^phases +done preflight .*; now restore .*; to come\s+warmup/m);
  expect(view).toMatch(/^orders-db +restoring +point-in-time +in /m);

  screen.resize(30, 8);
  const small = await screen.until('narrow view', (text) => /^RUNNING, restore/.test(text));
  expect(small.split('\n').filter((line) => line.startsWith('RUNNING'))).toHaveLength(1);
  expect(small).toMatch(/^RTO ON-TRACK/m);
  expect(small).toMatch(/^resources 0 of 4 ready/m);

  screen.resize(100, 30);
  await screen.until('wide view', shows(TITLE));

  screen.type(CTRL_C);
  expect(await screen.ended()).toBe(4);
  const left = screen.everything().join('\n');
  expect(left).toContain(`Paused. Go on with: lifeboat resume ${RUN} --state live`);
  expect(left).toContain(`Drill ${RUN}: PAUSED`);
  // What was told before stays to be read; the view does not, once the verdict is there.
  expect(left.match(new RegExp(`^Run ${RUN}$`, 'gm'))).toHaveLength(1);
  expect(left).toMatch(/^03:00:00 +\+0:00:00 +phase +preflight$/m);
  expect(screen.lines().join('\n')).not.toMatch(/^phases /m);
  expect(screen.isCursorVisible).toBe(true);
  expect(screen.raw()).not.toMatch(COLOUR);
});

test('color is used where it is wanted, and words without it', async () => {
  const screen = drill('colour');
  await screen.until('view', shows('ON-TRACK'));
  expect(screen.raw()).toContain(`${ESCAPE}[32mON-TRACK${ESCAPE}[39m`);
  screen.kill('SIGTERM');
  expect(await screen.ended()).toBe(4);
  expect(screen.lines().join('\n')).toContain(`lifeboat resume ${RUN} --state colour`);
});

test('a dumb terminal and a build server are given plain lines', async () => {
  const screens = [{ TERM: 'dumb' }, { CI: 'true', NO_COLOR: '1' }].map((env, index) =>
    drill(`plain-${index}`, { env, speed: 'max' }),
  );
  for (const screen of screens) {
    expect(await screen.ended()).toBe(0);
    const text = screen.everything().join('\n');
    expect(text).toContain('phase      completed');
    expect(text).toContain(`Drill ${RUN}: COMPLETED`);
    expect(screen.raw()).not.toContain(ESCAPE);
  }
});

test('a drill that ends leaves its timeline and the verdict', async () => {
  const screen = drill('ends', { env: { NO_COLOR: '1' }, speed: 'max' });
  expect(await screen.ended()).toBe(0);
  const text = screen.everything().join('\n');
  const told = text.match(/^\d\d:\d\d:\d\d +\+\d:\d\d:\d\d .*$/gm) ?? [];
  expect(told.at(0)).toContain('preflight');
  expect(told.at(-1)).toContain('completed');
  expect(told.length).toBeGreaterThan(15);
  expect(text).not.toMatch(/^phases /m);
  expect(screen.lines().join('\n')).toContain('simulated      seed 1');
});

test('a recovery asks before it makes anything', async () => {
  const screen = lifeboat(['restore', ...ORDERS, '--state', 'asked']);
  await screen.until('question', shows('[y/N]'));
  screen.type('n\r');
  expect(await screen.ended()).toBe(130);
  const runs = await cli.run(['runs', '--state', 'asked', '--json']);
  expect(JSON.parse(runs.stdout)).toMatchObject({ runs: [] });
});

test('a recovery that waits for a person says how to agree, and continues by itself once it is approved', async () => {
  const gated = join(cli.folder, 'gated.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(gated, `${runbook}\ngates: [{ before: restore, approvals: 1 }]\n`);
  const screen = lifeboat(['restore', gated, ...ORDERS.slice(1), '--state', 'waits']);
  await screen.until('question', shows('[y/N]'));
  screen.type('y\r');
  const view = await screen.until('what it waits for', (text) => /^waiting /m.test(text));
  expect(view).toMatch(/^waiting +0 of 1 approvals given before restore/m);
  expect(view).toContain(`to go on  lifeboat approve ${RUN} --state waits (or reject)`);
  expect((await cli.run(['approve', RUN, '--state', 'waits', '--by', 'kim'])).exitCode).toBe(0);
  await screen.until('restore', shows('now restore'));
  screen.type(CTRL_C);
  expect(await screen.ended()).toBe(4);
});

test('another terminal watches a run, until it is enough or the run ends', async () => {
  const driver = drill('watched', { speed: 400 });
  await driver.until('view', shows('orders-db'));
  const watcher = lifeboat(['status', '--watch', '--every', '0.2', '--state', 'watched']);
  const view = await watcher.until('view', shows(TITLE));
  expect(view).toMatch(/^03:00:00 {2}preflight$/m);
  watcher.type(CTRL_C);
  expect(await watcher.ended()).toBe(0);
  expect(watcher.lines().join('\n')).toMatch(/to go on +lifeboat status .* --watch --state watched/);
  const other = lifeboat(['status', RUN, '--watch', '--every', '0.2', '--state', 'watched']);
  await other.until('view', shows(TITLE));
  driver.type(CTRL_C);
  expect(await driver.ended()).toBe(4);
  // No process drives the run any more: it waits, and says how to go on.
  await other.until('the way on', shows(`lifeboat resume ${RUN} --state watched`));
  await lifeboat(['resume', RUN, '--state', 'watched', '--speed', 'max']).ended();
  expect(await other.ended()).toBe(0);
  expect(other.lines().join('\n')).toContain(`${RUN}: drill of orders, completed`);
});

describe('bash', () => {
  function bash(): Screen {
    const folder = join(cli.folder, 'shell');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    mkdirSync(join(folder, '.lifeboat/runs', RUN), { recursive: true });
    writeFileSync(join(folder, 'book.yaml'), '');
    const program = join(folder, 'bin/lifeboat');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${cli.entry}' "$@"\n`);
    chmodSync(program, 0o755);
    const env = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      PS1: '$ ',
      INPUTRC: '/dev/null',
    };
    const screen = openScreen('bash', ['--norc', '--noprofile', '-i'], { cwd: folder, env });
    open.push(screen);
    screen.type('source <(lifeboat completion bash); echo loaded\r');
    return screen;
  }

  test('completes commands, options, values, files and runs, and runs nothing that stands on the line', async () => {
    const screen = bash();
    await screen.until('script', (text) => /^loaded$/m.test(text));
    screen.type('lifeboat dri\t');
    await screen.until('command', shows('$ lifeboat drill '));
    screen.type('bo\t');
    await screen.until('file', shows('$ lifeboat drill book.yaml '));
    screen.type('--fau\t');
    await screen.until('option', shows('book.yaml --faults '));
    screen.type('st\t');
    await screen.until('value', shows('--faults storm '));
    screen.type('--speed=$(touch pwned) --js\t');
    await screen.until('option behind it', shows('--json '));
    screen.type(`${CLEAR_LINE}lifeboat status o\t`);
    await screen.until('run', shows(`$ lifeboat status ${RUN} `));
    screen.type(`${CLEAR_LINE}ls\r`);
    expect(await screen.until('files', (text) => /^bin +book\.yaml/m.test(text))).not.toContain('pwned\n');
    screen.type('exit\r');
    await screen.ended();
    expect(screen.lines().join('\n')).not.toMatch(/^bin.*pwned/m);
  });
});

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const)('%s, where it is installed, finds nothing wrong with its script', (shell, flags) => {
  const { error, stderr, status } = spawnSync(shell, flags, { input: SCRIPTS[shell], encoding: 'utf8' });
  if (error !== undefined) expect(error).toMatchObject({ code: 'ENOENT' });
  else expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
