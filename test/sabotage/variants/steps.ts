import type { taggableByEc2 } from '../../../src/aws/ebs-volume/tagging.ts';
import type { attachmentTo } from '../../../src/aws/ebs-volume/attach.ts';
import type { promotedBy } from '../../../src/aws/rds-instance/promote.ts';
import type { isMade } from '../../../src/kinds/things.ts';
import type { askSweep } from '../../../src/workflow/recovery/recovery-answers.ts';
import type { holdEndsAt } from '../../../src/workflow/resource/holds.ts';
import type { isCommitted } from '../../../src/workflow/resource/losses.ts';
import type { needsGrant } from '../../../src/workflow/resource/walk.ts';
import { variant, type Variant } from '../variant.ts';

const STEPS = 'test/workflow/steps.test.ts';
const PROMOTION = 'test/aws/rds-promote.test.ts';

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
  variant<typeof isMade>({
    name: 'a-stored-deletion-of-what-existed-is-carried-out',
    breaks: 'A deletion or reversal of what existed before the run is refused, whatever the journal says.',
    seam: 'isMade',
    how:
      () =>
      (thing): thing is never =>
        thing.id !== '',
    tests: [{ path: 'test/aws/executor.test.ts', name: 'is neither deleted nor switched off' }],
  }),
  variant<typeof askSweep>({
    name: 'what-existed-before-the-run-is-swept-for',
    breaks: 'What existed before the run is in no list of a sweep.',
    seam: 'askSweep',
    how: (askSweep) => (context, keep, notBefore) => {
      const asked = askSweep(context, keep, notBefore);
      const { sweep } = asked.pending;
      if (sweep?.type !== 'sweep') return asked;
      return { ...asked, pending: { ...asked.pending, sweep: { ...sweep, keep } } };
    },
    tests: [{ path: 'test/workflow/recovery-safety.test.ts', name: 'is in no sweep’s list' }],
  }),
  variant<typeof taggableByEc2>({
    name: 'a-claimed-source-gets-the-tags-of-a-run',
    breaks: 'What existed before the run never carries its tags: the sweep deletes by them.',
    seam: 'taggableByEc2',
    how:
      (taggableByEc2) =>
      async (...given) =>
        new Map(
          [...(await taggableByEc2(...given))].map(([id, one]) => {
            const write: typeof one.write = async (key, value) => {
              await one.write(key, value);
              const [, runId = ''] = /,"(run-[^"]*)",/.exec(Buffer.from(value, 'base64url').toString()) ?? [];
              await one.write('lifeboat:run', runId);
              await one.write('lifeboat:runbook', 'orders');
            };
            return [id, { ...one, write }];
          }),
        ),
    tests: [{ path: 'test/aws/contract.test.ts', name: 'never carries its tags' }],
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
  variant<typeof promotedBy>({
    name: 'settings-are-given-to-what-the-run-did-not-promote',
    breaks: 'Of what carries no tags of the run, only the instance that it promoted is changed.',
    seam: 'promotedBy',
    how: () => (effect) => effect.target?.id,
    tests: [{ path: PROMOTION, name: 'are not given to' }],
  }),
  variant<typeof attachmentTo>({
    name: 'a-lost-attachment-is-not-noticed',
    breaks: 'A comparison with the request misses an attachment that is gone.',
    seam: 'attachmentTo',
    how: () => () => ({}),
    tests: [{ path: 'test/aws/ec2-attach.test.ts', name: 'misses an attachment' }],
  }),
];
