import type { exitCodeOfRun } from '../../../src/cli/run/drive.ts';
import type { exitCodeOf } from '../../../src/cli/session/exit-codes.ts';
import type { attendanceOf } from '../../../src/cli/stored/read-attendance.ts';
import type { Library } from '../../../src/hosts/lambda/library.ts';
import type { requireAccount, speaker } from '../../../src/cli/signals/operator.ts';
import type { withoutDrills } from '../../../src/inventory/drift.ts';
import type { enqueue } from '../../../src/notices/queue.ts';
import type { isNews } from '../../../src/notices/notice.ts';
import type { judge } from '../../../src/objectives/objectives.ts';
import type { chooseSnapshot } from '../../../src/kinds/ebs-volume/recovery-points.ts';
import type { schedule } from '../../../src/plan/schedule.ts';
import type { markdown, plain } from '../../../src/report/layout/plain.ts';
import type { sanitise } from '../../../src/aws/request-failures.ts';
import { variant, type Variant } from '../variant.ts';

/** What is planned, and what people and scripts are told. */
export const people: readonly Variant[] = [
  variant<typeof exitCodeOfRun>({
    name: 'a-missed-objective-ends-with-0',
    breaks: 'A run that missed an objective ends with 3.',
    seam: 'exitCodeOfRun',
    how: (exitCodeOfRun) => (report) => {
      const code = exitCodeOfRun(report);
      return code === 3 ? 0 : code;
    },
    tests: [{ path: 'test/cli/session/exit-codes.test.ts' }],
  }),
  variant<typeof exitCodeOfRun>({
    name: 'a-waiting-run-ends-with-0',
    breaks: 'A run that waits for a person ends with 4.',
    seam: 'exitCodeOfRun',
    how: (exitCodeOfRun) => (report) => {
      const code = exitCodeOfRun(report);
      return code === 4 ? 0 : code;
    },
    tests: [{ path: 'test/cli/session/exit-codes.test.ts' }],
  }),
  variant<Library['runbook']>({
    name: 'the-function-uses-another-text-than-the-file',
    breaks: 'A runbook that is given as a file is the one that the function uses, or the run is refused.',
    seam: 'Library#runbook',
    how: (runbook) =>
      function (this: Library, name) {
        return runbook.call(this, name);
      },
    tests: [{ path: 'test/hosts/lambda/begin.test.ts', name: 'names the text of a runbook' }],
  }),
  variant<typeof requireAccount>({
    name: 'a-laptop-drives-a-run-of-another-account',
    breaks: 'A run in the cloud is driven from its own account only.',
    seam: 'requireAccount',
    how: () => async () => undefined,
    tests: [{ path: 'test/cli/cloud/journal.test.ts', name: 'in another account' }],
  }),
  variant<typeof attendanceOf>({
    name: 'a-run-is-handed-over-under-the-hands-of-a-laptop',
    breaks: 'A run that a machine drives is not handed to the function.',
    seam: 'attendanceOf',
    how:
      (attendanceOf) =>
      async (...given) => ({ ...(await attendanceOf(...given)), driven: null }),
    tests: [{ path: 'test/cli/cloud/hand-back.test.ts', name: 'a laptop drives' }],
  }),
  variant<typeof exitCodeOf>({
    name: 'every-error-ends-with-1',
    breaks: 'Scripts can tell a usage error and a plan that is not possible from a failure.',
    seam: 'exitCodeOf',
    how: () => () => 1,
    tests: [{ path: 'test/cli/session/exit-codes.test.ts' }],
  }),
  variant<typeof speaker>({
    name: 'people-of-another-account-may-speak',
    breaks: 'An operator signed in to another account may not approve.',
    seam: 'speaker',
    how:
      (speaker) =>
      async (...given) => {
        try {
          return await speaker(...given);
        } catch {
          return { by: 'ann', identity: 'verified' };
        }
      },
    tests: [{ path: 'test/cli/signals/operator.test.ts', name: 'signed in to another account' }],
  }),
  variant<typeof isNews>({
    name: 'nothing-is-news',
    breaks: 'People are told of phases, objectives, approvals and ends.',
    seam: 'isNews',
    how: () => () => false,
    tests: [{ path: 'test/notices/notifier.test.ts', name: 'news goes to all' }],
  }),
  variant<typeof enqueue>({
    name: 'notices-pile-up-without-end',
    breaks: 'A channel that answers nothing keeps at most a hundred notices waiting.',
    seam: 'enqueue',
    how: (enqueue) => (queue, added) => enqueue(queue, added, Infinity),
    tests: [{ path: 'test/notices/queue.test.ts', name: 'a hundred wait' }],
  }),
  variant<typeof judge>({
    name: 'every-objective-is-met',
    breaks: 'An objective that was missed is not called met.',
    seam: 'objectives/judge',
    how: (judge) => (objectives, actuals) => {
      const results = judge(objectives, actuals);
      return { ...results, rto: { ...results.rto, met: true }, rpo: { ...results.rpo, met: true } };
    },
    tests: [{ path: 'test/objectives/objectives.test.ts', name: 'the verdict' }],
  }),
  variant<typeof chooseSnapshot>({
    name: 'snapshots-from-after-the-damage-are-used',
    breaks: 'By the policy `before-damage` no recovery point from after the damage is used.',
    seam: 'chooseSnapshot',
    how: (chooseSnapshot) => (snapshots, policy, index) =>
      chooseSnapshot(snapshots, { ...policy, damagedAt: policy.incidentAt }, index),
    tests: [{ path: 'test/plan/recovery-points.test.ts', name: 'policy' }],
  }),
  variant<typeof schedule>({
    name: 'the-plan-exceeds-quotas',
    breaks: 'The schedule never exceeds a quota.',
    seam: 'plan/schedule',
    how:
      (schedule) =>
      (tasks, _pools, ...rest) =>
        schedule(tasks, {}, ...rest),
    tests: [{ path: 'test/plan/schedule.test.ts', name: 'never exceeds a quota' }],
  }),
  variant<typeof schedule>({
    name: 'the-plan-ignores-dependencies',
    breaks: 'The schedule starts nothing before its dependencies are ready.',
    seam: 'plan/schedule',
    how:
      (schedule) =>
      (tasks, ...rest) =>
        schedule(
          tasks.map((task) => ({ ...task, dependsOn: [] })),
          ...rest,
        ),
    tests: [{ path: 'test/plan/schedule.test.ts', name: 'starts nothing before its dependencies' }],
  }),
  variant<typeof withoutDrills>({
    name: 'what-drills-left-is-recovered',
    breaks: 'What a drill made is no source of a recovery.',
    seam: 'withoutDrills',
    how: () => (inventory) => inventory,
    tests: [{ path: 'test/inventory/drift.test.ts' }],
  }),
  variant<typeof plain>({
    name: 'text-from-outside-steers-the-terminal',
    breaks: 'Text from outside steers no terminal.',
    seam: 'report/plain',
    how: () => (text) => text,
    tests: [{ path: 'test/report/layout/text.test.ts', name: 'text from outside' }],
  }),
  variant<typeof markdown>({
    name: 'text-from-outside-formats-the-report',
    breaks: 'Text from outside formats no report.',
    seam: 'report/markdown',
    how: () => (text) => text,
    tests: [{ path: 'test/report/layout/text.test.ts' }],
  }),
  variant<typeof sanitise>({
    name: 'messages-of-aws-are-shown-as-they-are',
    breaks: 'A message of AWS is one line without control characters.',
    seam: 'sanitise',
    how: () => (text) => text,
    tests: [{ path: 'test/aws/failures.test.ts', name: 'sanitise' }],
  }),
];
