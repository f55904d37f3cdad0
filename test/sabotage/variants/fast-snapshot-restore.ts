import type { enableFsr } from '../../../src/aws/ebs-volume/fsr.ts';
import type { Allocation } from '../../../src/driver/fleet/allocation.ts';
import type { fsrKey } from '../../../src/facts/ebs.ts';
import type { holdsOf } from '../../../src/workflow/resource/holds.ts';
import type { releaseMeans } from '../../../src/workflow/resource/removals.ts';
import { variant, type Variant } from '../variant.ts';

const COURSE = 'test/driver/fsr-course.test.ts';

/** Fast snapshot restore: off at the end unless it was on before, and never two users of one slot. */
export const fastSnapshotRestore: readonly Variant[] = [
  variant<typeof releaseMeans>({
    name: 'an-abort-that-keeps-leaves-fsr-on',
    breaks:
      'An abort that keeps what was made switches off the fast snapshot restore that the run switched on.',
    seam: 'releaseMeans',
    how: (releaseMeans) => (context) => (context.stage === 'kept' ? context : releaseMeans(context)),
    tests: [{ path: COURSE, name: 'keep: it is switched off' }],
  }),
  variant<Allocation['grants']>({
    name: 'only-enabled-counts-as-on-before',
    breaks: 'Fast snapshot restore that was enabling or optimizing before the run counts as on.',
    seam: 'Allocation#grants',
    how: (grants) =>
      function (this: Allocation, onBefore, at) {
        return grants.call(
          this,
          onBefore.filter(({ status }) => status === 'enabled'),
          at,
        );
      },
    tests: [{ path: COURSE, name: '(enabling|optimizing) counts as on' }],
  }),
  variant<Allocation['grants']>({
    name: 'disabling-counts-as-on-before',
    breaks: 'Fast snapshot restore that was being switched off before the run does not count as on.',
    seam: 'Allocation#grants',
    how: (grants) =>
      function (this: Allocation, onBefore, at) {
        return grants.call(
          this,
          onBefore.map((each) => ({ ...each, status: 'enabled' })),
          at,
        );
      },
    tests: [{ path: COURSE, name: 'disabling counts as on' }],
  }),
  variant<typeof enableFsr>({
    name: 'fsr-of-somebody-else-is-taken-for-our-own',
    breaks: 'Fast snapshot restore that another user enabled after the preflight is not disabled.',
    seam: 'aws/enableFsr',
    how: (enableFsr) => async (aws, effects) =>
      (await enableFsr(aws, effects)).map((answer) =>
        answer.type === 'operate' && answer.ok ? { ...answer, result: {} } : answer,
      ),
    tests: [{ path: 'test/aws/ec2-fsr.test.ts', name: 'somebody else’s, and is not asked for' }],
  }),
  variant<typeof fsrKey>({
    name: 'fsr-is-kept-apart-by-snapshot-alone',
    breaks: 'Fast snapshot restore belongs to a snapshot in a zone: on in one zone says nothing of another.',
    seam: 'fsrKey',
    how:
      () =>
      ({ snapshotId = '' }) =>
        snapshotId,
    tests: [{ path: COURSE, name: 'one snapshot in two zones' }],
  }),
  variant<typeof holdsOf>({
    name: 'the-fsr-slot-is-free-at-once',
    breaks: 'The slot of fast snapshot restore is held until it can be taken to be off.',
    seam: 'holdsOf',
    how: (holdsOf) => (context, state) =>
      holdsOf(context, state).filter(({ pool, until }) => pool !== 'fsrSnapshots' || until === undefined),
    tests: [{ path: COURSE, name: 'is held until it is free' }],
  }),
];
