/** `npm run test:long` runs the test files that ask this once more, and then it is so (test/long/thorough.test.ts). */
export const IS_THOROUGH = process.env['TEST_THOROUGH'] === '1';

/** How far a loop goes on at a time that tries every case when it is thorough, and one in so many otherwise. */
export function oneIn(count: number): number {
  return IS_THOROUGH ? 1 : count;
}
