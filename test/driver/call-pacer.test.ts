import { fc } from '../property.ts';
import { bucketOf } from '../../src/facts/buckets.ts';
import { isThrottle, PacedCalls } from '../../src/driver/requests/calls.ts';
import { CallPacer } from '../../src/driver/requests/call-pacer.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { planOf, recordOf } from '../hosts/support.ts';
import { FakeClock, fleetOf } from './stage.ts';

/** The service's own bucket, as EC2 documents it. */
class Bucket {
  #tokens: number;
  #at = 0;
  readonly #capacity: number;
  readonly #perSecond: number;

  constructor(operation: string) {
    const { capacity, refillPerSecond } = bucketOf(operation);
    [this.#capacity, this.#perSecond, this.#tokens] = [capacity, refillPerSecond, capacity];
  }

  take(at: number): boolean {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((at - this.#at) / 1_000) * this.#perSecond);
    this.#at = at;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

const OPERATIONS = ['CreateVolume', 'DescribeVolumes', 'CopySnapshot', 'StartInstances'] as const;

test.each(OPERATIONS)('%s never meets the bucket of the service, whatever the pauses', (operation) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3_000 }), { maxLength: 250 }), (pauses) => {
      const [pacer, bucket] = [new CallPacer(), new Bucket(operation)];
      let now = 0;
      for (const pause of pauses) {
        now += pause % 5 === 0 ? pause : 0;
        for (let wait = pacer.take(operation, now); wait > 0; wait = pacer.take(operation, now)) now += wait;
        expect(bucket.take(now)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

test.each(OPERATIONS)('%s is slowed by half for each throttle, never starved, and recovers', (operation) => {
  const pacer = new CallPacer();
  let now = 0;
  const longestOf = (count: number): number => {
    let longest = 0;
    for (let call = 0; call < count; call += 1) {
      const from = now;
      for (let wait = pacer.take(operation, now); wait > 0; wait = pacer.take(operation, now)) now += wait;
      longest = Math.max(longest, now - from);
    }
    return longest;
  };
  const { refillPerSecond } = bucketOf(operation);
  longestOf(100);
  pacer.throttled(operation, now);
  const once = longestOf(3);
  expect(once).toBeGreaterThan((1.8 * 1_000) / refillPerSecond);
  for (let time = 0; time < 50; time += 1) pacer.throttled(operation, now);
  const often = longestOf(3);
  expect(often).toBeGreaterThan(2 * once);
  expect(often).toBeLessThanOrEqual((1_000 / (refillPerSecond * 0.9 * 0.05)) * 1.01 + 1);
  now += 15 * 60_000;
  longestOf(100);
  expect(longestOf(3)).toBeLessThanOrEqual(1_000 / (refillPerSecond * 0.9) + 2);
});

test('a clock that is put back neither fills nor blocks a bucket', () => {
  const pacer = new CallPacer();
  let now = 10 * 3_600_000;
  for (let call = 0; call < 90; call += 1) expect(pacer.take('CreateVolume', now)).toBe(0);
  now -= 5 * 3_600_000;
  const wait = pacer.take('CreateVolume', now);
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThan(1_000);
  expect(pacer.take('CreateVolume', now + wait)).toBe(0);
});

describe('calls', () => {
  const throttle = Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' });

  async function door() {
    const scenario = fleetOf();
    const journal = await createMemoryJournal(recordOf(scenario, planOf(scenario, 'drill'), {}));
    await journal.acquire();
    const clock = new FakeClock();
    return { journal, clock, call: new PacedCalls(journal, clock).call };
  }

  test('each attempt is counted before it is sent, also when sending throws', async () => {
    const { journal, call } = await door();
    const seen: unknown[] = [];
    const refuse = async (): Promise<never> => {
      seen.push(await journal.apiCalls());
      throw throttle;
    };
    await expect(call('CreateVolume', refuse)).rejects.toBe(throttle);
    await expect(call('CreateVolume', () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
    expect(seen).toEqual([[{ operation: 'CreateVolume', total: 1, throttled: 0 }]]);
    expect(await journal.apiCalls()).toEqual([{ operation: 'CreateVolume', total: 2, throttled: 1 }]);
  });

  test('a request that cannot be counted in the journal is not sent', async () => {
    const { journal, call } = await door();
    await journal.close();
    const send = jest.fn(async () => undefined);
    await expect(call('CreateVolume', send)).rejects.toThrow();
    expect(send).not.toHaveBeenCalled();
  });

  test('more calls than the bucket holds wait for their turn', async () => {
    const { clock, call } = await door();
    for (let n = 0; n < 190; n += 1) await call('CreateVolume', async () => undefined);
    // 90 at once, 100 at 4.5 a second.
    expect(clock.elapsed).toBeGreaterThan(22_000);
    expect(clock.elapsed).toBeLessThan(23_500);
  });

  test.each([
    ['RequestLimitExceeded', true],
    ['Client.RequestLimitExceeded', true],
    ['ThrottlingException', true],
    ['EC2ThrottledException', true],
    ['VolumeLimitExceeded', false],
    ['TypeError', false],
  ])('%s is a throttle: %s', (name, expected) => {
    expect(isThrottle(Object.assign(new Error('no'), { name }))).toBe(expected);
    expect(isThrottle(name)).toBe(false);
  });
});
