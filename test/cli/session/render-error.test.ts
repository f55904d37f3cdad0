import { CommanderError } from 'commander';
import { reportError } from '../../../src/cli/session/render-error.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import { documentError } from '../../../src/document/complaints.ts';
import { LifeboatError, wholeFile } from '../../../src/errors.ts';
import { fakeStreams } from '../streams.ts';

function report(error: unknown, options: { json?: boolean; showStack?: boolean } = {}) {
  const streams = fakeStreams();
  const terminal = createTerminal(options.json ?? false, streams);
  const exitCode = reportError(error, terminal, options.showStack ?? false);
  return { exitCode, ...streams.said() };
}

const place = (line: number) => ({ file: 'orders.yaml', line, column: 3 });

test('an expected failure is an Error: and a Try:', () => {
  const error = new LifeboatError('RUN_NOT_FOUND', "There is no run 'x'.", 'List them: lifeboat runs.');
  expect(report(error)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: "Error: There is no run 'x'.\nTry: List them: lifeboat runs.\n",
  });
});

test('every complaint is shown with its place and its suggestion', () => {
  const complaints = [
    { place: place(4), message: "unknown key 'objectve'", suggestion: 'objectives' },
    { place: place(9), message: 'expected a duration' },
  ];
  const error = new LifeboatError('INVALID_RUNBOOK', 'orders.yaml is not valid.', 'Correct it.', {
    complaints,
  });
  expect(report(error).stderr.split('\n')).toEqual([
    'Error: orders.yaml is not valid.',
    "  orders.yaml:4:3: unknown key 'objectve' - did you mean 'objectives'?",
    '  orders.yaml:9:3: expected a duration',
    'Try: Correct it.',
    '',
  ]);
  expect(JSON.parse(report(error, { json: true }).stdout)).toEqual({
    schema: 'lifeboat.error/v1',
    code: 'INVALID_RUNBOOK',
    message: 'orders.yaml is not valid.',
    next: 'Correct it.',
    at: place(4),
    complaints: complaints.map(({ place: at, ...rest }) => ({ ...at, ...rest })),
  });
});

test('a single complaint that the message tells already is not told twice', () => {
  const error = new LifeboatError('INVALID_RUNBOOK', 'orders.yaml is not valid: no name', 'Correct it.', {
    complaints: [{ place: place(1), message: 'no name' }],
    summary: 'orders.yaml is not valid',
  });
  expect(report(error).stderr).toBe(
    'Error: orders.yaml is not valid: no name\n  at orders.yaml:1:3\nTry: Correct it.\n',
  );
});

test('the first of several complaints is told once, with its place', () => {
  const complaints = [1, 2].map((line) => ({ place: place(line), message: `wrong ${line}` }));
  const error = documentError('INVALID_RUNBOOK', 'runbook', 'orders.yaml', complaints);
  expect(report(error).stderr.split('\n').slice(0, 3)).toEqual([
    'Error: orders.yaml is not a valid runbook (2 complaints):',
    '  orders.yaml:1:3: wrong 1',
    '  orders.yaml:2:3: wrong 2',
  ]);
  expect(JSON.parse(report(error, { json: true }).stdout)).toMatchObject({
    message: 'orders.yaml is not a valid runbook (2 complaints; the first one): wrong 1',
  });
});

test('a file that was not read has no line in it', () => {
  const at = wholeFile('orders.yaml');
  const alone = new LifeboatError('FILE_UNREADABLE', 'Cannot read orders.yaml.', 'Check it.', { at });
  expect(report(alone).stderr).toBe('Error: Cannot read orders.yaml.\nTry: Check it.\n');
  expect(JSON.parse(report(alone, { json: true }).stdout)).toMatchObject({ at: { file: 'orders.yaml' } });
  expect(report(alone, { json: true }).stdout).not.toContain('"line"');
  const complaints = [
    { place: at, message: 'there is no such file' },
    { place: place(2), message: 'wrong' },
  ];
  const among = new LifeboatError('FILE_UNREADABLE', '2 files are not valid.', 'Check them.', { complaints });
  expect(report(among).stderr).toContain(
    '\n  orders.yaml: there is no such file\n  orders.yaml:2:3: wrong\n',
  );
});

test('what commander says becomes a usage error with its suggestion', () => {
  const error = new CommanderError(
    1,
    'commander.unknownCommand',
    "error: unknown command 'plam'\n(Did you mean plan?)",
  );
  expect(report(error)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: "Error: Unknown command 'plam'.\nTry: Did you mean plan? See lifeboat --help.\n",
  });
});

test('anything else is a bug, told without its stack', () => {
  const bug = new TypeError('x is not a function');
  const { exitCode, stderr } = report(bug);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Error: This is a bug in Lifeboat: TypeError: x is not a function');
  expect(stderr).not.toContain('    at ');
  expect(report(bug, { showStack: true }).stderr).toContain('    at ');
});

test('the stack names the causes', () => {
  const error = new LifeboatError('AWS_FAILED', 'It failed.', 'Wait.', { cause: new Error('socket') });
  expect(report(error, { showStack: true }).stderr).toContain('Caused by: Error: socket');
});

test('nothing in a message can drive the terminal', () => {
  const error = new LifeboatError('AWS_FAILED', 'bad \u001b[2J name\u202e', 'Look\u0007.');
  expect(report(error).stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

describe('what the machine lacks is no bug in Lifeboat', () => {
  const system = (code: string) =>
    Object.assign(new Error(`${code}: as the system says it, open '/x'`), { code, syscall: 'open' });

  test.each([
    ['EMFILE', /may not open more files/, /ulimit -n/],
    ['ENFILE', /machine has too many files/, /fs\.file-max/],
    ['ENOMEM', /too little memory/, /memory/],
    ['EAGAIN', /processes or threads/, /ulimit -u/],
    ['ENOSPC', /disk is full/, /Free space/],
    ['EDQUOT', /quota/, /quota/],
    ['EFBIG', /greatest size/, /ulimit -f/],
    ['EROFS', /read-only/, /writable/],
    ['EIO', /disk failed/, /Check the disk/],
    ['EACCES', /access is denied/, /Grant/],
    ['EPERM', /not permitted/, /Grant/],
  ])('%s', (code, what, next) => {
    const { exitCode, stdout } = report(system(code), { json: true });
    const told = JSON.parse(stdout);
    expect([exitCode, told.code]).toEqual([1, 'SYSTEM_FAILED']);
    expect(told.message).toMatch(what);
    expect(told.next).toMatch(next);
    expect(report(new Error('deep inside', { cause: system(code) })).stderr).not.toMatch(/bug/);
  });

  test.each(['EMFILE', 'ENFILE', 'ENOMEM'])('%s behind an expected failure decides what to do', (code) => {
    const error = new LifeboatError('FILE_UNREADABLE', 'Cannot read x.', 'Check the path.', {
      cause: new Error('wrapped', { cause: system(code) }),
    });
    expect(report(error).stderr).toMatch(/^Error: Cannot read x\.\nTry: (Raise|End)/);
  });

  test('a full disk behind an expected failure leaves its advice', () => {
    const error = new LifeboatError('JOURNAL_UNWRITABLE', 'Full.', 'Free space on /x.', {
      cause: system('ENOSPC'),
    });
    expect(report(error).stderr).toContain('Try: Free space on /x.');
  });

  test('anything else stays a bug', () => {
    expect(report(new TypeError('x is not a function')).stderr).toMatch(/bug in Lifeboat/);
    expect(report(Object.assign(new Error('no'), { code: 'EMFILE' })).stderr).toMatch(/bug in Lifeboat/);
  });
});
