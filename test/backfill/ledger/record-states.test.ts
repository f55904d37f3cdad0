import type { LedgerEntry } from '../../../src/backfill/ledger/entries.ts';
import { Fates } from '../../../src/backfill/ledger/fates.ts';
import { RecordStates } from '../../../src/backfill/ledger/record-states.ts';
import type { RecordKey } from '../../../src/backfill/base/record.ts';
import type { Fate } from '../../../src/backfill/base/replay-ports.ts';
import { fc } from '../../property.ts';

const record: RecordKey = { source: 1, position: 410, ordinal: 1 };
const message: RecordKey = { source: 2, position: 'm-1' };
const succeeded: Fate = { kind: 'succeeded', status: 200 };

const intent = (key: RecordKey, attempt = 1): LedgerEntry => ({ kind: 'intent', key, attempt, at: 0 });
const failure = (
  key: RecordKey,
  attempt: number,
  outcome: 'known' | 'unknown',
): Extract<LedgerEntry, { kind: 'failure' }> => ({
  kind: 'failure',
  key,
  attempt,
  at: 0,
  outcome,
  why: '',
});
const outcome = (key: RecordKey, fate: Fate, attempt = 1): LedgerEntry => ({
  kind: 'outcome',
  key,
  attempt,
  at: 0,
  fate,
});

function after(...entries: LedgerEntry[]): RecordStates {
  const states = new RecordStates();
  for (const entry of entries) states.apply(entry);
  return states;
}

describe.each([
  ['a record', record],
  ['a message', message],
])('%s', (_, key) => {
  test.each<[string, LedgerEntry[], object]>([
    ['never sent', [], { kind: 'new' }],
    ['under way', [intent(key)], { kind: 'unknown', attempts: 1 }],
    ['known to have failed', [intent(key), failure(key, 1, 'known')], { kind: 'tried', attempts: 1 }],
    ['ended unknown', [intent(key), failure(key, 1, 'unknown')], { kind: 'unknown', attempts: 1 }],
    [
      'under way again',
      [intent(key), failure(key, 1, 'known'), intent(key, 2)],
      { kind: 'unknown', attempts: 2 },
    ],
    ['done', [intent(key), outcome(key, succeeded)], { kind: 'fate', fate: 'succeeded' }],
    [
      'refused',
      [intent(key), outcome(key, { kind: 'rejected', status: 400, answer: '' })],
      { kind: 'fate', fate: 'rejected' },
    ],
    [
      'given up unsent',
      [outcome(key, { kind: 'abandoned', why: '' }, 0)],
      { kind: 'fate', fate: 'abandoned' },
    ],
    [
      'in doubt',
      [intent(key), outcome(key, { kind: 'ambiguous', why: '' })],
      { kind: 'fate', fate: 'ambiguous' },
    ],
    [
      'done and gone',
      [intent(key), outcome(key, succeeded), { kind: 'gone', key, at: 0 }],
      { kind: 'fate', fate: 'succeeded' },
    ],
  ])('%s', (_, entries, state) => {
    expect(after(...entries).of(key)).toEqual(state);
  });

  test.each<[string, LedgerEntry[], number, number]>([
    ['one send', [intent(key), outcome(key, succeeded)], 1, 0],
    ['a second after a known failure', [intent(key), failure(key, 1, 'known'), intent(key, 2)], 2, 0],
    ['a second after an unknown one', [intent(key), failure(key, 1, 'unknown'), intent(key, 2)], 2, 1],
    ['a second after a crash', [intent(key), intent(key, 2), outcome(key, succeeded, 2)], 2, 1],
    ['a third after two crashes', [intent(key), intent(key, 2), intent(key, 3)], 3, 2],
  ])('%s counts sends and those whose effect may be double', (_, entries, sends, resentUnknown) => {
    expect(after(...entries).counts).toMatchObject({ sends, resentUnknown });
  });
});

test('each fate counts once, also one that is told twice', () => {
  const keys = [0, 1, 2, 3].map((ordinal) => ({ source: 1, position: ordinal * 400, ordinal }));
  const fates: Fate[] = [
    succeeded,
    { kind: 'rejected', status: 404, answer: '' },
    { kind: 'abandoned', why: '' },
    { kind: 'ambiguous', why: '' },
  ];
  const states = new RecordStates();
  for (let telling = 1; telling <= 2; telling += 1) {
    for (const [index, key] of keys.entries()) states.apply(outcome(key, fates[index] ?? succeeded));
  }
  expect(states.counts).toEqual({
    succeeded: 1,
    rejected: 1,
    abandoned: 1,
    ambiguous: 1,
    sends: 0,
    resentUnknown: 0,
  });
});

