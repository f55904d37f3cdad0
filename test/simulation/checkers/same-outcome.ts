import type { Report } from '../../../src/report/model/report.ts';
import type { Outcome } from '../outcome.ts';

/**
 * What a report says about the recovery itself. Left out: how often something had to be asked, when the removal was over, since a deletion
 * whose answer died with the process is asked for again, and when a fresh recovery point was complete, since whoever may have asked for a
 * snapshot waits until it would show before it asks again.
 */
function essence({
  status,
  startedAt,
  objectives,
  phases,
  resources,
  approvals,
  leftovers,
}: Report): unknown {
  return {
    status,
    startedAt,
    objectives,
    phases: phases
      .filter(({ name }) => name !== 'cleanup')
      .map((phase) => ({ ...phase, seconds: Math.round(phase.seconds) })),
    resources: resources.map(({ protection, ...resource }) => ({
      ...resource,
      protection: protection.map(({ completedAt, ...point }) => ({
        ...point,
        complete: completedAt !== null,
      })),
    })),
    approvals,
    leftovers,
  };
}

/** A run whose process died on the way ends as the same run undisturbed: every figure, every id, every instant. */
export function checkSameOutcome(disturbed: Outcome, undisturbed: Outcome): readonly string[] {
  const [one = [], other = []] = [disturbed, undisturbed].map(({ report }) =>
    JSON.stringify(essence(report), null, 1)
      // Several restarts within a second meet the pace of the API once more.
      .replace(/(:\d\d)\.\d+Z/g, '$1Z')
      .split('\n'),
  );
  const length = Math.max(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    if (one[index] !== other[index])
      return [`after ${disturbed.crashes} crashes: ${one[index]?.trim()} instead of ${other[index]?.trim()}`];
  }
  return [];
}
