import type { isMade } from '../../../src/kinds/things.ts';
import type { holdEndsAt } from '../../../src/workflow/resource/holds.ts';
import type { isCommitted } from '../../../src/workflow/resource/losses.ts';
import type { needsGrant } from '../../../src/workflow/resource/walk.ts';
import { variant, type Variant } from '../variant.ts';

const STEPS = 'test/workflow/steps.test.ts';

/** What holds for every strategy, whatever its steps. */
export const steps: readonly Variant[] = [
  variant<typeof isMade>({
    name: 'what-existed-before-the-run-is-deleted',
    breaks: 'Only what the run made is deleted.',
    seam: 'isMade',
    how:
      () =>
      (thing): thing is never =>
        thing.id !== '',
    tests: [{ path: STEPS, name: 'is neither deleted nor demoted by an abort' }],
  }),
  variant<typeof needsGrant>({
    name: 'a-step-with-a-grant-of-its-own-does-not-wait',
    breaks: 'A step that asks for a grant of its own waits for it in the queue.',
    seam: 'needsGrant',
    how: () => () => false,
    tests: [{ path: STEPS, name: 'waits for it in the queue' }],
  }),
  variant<typeof holdEndsAt>({
    name: 'a-hold-ends-with-the-deletion',
    breaks: 'A hold ends at its milestone plus its seconds, also for a part that was given up.',
    seam: 'holdEndsAt',
    how: () => () => Number.NEGATIVE_INFINITY,
    tests: [{ path: STEPS, name: 'also for a part that was given up' }],
  }),
  variant<typeof isCommitted>({
    name: 'a-promoted-replica-falls-back',
    breaks: 'After an accepted irreversible step nothing falls back by itself.',
    seam: 'isCommitted',
    how: () => () => false,
    tests: [{ path: STEPS, name: 'settings that are refused afterwards' }],
  }),
];
