import { ScrollingBlock } from '../../../src/cli/session/live-block.ts';
import type { Redraw, Size } from '../../../src/cli/session/live-block.ts';

const PACE_MS = 200;

/** A block on a terminal that only notes what it is told. */
function noted(size: Size = { columns: 80, rows: 24 }) {
  const log: string[] = [];
  const redraw: Redraw = Object.assign((text: string) => void log.push(`draw ${text}`), {
    clear: () => void log.push('clear'),
    done: () => void log.push('done'),
  });
  let now = size;
  const write = (text: string): void => void log.push(`write ${JSON.stringify(text)}`);
  const block = new ScrollingBlock({ redraw, write, size: () => now, paceMs: PACE_MS });
  const resize = (to: Size): void => {
    now = to;
    block.refit();
  };
  /** What was noted since it was asked last. */
  const taken = (): readonly string[] => log.splice(0);
  const say = (text: string): void => block.above(text, (spoken) => void log.push(`say ${spoken}`));
  return { block, resize, taken, say };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('draws at once, then no more often than its pace', () => {
  const { block, taken } = noted();
  block.show(() => 'one');
  block.show(() => 'two');
  block.show(() => 'three');
  expect(taken()).toEqual(['draw one']);
  jest.advanceTimersByTime(PACE_MS);
  expect(taken()).toEqual(['draw three']);
  jest.advanceTimersByTime(PACE_MS * 10);
  expect(taken()).toEqual([]);
});

test('what stays is written above the block, in order, with a burst in one go', () => {
  const { block, taken, say } = noted();
  block.show(() => 'block');
  for (const text of ['a', 'b', 'c']) say(text);
  expect(taken()).toEqual(['draw block']);
  jest.advanceTimersByTime(PACE_MS);
  expect(taken()).toEqual(['clear', 'say a', 'say b', 'say c', 'draw block']);
});

test('closing takes the block away and loses nothing that was said', () => {
  const { block, taken, say } = noted();
  block.show(() => 'block');
  say('last words');
  taken();
  block.close();
  expect(taken()).toEqual(['clear', 'done', 'say last words']);
  block.close();
  block.show(() => 'too late');
  say('after it');
  jest.advanceTimersByTime(PACE_MS * 10);
  expect(taken()).toEqual(['say after it']);
});

test('a terminal that becomes narrower has broken lines into more rows: all of them go', () => {
  const { block, resize, taken } = noted({ columns: 40, rows: 24 });
  block.show(({ columns }) => 'x'.repeat(columns));
  taken();
  resize({ columns: 10, rows: 24 });
  const [erased = '', ...rest] = taken();
  // Four rows of x, and the row of the cursor.
  expect(erased.split('[1A').length - 1).toBe(4);
  expect(rest).toEqual(['done', `draw ${'x'.repeat(10)}`]);
});

test('a block that does not fit any more is drawn from the top of the screen', () => {
  const { block, resize, taken } = noted({ columns: 40, rows: 24 });
  block.show(({ rows }) => Array.from({ length: rows - 1 }, (_, index) => `line ${index}`).join('\n'));
  taken();
  resize({ columns: 40, rows: 5 });
  expect(taken()).toEqual([expect.stringContaining('[H'), 'done', 'draw line 0\nline 1\nline 2\nline 3']);
});

test('what was out of reach and comes back is taken away, and what was said since is said again', () => {
  const { block, resize, taken, say } = noted({ columns: 40, rows: 12 });
  block.show(({ rows }) => Array.from({ length: rows - 1 }, () => 'line').join('\n'));
  resize({ columns: 40, rows: 5 });
  say('since');
  jest.advanceTimersByTime(PACE_MS);
  taken();
  resize({ columns: 40, rows: 20 });
  const [erased = '', ...rest] = taken();
  // Seven rows that were out of reach, one said since, four of the block, one of the cursor.
  expect(erased.split('[1A').length - 1).toBe(7 + 1 + 4);
  expect(rest).toEqual(['say since', 'done', expect.stringMatching(/^draw (line\n){18}line$/)]);
});

test('a terminal without a block is left alone', () => {
  const { resize, taken } = noted();
  resize({ columns: 10, rows: 5 });
  expect(taken()).toEqual([]);
});