test('messages that are gone are forgotten in the end, those that are not never', () => {
  const states = after(outcome({ source: 2, position: 'stays' }, succeeded));
  for (let index = 0; index < 65_537; index += 1) {
    const key = { source: 2, position: `m-${index}` };
    states.apply(outcome(key, succeeded));
    states.apply({ kind: 'gone', key, at: 0 });
  }
  expect(states.of({ source: 2, position: 'm-0' })).toEqual({ kind: 'new' });
  expect(states.of({ source: 2, position: 'm-1' })).toEqual({ kind: 'fate', fate: 'succeeded' });
  expect(states.of({ source: 2, position: 'stays' })).toEqual({ kind: 'fate', fate: 'succeeded' });
  expect(states.counts.succeeded).toBe(65_538);
});

test('a key without the ordinal that its source gives is a mistake, and not a new record', () => {
  const states = after(intent(record), outcome(record, succeeded), intent(message));
  expect(() => states.of({ source: 1, position: 410 })).toThrow('without its ordinal');
  expect(() => states.of({ ...message, ordinal: 1 })).toThrow('with an ordinal');
});

test('a number and a text that look alike are two positions', () => {
  const states = after(intent({ source: 7, position: 5 }));
  expect(states.of({ source: 7, position: '5' })).toEqual({ kind: 'new' });
  expect(states.of({ source: 70, position: 5 })).toEqual({ kind: 'new' });
});

test('a million records with a fate take a bit each', () => {
  const before = process.memoryUsage().arrayBuffers;
  const states = new RecordStates();
  for (let ordinal = 0; ordinal < 1_000_000; ordinal += 1) {
    const key = { source: 1, position: ordinal * 400, ordinal };
    states.apply(intent(key));
    states.apply(outcome(key, ordinal % 100_000 === 0 ? { kind: 'abandoned', why: '' } : succeeded));
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500_000);
  expect(states.openCount).toBe(0);
  expect(states.firstOpen).toBe(1_000_000);
  expect(states.counts).toMatchObject({ succeeded: 999_990, abandoned: 10, sends: 1_000_000 });
});

test('the pause after a failure lasts until then, and an attempt that began ends it; attempts that never left stay known', () => {
  const paused: LedgerEntry = { ...failure(record, 2, 'known'), at: 1_000, pauseMs: 500, unsent: 1 };
  expect(after(intent(record), intent(record, 2), paused).of(record)).toEqual({
    ...{ kind: 'tried', attempts: 2, unsent: 1, dueAt: 1_500 },
  });
  expect(after(intent(record, 2), paused, intent(record, 3)).of(record)).toEqual({
    ...{ kind: 'unknown', attempts: 3, unsent: 1 },
  });
  const later = after(intent(record), { ...paused, unsent: 0 }, failure(record, 3, 'known'));
  expect(later.of(record)).toEqual({ kind: 'tried', attempts: 3 });
});

test('the oldest request that is lost is known by its own time', () => {
  const lost = (key: RecordKey, fate: Fate, requestAt: number): LedgerEntry => ({
    ...{ kind: 'outcome', key, attempt: 1, at: 9, fate, requestAt },
  });
  const other: RecordKey = { source: 1, position: 7, ordinal: 2 };
  expect(after(lost(record, succeeded, 3)).counts.earliestLostAt).toBeUndefined();
  const states = after(
    lost(record, { kind: 'abandoned', why: '' }, 7),
    lost(other, { kind: 'rejected', status: 410, answer: '' }, 5),
    lost(other, { kind: 'abandoned', why: 'a second fate counts for nothing' }, 1),
  );
  expect(states.counts.earliestLostAt).toBe(5);
});

test('fates are those of a plain map, and the first open one is the lowest that is not in it', () => {
  const ordinal = fc.oneof(
    fc.nat(40),
    fc.constantFrom(65_535, 65_536, 65_537, 131_072, 4_294_967_296, 2 ** 52),
  );
  const kind = fc.constantFrom<Fate['kind']>('succeeded', 'rejected', 'abandoned', 'ambiguous');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(ordinal, kind), { selector: ([one]) => one, maxLength: 60 }),
      (settled) => {
        const fates = new Fates();
        for (const [one, fate] of settled) fates.set(one, fate);
        const expected = new Map(settled);
        for (const one of [
          ...Array.from({ length: 42 }, (_, index) => index),
          65_535,
          65_536,
          65_537,
          131_072,
          0x1_0000_0000,
          2 ** 52,
        ])
          expect(fates.of(one)).toBe(expected.get(one));
        let lowest = 0;
        while (expected.has(lowest)) lowest += 1;
        expect(fates.firstOpen).toBe(lowest);
        fates.set(lowest, 'succeeded');
        expect(fates.firstOpen).toBeGreaterThan(lowest);
      },
    ),
  );
});
