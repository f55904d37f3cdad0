import { creditAt, creditsAt, spendCredit } from '../../src/kinds/ebs-volume/fsr-credits.ts';
import type { Part } from '../../src/kinds/steps.ts';
import type { FailureClass } from '../../src/workflow/base/effects.ts';
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
  const fsr: Part = {
    ...{ role: 'fsr', type: 'fsr', copy: 0, generation: 1, strategy: 0, use: 'means', stage: 'live' },
    at: { enabled: T0, counted: T0 },
    data: {},
  };
  expect(creditsAt(fsr, 512, T0)).toBe(0);
  expect(creditsAt(fsr, 512, T0 + minutes(30))).toBe(1);
  expect(creditsAt(fsr, 512, T0 + minutes(6_000))).toBe(2);
  expect(creditAt(fsr, 512)).toBe(T0 + minutes(30) + 1_000);
  const spent = spendCredit(fsr, 512, T0 + minutes(6_000));
  expect(creditsAt(spent, 512, T0 + minutes(6_000))).toBe(1);
  expect(creditsAt({ ...fsr, at: {} }, 512, T0 + minutes(60))).toBe(0);
  expect(creditsAt(fsr, 16_384, T0 + minutes(60 * 40))).toBe(1);
});
