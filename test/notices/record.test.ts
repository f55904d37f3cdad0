import type { Json } from '../../src/workflow/base/decision.ts';
import { emptyRecord, recordsOf, recordsToJson, withUndelivered } from '../../src/notices/record.ts';

const SOME = { ...emptyRecord('k', 'label'), handled: 7, delivered: 2, omitted: 1, waiting: 3 };
const JSON_OF_SOME = {
  key: 'k',
  label: 'l',
  handled: 7,
  delivered: 2,
  omitted: 1,
  undelivered: 0,
  waiting: 3,
  lastUndelivered: [],
};

test('a written record is read back', () => {
  const record = withUndelivered(SOME, { at: 5, text: 't', why: 'w' });
  expect(recordsOf(JSON.parse(JSON.stringify(recordsToJson([record]))))).toEqual([record]);
  expect(record).toMatchObject({ undelivered: 1, lastUndelivered: [{ at: 5, text: 't', why: 'w' }] });
});

test.each<[Json | undefined]>([
  [undefined],
  [null],
  [7],
  ['x'],
  [{}],
  [[null, 3, 'x', {}]],
  [[{ ...JSON_OF_SOME, handled: -1 }]],
  [[{ ...JSON_OF_SOME, key: 5 }]],
  [[{ ...JSON_OF_SOME, lastUndelivered: 'x' }]],
])('%j holds nothing', (fact) => {
  expect(recordsOf(fact)).toEqual([]);
});

test('the newest twenty of the undelivered are kept, all are counted', () => {
  const record = Array.from({ length: 50 }, (_, at) => ({ at, text: 't', why: 'w' })).reduce(
    withUndelivered,
    SOME,
  );
  expect(record.undelivered).toBe(50);
  expect(record.lastUndelivered.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, i) => 30 + i));
});
