import { hurry } from './durable/hurry.ts';
import { ended, expectKillsToChangeNothing, expectLostCheckpointsToChangeNothing } from './killed.ts';

hurry();

/** A sample of the calls: `npm run test:long -- lambda-kills` takes more of them, and with KILL_EVERY=1 each one. */
const STRIDE = 409;

describe.each(['drill', 'restore'] as const)('a %s', (mode) => {
  test('whose invocation is killed at any call ends the same: nothing is made twice, nothing is left', () =>
    expectKillsToChangeNothing(mode, STRIDE));

  test('whose every invocation dies after a while ends all the same', async () => {
    const { status, violations, cloud } = await ended({
      mode,
      service: { chaos: (point) => (point % 211 === 0 ? 'dies' : 'lives') },
    });
    expect([status, violations]).toEqual(['completed', []]);
    expect(cloud.service.sandboxes.filter(({ isDead }) => isDead).length).toBeGreaterThan(2);
  });

  test.each(['lost', 'unanswered'] as const)('of which a checkpoint is %s ends the same', (fate) =>
    expectLostCheckpointsToChangeNothing(mode, fate, 11),
  );
});

test('a killed process has told all that it had decided by the time the run ends', async () => {
  const { cloud } = await ended({ service: { chaos: (point) => (point % 300 === 0 ? 'dies' : 'lives') } });
  const timeline = await cloud.read((journal) => journal.timeline());
  // At least once: an entry may be told again by the next process.
  expect(new Set(cloud.codes)).toEqual(new Set(timeline.map(({ code }) => code)));
  expect(cloud.codes.length).toBeGreaterThanOrEqual(timeline.length);
});
