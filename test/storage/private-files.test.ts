import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createPrivateFile,
  guardStateDirectory,
  makePrivateDirectory,
  openPrivateFile,
  preparePrivateFile,
  replacePrivateFile,
} from '../../src/storage/private-files.ts';

let root = '';
let umask = 0;
beforeEach(() => {
  umask = process.umask();
  root = mkdtempSync(join(tmpdir(), 'lifeboat-private-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.umask(umask);
  rmSync(root, { recursive: true });
});

const at = (...names: string[]) => join(root, ...names);
const modeOf = (...names: string[]) => (lstatSync(at(...names)).mode & 0o777).toString(8);
const unsafe = (message: RegExp) =>
  expect.objectContaining({ code: 'STATE_UNSAFE', message: expect.stringMatching(message) });
const thrown = (body: () => unknown): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe.each([0o000, 0o022, 0o077, 0o277, 0o777])('umask %i', (mask) => {
  test('directories are 0700 and files 0600, whatever way they are made', () => {
    process.umask(mask);
    makePrivateDirectory(at('state', 'runs', 'r1'));
    closeSync(createPrivateFile(at('state', 'created')));
    preparePrivateFile(at('state', 'prepared'));
    closeSync(openPrivateFile(at('state', 'appended'), constants.O_RDWR | constants.O_APPEND));
    replacePrivateFile(at('state', 'replaced'), 'text');
    process.umask(umask);
    for (const name of ['', 'runs', 'runs/r1']) expect([name, modeOf('state', name)]).toEqual([name, '700']);
    for (const name of ['created', 'prepared', 'appended', 'replaced'])
      expect([name, modeOf('state', name)]).toEqual([name, '600']);
    expect(readdirSync(at('state')).sort()).toEqual(['appended', 'created', 'prepared', 'replaced', 'runs']);
  });
});

describe('links', () => {
  const target = () => at('precious');
  beforeEach(() => writeFileSync(target(), 'precious', { mode: 0o644 }));

  test.each([
    ['to append', (file: string) => openPrivateFile(file, constants.O_RDWR | constants.O_APPEND)],
    ['for SQLite', (file: string) => preparePrivateFile(file)],
  ])('a file that is opened %s', (_, open) => {
    symlinkSync(target(), at('ledger.log'));
    expect(thrown(() => open(at('ledger.log')))).toEqual(unsafe(/ledger\.log is a symbolic link/));
    symlinkSync(at('nowhere'), at('dangling'));
    expect(thrown(() => open(at('dangling')))).toEqual(unsafe(/dangling is a symbolic link/));
    expect([readFileSync(target(), 'utf8'), existsSync(at('nowhere'))]).toEqual(['precious', false]);
    expect(modeOf('precious')).toBe('644');
  });

  test('a file that is created or replaced', () => {
    symlinkSync(target(), at('new'));
    expect(thrown(() => createPrivateFile(at('new')))).toBeDefined();
    replacePrivateFile(at('new'), 'mine');
    expect(lstatSync(at('new')).isFile()).toBe(true);
    expect([readFileSync(at('new'), 'utf8'), readFileSync(target(), 'utf8')]).toEqual(['mine', 'precious']);
  });

  test('names that a file is written under first can be foreseen by nobody', () => {
    for (const name of ['x.tmp', 'x.new', `x.${process.pid}.new`, `.x.${process.pid}.new`])
      symlinkSync(target(), at(name));
    replacePrivateFile(at('x'), 'mine');
    expect(readFileSync(target(), 'utf8')).toBe('precious');
  });

  test('a directory', () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('runs'));
    expect(thrown(() => makePrivateDirectory(at('runs')))).toEqual(unsafe(/runs is a symbolic link/));
  });

  test('the state directory itself may be one of one’s own', () => {
    mkdirSync(at('disk'), { mode: 0o755 });
    symlinkSync(at('disk'), at('state'));
    guardStateDirectory(at('state'));
    expect(modeOf('disk')).toBe('700');
  });
});

describe('a state directory that is there', () => {
  function older(mode = 0o755): void {
    mkdirSync(at('state', 'runs', 'r1'), { recursive: true });
    writeFileSync(at('state', 'runs', 'r1', 'journal.sqlite'), 'x');
    for (const name of ['state/runs/r1', 'state/runs', 'state']) chmodSync(at(name), mode);
    chmodSync(at('state', 'runs', 'r1', 'journal.sqlite'), mode & 0o666);
  }

  test('of an older version is closed to others, with all that it holds', () => {
    older();
    guardStateDirectory(at('state'));
    for (const name of ['state', 'state/runs', 'state/runs/r1']) expect(modeOf(name)).toBe('700');
    expect(modeOf('state', 'runs', 'r1', 'journal.sqlite')).toBe('600');
  });

  test.each([0o775, 0o757, 0o777])('that others can write is refused, with the command: %i', (mode) => {
    older(mode);
    expect(thrown(() => guardStateDirectory(at('state')))).toEqual(unsafe(/state can be written by other/));
    expect(thrown(() => guardStateDirectory(at('state')))).toMatchObject({
      next: expect.stringContaining(`chmod -R go= ${at('state')}`),
    });
    expect(thrown(() => makePrivateDirectory(at('state')))).toEqual(unsafe(/can be written/));
    expect(statSync(at('state')).mode & 0o777).toBe(mode);
  });

  test('with anything in it that others can write', () => {
    older();
    chmodSync(at('state', 'runs', 'r1', 'journal.sqlite'), 0o666);
    expect(thrown(() => guardStateDirectory(at('state')))).toEqual(unsafe(/journal\.sqlite can be written/));
  });

  test('of another user is refused', () => {
    older(0o700);
    const own = process.getuid?.() ?? 0;
    jest.spyOn(process, 'getuid').mockReturnValue(own + 1);
    const foreign = unsafe(new RegExp(`belongs to another user of this machine \\(uid ${own}`));
    expect(thrown(() => guardStateDirectory(at('state')))).toEqual(foreign);
    expect(thrown(() => makePrivateDirectory(at('state')))).toEqual(foreign);
    expect(thrown(() => preparePrivateFile(at('state', 'runs', 'r1', 'journal.sqlite')))).toEqual(foreign);
    symlinkSync(at('state'), at('link'));
    expect(thrown(() => guardStateDirectory(at('link')))).toEqual(foreign);
  });

  test('that does not exist yet is fine, and so is a file, which others complain of', () => {
    guardStateDirectory(at('none'));
    writeFileSync(at('file'), '');
    guardStateDirectory(at('file'));
    expect(existsSync(at('none'))).toBe(false);
  });

  test('a name with a blank is quoted in the command', () => {
    mkdirSync(at("o'brien state"));
    chmodSync(at("o'brien state"), 0o777);
    expect(thrown(() => guardStateDirectory(at("o'brien state")))).toMatchObject({
      next: expect.stringContaining(`chmod -R go= '${root}/o'\\''brien state'`),
    });
  });
});
