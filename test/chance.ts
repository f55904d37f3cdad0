import { fraction } from '../src/hash.ts';

/** From 0 (inclusive) to 1 (exclusive), by `key` and TEST_SEED alone (default 1): the same in every run, so that a failure can be repeated. */
export const chance = (key: string): number => fraction(`${process.env['TEST_SEED'] ?? '1'}/${key}`);
