import { hurry } from '../lambda/durable/hurry.ts';
import { expectKillsToChangeNothing, expectLostCheckpointsToChangeNothing } from '../lambda/killed.ts';

jest.setTimeout(3_600_000);
hurry();

/** KILL_EVERY=1: every call and every checkpoint, in about an hour. */
const STRIDE = Number(process.env['KILL_EVERY'] ?? 37);

describe.each(['drill', 'restore'] as const)('a %s in the cloud', (mode) => {
  test('may be killed at any call', () => expectKillsToChangeNothing(mode, STRIDE));

  test.each(['lost', 'unanswered'] as const)('may have any checkpoint %s', (fate) =>
    expectLostCheckpointsToChangeNothing(mode, fate, Math.ceil(STRIDE / 10)),
  );
});
