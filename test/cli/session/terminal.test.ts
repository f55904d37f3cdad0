import { advise, lifeboat } from '../../../src/advice.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import { ANSI_PALETTE, PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { fakeStreams } from '../streams.ts';

test('people read lines, scripts read one document, and both get notes beside it', () => {
  const person = fakeStreams();
  const script = fakeStreams();
  for (const terminal of [createTerminal(false, person), createTerminal(true, script)]) {
    terminal.print('hello');
    terminal.document({ a: 1 });
    terminal.note('by the way');
  }
  expect(person.said()).toEqual({ stdout: 'hello\n', stderr: 'by the way\n' });
  expect(script.said()).toEqual({ stdout: '{"a":1}\n', stderr: 'by the way\n' });
});

test.each([
  ['a terminal', true, {}, false, ANSI_PALETTE],
  ['a pipe', false, {}, false, PLAIN_PALETTE],
  ['NO_COLOR', true, { NO_COLOR: '1' }, false, PLAIN_PALETTE],
  ['an empty NO_COLOR', true, { NO_COLOR: '' }, false, ANSI_PALETTE],
  ['a dumb terminal', true, { TERM: 'dumb' }, false, PLAIN_PALETTE],
  ['--json', true, {}, true, PLAIN_PALETTE],
])('colours on %s', (_, isTTY, env, json, palette) => {
  expect(createTerminal(json, fakeStreams({ isTTY, env })).palette).toBe(palette);
});

test.each([
  ['y', true],
  ['YES', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
])('the answer %p', async (answer, expected) => {
  const streams = fakeStreams({ isTTY: true });
  const confirmed = createTerminal(false, streams).confirm('Start?');
  (streams.stdin as unknown as NodeJS.WritableStream).write(`${answer}\n`);
  expect(await confirmed).toBe(expected);
  expect(streams.said().stdout).toBe('');
});

test('a question without anybody to answer says what to do', async () => {
  await expect(createTerminal(false, fakeStreams()).confirm('Start?')).rejects.toMatchObject({
    code: 'QUESTION_UNANSWERED',
    next: expect.stringContaining('--yes'),
  });
});

test('Ctrl-D is no yes', async () => {
  const streams = fakeStreams({ isTTY: true });
  const confirmed = createTerminal(false, streams).confirm('Start?');
  (streams.stdin as unknown as NodeJS.WritableStream).end();
  expect(await confirmed).toBe(false);
});

test('a reader that went away is not written to any more, and nothing is thrown', () => {
  const streams = fakeStreams();
  const terminal = createTerminal(false, streams);
  terminal.print('first');
  streams.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  terminal.print('second');
  expect(streams.said().stdout).toBe('first\n');
});

test('another failure of standard output stops nothing, and is told at the end', async () => {
  const streams = fakeStreams();
  const terminal = createTerminal(false, streams);
  streams.stdout.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  terminal.print('lost');
  expect(await terminal.flush()).toBe('no space');
  expect(streams.said().stdout).toBe('');
});

test('a reader that went away is no failure', async () => {
  const streams = fakeStreams();
  const terminal = createTerminal(false, streams);
  expect(await terminal.flush()).toBeUndefined();
  streams.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(await terminal.flush()).toBeUndefined();
});

test.each([
  [true, 80, false, 80],
  [true, 5, false, 72],
  [true, 500, false, 120],
  [true, undefined, false, undefined],
  [false, 80, false, undefined],
  [true, 80, true, undefined],
])('terminal %p of %p columns, --json %p: width %p', (isTTY, columns, json, width) => {
  const streams = fakeStreams({ isTTY });
  Object.assign(streams.stdout, { columns });
  expect(createTerminal(json, streams).width).toBe(width);
});

test('what is told to do next names the state directory', () => {
  const streams = fakeStreams();
  const terminal = createTerminal(false, streams, ['--state', '/mnt/dr']);
  terminal.note(advise`Go on with: ${lifeboat('resume', 'orders-20261120T0300-1')}`);
  expect(streams.said().stderr).toBe('Go on with: lifeboat resume orders-20261120T0300-1 --state /mnt/dr\n');
});

test.each([
  ['a terminal with a size', { isTTY: true, env: {} }, { columns: 40, rows: 10 }, false, true, 40],
  ['a terminal that does not know its size', { isTTY: true, env: {} }, {}, false, false, undefined],
  ['one that says 0', { isTTY: true, env: {} }, { columns: 0, rows: 0 }, false, false, undefined],
  ['a dumb one', { isTTY: true, env: { TERM: 'dumb' } }, { columns: 40, rows: 10 }, false, false, 40],
  [
    'one of a build server',
    { isTTY: true, env: { CI: 'true' } },
    { columns: 40, rows: 10 },
    false,
    false,
    40,
  ],
  [
    'one where CI is denied',
    { isTTY: true, env: { CI: 'false' } },
    { columns: 40, rows: 10 },
    false,
    true,
    40,
  ],
  ['--json', { isTTY: true, env: {} }, { columns: 40, rows: 10 }, true, false, undefined],
  ['a pipe', { isTTY: false, env: {} }, { columns: 40, rows: 10 }, false, false, undefined],
])('%s: may lines be drawn over?', async (_, options, size, json, redraws, columns) => {
  const streams = fakeStreams(options);
  Object.assign(streams.stdout, size);
  const terminal = createTerminal(json, streams);
  expect([terminal.redraws, terminal.columns()]).toEqual([redraws, columns]);
  if (!redraws) expect(await terminal.openBlock()).toBeUndefined();
});

test('a document holds nothing that a terminal obeys', () => {
  const streams = fakeStreams();
  createTerminal(true, streams).document({ name: 'vol\u009b31m\u202e\u2028' });
  expect(streams.said().stdout).toBe('{"name":"vol\\u009b31m\\u202e\\u2028"}\n');
});
