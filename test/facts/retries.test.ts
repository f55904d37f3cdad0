import { creditsAt, nextCreditMs, spendCredit } from '../../src/workflow/resource/fsr-credits.ts';
import type { FailureClass } from '../../src/workflow/base/effects.ts';
import type { FsrUse } from '../../src/workflow/resource/resource-context.ts';
import { retryPolicy } from '../../src/facts/retries.ts';
import { minutes, T0 } from '../workflow/support.ts';

test.each<[FailureClass, boolean]>([
  ['throttled', true],
  ['transient', true],
  ['busy', true],
  ['unreachable', true],
  ['credentials', true],
  ['capacity', true],
  ['quota', true],
  ['gone', false],
  ['denied', false],
  ['invalid', false],
])('%s is asked again: %s', (failure, again) => {
  expect(retryPolicy(failure) !== undefined).toBe(again);
});

test('credits start at 0, gain 1024 / GiB an hour, never exceed the bucket, and are spent one by one', () => {
  const fsr: FsrUse = {
    snapshotId: 's',
    zone: 'z',
    wasOn: false,
    state: 'enabled',
    creditBalance: 0,
    creditsAsOf: T0,
    asks: 1,
    released: false,
  };
  expect(creditsAt(fsr, 512, T0)).toBe(0);
  expect(creditsAt(fsr, 512, T0 + minutes(30))).toBe(1);
  expect(creditsAt(fsr, 512, T0 + minutes(6_000))).toBe(2);
  expect(nextCreditMs(fsr, 512, T0)).toBe(minutes(30) + 1_000);
  const spent = spendCredit(fsr, 512, T0 + minutes(6_000));
  expect(creditsAt(spent, 512, T0 + minutes(6_000))).toBe(1);
  expect(creditsAt({ ...fsr, state: 'optimizing' }, 512, T0 + minutes(60))).toBe(0);
  expect(creditsAt(fsr, 16_384, T0 + minutes(60 * 40))).toBe(1);
});
