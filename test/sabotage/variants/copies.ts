import type { preflightEbs } from '../../../src/aws/ebs-volume/preflight.ts';
import type { copyVolumes } from '../../../src/aws/ebs-volume/copy.ts';
import type { isOfRun } from '../../../src/aws/tags.ts';
import type { copyWay } from '../../../src/kinds/ebs-volume/copies.ts';
import type { ebsVolumeCourse } from '../../../src/kinds/ebs-volume/course.ts';
import type { volumeCopy } from '../../../src/kinds/ebs-volume/strategies/volume-copy.ts';
import type { takesTurns } from '../../../src/kinds/phases.ts';
import type { holdsStill } from '../../../src/workflow/resource/holds.ts';
import type { VolumeSpec } from '../../../src/kinds/specs.ts';
import { variant, type Variant } from '../variant.ts';

const PLAN = 'test/kinds/volume-copy.test.ts';
const TURNS = 'test/workflow/copies-in-turn.test.ts';

/** Copies of a source, which stays as it is. */
export const copies: readonly Variant[] = [
  variant<typeof isOfRun>({
    name: 'the-source-of-a-copy-is-deleted',
    breaks: 'Neither a deletion nor a sweep reaches the source of a copy.',
    seam: 'isOfRun',
    how: () => () => true,
    tests: [{ path: 'test/aws/contract.test.ts', name: 'reaches the source of a copy' }],
  }),
  variant<typeof copyVolumes>({
    name: 'a-source-is-taken-for-its-copy',
    breaks: 'A drill that copied a volume deletes the copy, and touches the source in no way.',
    seam: 'ebs-volume/copyVolumes',
    how: (copyVolumes) => async (aws, asked) => {
      const answers = await copyVolumes(aws, asked);
      return answers.map((answer, index) => {
        const id = (asked[index]?.spec as VolumeSpec).sourceVolumeId;
        return answer.ok && answer.type === 'operate' && id !== undefined
          ? { ...answer, result: { id } }
          : answer;
      });
    },
    tests: [{ path: 'test/simulation/volume-copy.test.ts', name: 'copies the source and deletes the copy' }],
  }),
  variant<typeof ebsVolumeCourse>({
    name: 'copies-of-one-source-at-once',
    breaks: 'A volume has one copy in progress at a time.',
    seam: 'ebsVolumeCourse',
    how: (course) => ({ ...course, gate: () => ({ open: 99 }) }),
    tests: [{ path: TURNS, name: 'asked for one at a time' }],
  }),
  variant<typeof takesTurns>({
    name: 'a-driver-rests-until-the-last-turn',
    breaks: 'A driver notices when the next copy of a source may be made.',
    seam: 'takesTurns',
    how: () => () => false,
    tests: [{ path: PLAN, name: 'each turn is news' }],
  }),
  variant<typeof holdsStill>({
    name: 'a-copy-waits-for-the-place-of-its-resource',
    breaks: 'A copy that is made again needs no second place of the Region.',
    seam: 'holdsStill',
    how: () => () => false,
    tests: [{ path: TURNS, name: 'without a second place' }],
  }),
  variant<typeof copyWay>({
    name: 'a-copy-with-the-damage-is-planned',
    breaks: 'Where a resource is recovered to before the damage, its volume is not copied.',
    seam: 'copyWay',
    how: (copyWay) => (member, context, dataGiB) =>
      copyWay(member, { ...context, policy: { ...context.policy, policy: 'latest' } }, dataGiB),
    tests: [{ path: PLAN, name: 'before the damage' }],
  }),
  variant<typeof volumeCopy>({
    name: 'auto-copies-a-source',
    breaks: 'Only a runbook that lists it has a source copied.',
    seam: 'volumeCopy',
    how: (volumeCopy) => ({
      ...volumeCopy,
      propose(subject) {
        const proposal = volumeCopy.propose(subject);
        if (!proposal.feasible) return proposal;
        const { feasible, why, planned } = proposal;
        return { feasible, why, planned };
      },
    }),
    tests: [{ path: PLAN, name: 'auto never takes it' }],
  }),
  variant<typeof preflightEbs>({
    name: 'a-source-that-is-gone-is-not-noticed',
    breaks: 'Before a run begins the sources that it would copy are looked at again.',
    seam: 'preflightEbs',
    how: (preflightEbs) => (aws, relies) =>
      preflightEbs(
        aws,
        relies.filter(({ type }) => type !== 'volume'),
      ),
    tests: [{ path: 'test/aws/ec2-copy.test.ts', name: 'no longer exists' }],
  }),
];
