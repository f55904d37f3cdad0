import { hurry } from '../lambda/durable/hurry.ts';
import { expectKillsToChangeNothing, expectLostCheckpointsToChangeNothing } from '../lambda/killed.ts';

jest.setTimeout(1_800_000);
hurry();

describe.each(['drill', 'restore'] as const)('a %s in the cloud', (mode) => {
  test('may be killed at each single call', () => expectKillsToChangeNothing(mode, 1));

  test.each(['lost', 'unanswered'] as const)('may have each single checkpoint %s', (fate) =>
    expectLostCheckpointsToChangeNothing(mode, fate, 1),
  );
});
