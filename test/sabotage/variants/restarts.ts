import type { dueEffects } from '../../../src/driver/requests/dispatcher.ts';
import type { askSweep } from '../../../src/workflow/recovery/recovery-answers.ts';
import type { emptySweepsWanted } from '../../../src/workflow/recovery/recovery-rules.ts';
import type { createVolumes } from '../../../src/aws/ebs-volume/volumes.ts';
import type { Effect } from '../../../src/workflow/base/effects.ts';
import { variant, type Variant } from '../variant.ts';

type DueEffects = typeof dueEffects;

/** An effect as if it had never been sent. */
function certain<E extends Effect>(effect: E): E {
  if (effect.doubtful !== true) return effect;
  const { doubtful, ...sure } = effect;
  return (doubtful ? sure : effect) as E;
}

const withoutDoubt =
  (dueEffects: DueEffects): DueEffects =>
  (outbox, now, rankOf) =>
    dueEffects(outbox, now, rankOf).map((effect) => (effect.attempt === 1 ? certain(effect) : effect));

/** What a process may not know after a restart, and what reads do not show yet. */
export const restarts: readonly Variant[] = [
  variant<DueEffects>({
    name: 'taken-over-fsr-is-not-doubtful',
    breaks: 'After a takeover, fast snapshot restore that is on may have been switched on by the run itself.',
    seam: 'dueEffects',
    how: withoutDoubt,
    tests: [{ path: 'test/driver/fsr-course.test.ts', name: 'a process that dies after' }],
  }),
  variant<DueEffects>({
    name: 'taken-over-creates-are-not-doubtful',
    breaks:
      'After a takeover, the result of an earlier request is searched for before the request is repeated.',
    seam: 'dueEffects',
    how: withoutDoubt,
    tests: [{ path: 'test/driver/downtime.test.ts', name: 'a volume that was asked for' }],
  }),
  variant<DueEffects>({
    name: 'taken-over-snapshots-are-asked-for-at-once',
    breaks: 'A snapshot has no token: one that may have been asked for must show before it is looked for.',
    seam: 'dueEffects',
    how: (dueEffects) => (outbox, now, rankOf) =>
      dueEffects(
        [...outbox].map((effect) =>
          effect.type === 'operate' && effect.operation === 'takeSnapshot'
            ? { ...effect, notBefore: 0 }
            : effect,
        ),
        now,
        rankOf,
      ),
    tests: [{ path: 'test/driver/downtime.test.ts', name: 'is looked for only once it would show' }],
  }),
  variant<typeof createVolumes>({
    name: 'doubtful-creates-are-not-looked-for',
    breaks: 'Where an endpoint heeds no token, a create that may have been sent is looked for by its tag.',
    seam: 'createVolumes',
    how: (createVolumes) => (aws, effects) =>
      createVolumes(
        aws,
        effects.map((effect) => ({ ...certain(effect), attempt: 1 })),
      ),
    tests: [{ path: 'test/aws/ec2-adoption.test.ts' }],
  }),
  variant<typeof emptySweepsWanted>({
    name: 'a-cleanup-trusts-one-empty-sweep',
    breaks: 'One empty sweep is not trusted where reads lag.',
    seam: 'emptySweepsWanted',
    how: () => () => 1,
    tests: [{ path: 'test/driver/cleanup.test.ts', name: 'one empty sweep is not trusted' }],
  }),
  variant<typeof askSweep>({
    name: 'the-last-sweep-does-not-wait',
    breaks: 'The sweep at the end waits until the last thing that was asked for would show.',
    seam: 'askSweep',
    how: (askSweep) => (context, keep) => askSweep(context, keep, 0),
    tests: [{ path: 'test/driver/cleanup.test.ts', name: 'the sweep at the end of a drill waits' }],
  }),
];
