import { LifeboatError } from '../../src/errors.ts';
import { Heartbeat } from '../../src/journal/heartbeat.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('it beats until it is stopped', () => {
  const beat = jest.fn(() => true);
  const heartbeat = new Heartbeat();
  heartbeat.start(1_000, beat);
  jest.advanceTimersByTime(3_500);
  expect(beat).toHaveBeenCalledTimes(3);
  heartbeat.stop();
  jest.advanceTimersByTime(10_000);
  expect(beat).toHaveBeenCalledTimes(3);
});

test('it ends with the first beat that says so, and one takes the place of another', () => {
  const [first, second] = [jest.fn(() => true), jest.fn(() => false)];
  const heartbeat = new Heartbeat();
  heartbeat.start(1_000, first);
  heartbeat.start(1_000, second);
  jest.advanceTimersByTime(10_000);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
});

test('a failed beat does not end the heartbeat; a bug is thrown', () => {
  const full = new LifeboatError('JOURNAL_UNWRITABLE', 'The disk is full.', 'Free space.');
  const beat = jest.fn((): boolean => {
    if (beat.mock.calls.length === 1) throw full;
    if (beat.mock.calls.length === 3) throw new TypeError('a bug');
    return true;
  });
  new Heartbeat().start(1_000, beat);
  jest.advanceTimersByTime(2_500);
  expect(beat).toHaveBeenCalledTimes(2);
  expect(() => jest.advanceTimersByTime(1_000)).toThrow('a bug');
});
