import { idempotencyKeys } from '../../../src/backfill/targets/idempotency-key.ts';
import { fc } from '../../property.ts';

const UUID = /^"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/;

test('the same for the same record, another for any other, in the shape of a UUID', () => {
  const keyOf = idempotencyKeys('orders-1');
  const position = fc.oneof(fc.maxSafeNat(), fc.string());
  const record = fc.record({ source: fc.oneof(fc.nat(10), fc.nat(1_000_000)), position });
  fc.assert(
    fc.property(record, record, (one, other) => {
      expect(keyOf(one)).toMatch(UUID);
      expect(idempotencyKeys('orders-1')(one)).toBe(keyOf(one));
      expect(idempotencyKeys('orders-2')(one)).not.toBe(keyOf(one));
      const same = one.source === other.source && one.position === other.position;
      expect(keyOf(one) === keyOf(other)).toBe(same);
    }),
  );
});

test('neighbours differ, and text is no number', () => {
  const keyOf = idempotencyKeys('orders-1');
  const keys = [
    { source: 1, position: 0 },
    { source: 1, position: 1 },
    { source: 2, position: 0 },
    { source: 1, position: '0' },
    { source: 4_096, position: 0 },
    { source: 1, position: 2 ** 48 },
  ].map(keyOf);
  expect(new Set(keys).size).toBe(6);
});
