import { backoffMs, repeat, retry } from '../src/retry.ts';

const POLICY = { baseMs: 100, capMs: 1_000, attempts: 4 };

test('back-off grows, is capped, has full jitter and depends on its key alone', () => {
  const policy = { baseMs: 1_000, capMs: 60_000, attempts: 40 };
  const waits = Array.from({ length: 400 }, (_, n) => backoffMs(policy, `effect-${n}`, 30));
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  expect(Math.min(...waits)).toBeLessThan(5_000);
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  expect(mean).toBeGreaterThan(25_000);
  expect(mean).toBeLessThan(35_000);
  expect(backoffMs(policy, 'x', 1)).toBeLessThanOrEqual(1_000);
  expect(backoffMs(policy, 'x', 7)).toBe(backoffMs(policy, 'x', 7));
  expect(backoffMs(policy, 'x', 100_000)).toBeLessThanOrEqual(60_000);
});

test('what fails is repeated until it succeeds, waiting by its policy', async () => {
  const waits: number[] = [];
  let left = 2;
  const result = await retry(
    async () => {
      if (left-- > 0) throw new Error('busy');
      return 'done';
    },
    { key: 'k', policyAfter: () => POLICY, wait: async (milliseconds) => void waits.push(milliseconds) },
  );
  expect(result).toBe('done');
  expect(waits).toEqual([backoffMs(POLICY, 'k', 1), backoffMs(POLICY, 'k', 2)]);
});

test.each<[string, number, () => typeof POLICY | undefined, () => Promise<boolean | void>]>([
  ['the attempts are used up', 4, () => POLICY, () => Promise.resolve()],
  ['repeating cannot help', 1, () => undefined, () => Promise.resolve()],
  ['the wait is stopped', 1, () => POLICY, () => Promise.resolve(false)],
])('the last error is thrown once %s', async (_, attempts, policyAfter, wait) => {
  let asked = 0;
  const failing = async (): Promise<never> => {
    asked += 1;
    throw new Error(`failure ${asked}`);
  };
  await expect(retry(failing, { key: 'k', policyAfter, wait })).rejects.toThrow(`failure ${attempts}`);
});

test('an outcome can ask to wait longer', async () => {
  const waits: number[] = [];
  const outcome = await repeat(async () => 'later', {
    key: 'k',
    again: () => ({ ...POLICY, attempts: 2 }),
    leastMs: () => 5_000,
    wait: async (milliseconds) => void waits.push(milliseconds),
  });
  expect([outcome, waits]).toEqual(['later', [5_000]]);
});
