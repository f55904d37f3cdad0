import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeCapture } from './captures.ts';
import { runHere } from '../cli/run-here.ts';
import { environment, useCli, type Ended, ORDERS } from './cli.ts';

jest.setTimeout(60_000);

const cli = useCli();
let server: Server;
let target = '';
beforeAll(async () => {
  server = createServer((request, response) => void request.resume().on('end', () => response.end('ok')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeCapture(join(cli.folder, 'capture.jsonl'), 3);
});
afterAll(() => {
  server.close();
});

/** With a umask that leaves everything to everybody. */
function carelessly(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const command = ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, cli.entry, ...args];
    execFile('/bin/sh', command, { cwd: cli.folder, env: environment() }, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

/** Everything in a tree, with its mode. */
function modes(path: string): readonly (readonly [string, string])[] {
  const status = lstatSync(path);
  const inner = status.isDirectory() ? readdirSync(path).flatMap((name) => modes(join(path, name))) : [];
  return [[path, (status.mode & 0o777).toString(8)], ...inner];
}

test('whatever the umask, files of commands are private to their owner', async () => {
  const state = ['--state', 'careless'];
  expect(await carelessly(['check', ...ORDERS, ...state])).toMatchObject({ exitCode: 0 });
  expect(await carelessly(['drill', ...ORDERS, ...state, '--faults', 'flaky'])).toMatchObject({
    exitCode: 0,
  });
  const sent = await carelessly(['backfill', 'run', 'capture.jsonl', '--target', target, '--yes', ...state]);
  expect(sent).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Error') });
  const found = modes(join(cli.folder, 'careless'));
  const names = found.map(([path]) => path).join('\n');
  for (const kept of [
    'journal.sqlite',
    'world.sqlite',
    'driver.lock',
    'orders.yaml',
    'ledger.log',
    'work.sqlite',
  ])
    expect(names).toContain(kept);
  for (const [path, mode] of found)
    expect([path, mode]).toEqual([path, lstatSync(path).isDirectory() ? '700' : '600']);
});

test('a state directory that others can write is refused, with what to do, by any command', async () => {
  mkdirSync(join(cli.folder, 'open'));
  chmodSync(join(cli.folder, 'open'), 0o777);
  for (const args of [
    ['runs'],
    ['drill', ...ORDERS],
    ['status'],
    ['check', ...ORDERS],
    ['backfill', 'status'],
  ]) {
    const ended = await runHere([...args, '--state', 'open'], { folder: cli.folder });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(
      /^Error: open can be written by other users[^\n]*\nTry: [^\n]*chmod -R go= open\n$/,
    );
  }
  const { stdout } = await cli.run(['runs', '--state', 'open', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.error/v1', code: 'STATE_UNSAFE' });
});

test('one of an older version is closed to others by the first command', async () => {
  await runHere(['drill', ...ORDERS, '--state', 'older'], { folder: cli.folder });
  for (const [path] of modes(join(cli.folder, 'older')))
    chmodSync(path, lstatSync(path).isDirectory() ? 0o755 : 0o644);
  expect(await cli.run(['runs', '--state', 'older'])).toMatchObject({ exitCode: 0, stderr: '' });
  for (const [path, mode] of modes(join(cli.folder, 'older')))
    expect([path, mode]).toEqual([path, lstatSync(path).isDirectory() ? '700' : '600']);
});

test('links in place of written files are not followed', async () => {
  const precious = join(cli.folder, 'precious');
  writeFileSync(precious, 'precious');
  const folder = join(cli.folder, 'linked', 'backfills', 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const run = ['backfill', 'run', 'capture.jsonl', '--target', target, '--name', 'logs', '--yes'];
  for (const name of ['definition.json.tmp', 'ledger.log']) symlinkSync(precious, join(folder, name));
  const ended = await cli.run([...run, '--state', 'linked']);
  expect(ended).toMatchObject({ exitCode: 2 });
  expect(ended.stderr).toMatch(/^Error: .*ledger\.log is a symbolic link, which is not followed/m);
  expect(readFileSync(precious, 'utf8')).toBe('precious');
});

test('compiled code is kept where no other user can put any', async () => {
  const [home, temporary] = [join(cli.folder, 'home'), join(cli.folder, 'temporary')];
  for (const folder of [home, temporary]) mkdirSync(folder);
  await cli.run(['--version'], { env: { HOME: home, XDG_CACHE_HOME: '', TMPDIR: temporary } });
  expect(readdirSync(temporary)).toEqual([]);
  expect(modes(join(home, '.cache', 'lifeboat'))[0]?.[1]).toBe('700');
  expect(readdirSync(join(home, '.cache', 'lifeboat'))).not.toEqual([]);
});
