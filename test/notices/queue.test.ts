import type { Notice } from '../../src/notices/notice.ts';
import { enqueue, messageOf, MOST_WAITING, type Waiting } from '../../src/notices/queue.ts';

const added = (text: string, importance: Notice['importance'] = 'routine') => ({
  notice: { at: 0, importance, subject: text, text },
  handled: Number(text),
});
const queueOf = (
  most: number,
  ...all: readonly (readonly [string, Notice['importance']])[]
): readonly Waiting[] =>
  all.reduce<readonly Waiting[]>(
    (queue, [text, importance]) => enqueue(queue, added(text, importance), most),
    [],
  );
const shown = (queue: readonly Waiting[]) =>
  queue.map(({ notice, omitted }) => `${notice.text}${'-'.repeat(omitted)}`);

test.each<[string, number, [string, Notice['importance']][], string[]]>([
  [
    'room for all',
    3,
    [
      ['1', 'routine'],
      ['2', 'alert'],
    ],
    ['1', '2'],
  ],
  [
    'the oldest routine one goes',
    2,
    [
      ['1', 'alert'],
      ['2', 'routine'],
      ['3', 'routine'],
    ],
    ['1', '3-'],
  ],
  [
    'several go',
    2,
    [
      ['1', 'routine'],
      ['2', 'routine'],
      ['3', 'routine'],
      ['4', 'routine'],
    ],
    ['3--', '4'],
  ],
  [
    'counts are passed on',
    2,
    [
      ['1', 'routine'],
      ['2', 'routine'],
      ['3', 'alert'],
      ['4', 'alert'],
    ],
    ['3--', '4'],
  ],
  [
    'of alerts alone the oldest goes',
    2,
    [
      ['1', 'alert'],
      ['2', 'alert'],
      ['3', 'alert'],
    ],
    ['2-', '3'],
  ],
  [
    'the newest stays, routine or not',
    2,
    [
      ['1', 'alert'],
      ['2', 'alert'],
      ['3', 'routine'],
    ],
    ['2-', '3'],
  ],
  [
    'even alone',
    1,
    [
      ['1', 'alert'],
      ['2', 'routine'],
      ['3', 'routine'],
    ],
    ['3--'],
  ],
])('%s', (_, most, all, expected) => {
  expect(shown(queueOf(most, ...all))).toEqual(expected);
});

test('a hundred wait, whatever comes: none is lost without being counted', () => {
  const all = Array.from(
    { length: 10_000 },
    (_, i) => [String(i), i % 3 === 0 ? 'alert' : 'routine'] as const,
  );
  const queue = all.reduce<readonly Waiting[]>(
    (q, [text, importance]) => enqueue(q, added(text, importance)),
    [],
  );
  expect(queue).toHaveLength(MOST_WAITING);
  expect(queue.reduce((sum, { omitted }) => sum + omitted, 0)).toBe(10_000 - MOST_WAITING);
  expect(queue.at(-1)?.notice.text).toBe('9999');
  const order = queue.map(({ handled }) => handled);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
});

test('the one after a gap says so, and begins as ever', () => {
  const [waiting] = queueOf(1, ['1', 'routine'], ['2', 'routine']);
  if (waiting === undefined) throw new Error('nothing waits');
  expect(messageOf(waiting).text).toBe('2\n(1 earlier notice was left out: see the timeline of the run)');
  expect(messageOf({ ...waiting, omitted: 7 }).text).toMatch(/^2\n\(7 earlier notices were left out/);
  expect(messageOf({ ...waiting, omitted: 0 })).toEqual({ subject: '2', text: '2' });
});
