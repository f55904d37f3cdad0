import { fc } from '../property.ts';
import { grant, type AllocationRequest } from '../../src/workflow/allocator.ts';
import type { Hold } from '../../src/workflow/resource/holds.ts';
import { held, minutes, planned, strategy, Subject, T0 } from './support.ts';

const RATE = 'provisionedInitMiBps' as const;
const wants = (id: string, amount: number): AllocationRequest => ({ id, needs: [{ pool: RATE, amount }] });

test('grants in the order of priority, as far as there is room', () => {
  expect(grant([wants('a', 300), wants('b', 300), wants('c', 300)], { [RATE]: 700 }, [], T0)).toEqual([
    'a',
    'b',
  ]);
});

test('a large request is not overtaken in its pool, and does not stop another pool', () => {
  const other: AllocationRequest = { id: 'db', needs: [{ pool: 'dbInstances', amount: 1 }] };
  const granted = grant(
    [wants('a', 300), wants('big', 600), wants('small', 100), other],
    { [RATE]: 700, dbInstances: 1 },
    [],
    T0,
  );
  expect(granted).toEqual(['a', 'db']);
});

test('a hold counts until its instant, and no longer', () => {
  const hold: Hold = { pool: RATE, amount: 300, until: T0 + 1 };
  expect(grant([wants('a', 300)], { [RATE]: 300 }, [hold], T0)).toEqual([]);
  expect(grant([wants('a', 300)], { [RATE]: 300 }, [hold], T0 + 1)).toEqual(['a']);
});

test('an absent quota does not bind', () => {
  expect(grant([wants('a', 1e9)], {}, [], T0)).toEqual(['a']);
});

test('fast snapshot restore of one snapshot in one zone belongs to one resource at a time', () => {
  const needs = [{ pool: 'only:snap-1@a', amount: 1 }] as const;
  const request = (id: string): AllocationRequest => ({ id, needs });
  expect(grant([request('one'), request('two')], {}, [], T0)).toEqual(['one']);
  expect(grant([request('one')], {}, needs, T0)).toEqual([]);
});

test('never grants more than a pool holds, whatever is asked', () => {
  const request = fc
    .record({ id: fc.uuid(), amount: fc.integer({ min: 1, max: 500 }) })
    .map(({ id, amount }) => wants(id, amount));
  fc.assert(
    fc.property(
      fc.array(request),
      fc.integer({ min: 0, max: 2_000 }),
      fc.array(fc.integer({ min: 0, max: 300 })),
      (requests, capacity, held) => {
        const holds = held.map((amount): Hold => ({ pool: RATE, amount }));
        const granted = new Set(grant(requests, { [RATE]: capacity }, holds, T0));
        const added = requests
          .filter(({ id }) => granted.has(id))
          .reduce((sum, { needs }) => sum + (needs[0]?.amount ?? 0), 0);
        const before = held.reduce((sum, amount) => sum + amount, 0);
        return added === 0 || before + added <= capacity;
      },
    ),
  );
});

test('a provisioned slot is held from the grant until the slowest initialization is over, also by what was thrown away', () => {
  const subject = new Subject(planned([strategy('provisioned-rate')]));
  expect(held(subject, RATE)).toEqual([]);
  subject.grant();
  expect(held(subject, RATE)).toEqual([{ pool: RATE, amount: 300 }]);
  subject.answer('createVolume', { id: 'vol-a' });
  // Data / rate are 307.2 s; at the most that takes 1.1 ** 1.25 times as long.
  const until = T0 + Math.ceil(307_200 * 1.1 ** 1.25) + 1_000;
  expect(held(subject, RATE)).toEqual([{ pool: RATE, amount: 300, until }]);
  subject.at += minutes(1);
  subject.see('vol-a', { status: 'error' });
  expect(subject.state).toBe('queued');
  expect(held(subject, RATE)).toEqual([{ pool: RATE, amount: 300, until }]);
});
