import type { ownGroup } from '../../../src/facts/default-groups.ts';
import type { refusedParts } from '../../../src/facts/refusals.ts';
import type { resumeTime, RunTime } from '../../../src/driver/run-time.ts';
import type { askedNow } from '../../../src/workflow/recovery/questions.ts';
import type { leaveStrategy, supersede } from '../../../src/workflow/resource/losses.ts';
import type { halt } from '../../../src/workflow/resource/resource-halt.ts';
import type { Made } from '../../../src/kinds/things.ts';
import { variant, type Variant } from '../variant.ts';

const HALT = 'test/workflow/resource-halt.test.ts';
const JUMPS = 'test/driver/clock-jumps.test.ts';

/** What can be used is kept, a request that is refused for good is not repeated, and a clock that was set is not believed. */
export const usable: readonly Variant[] = [
  variant<typeof halt>({
    name: 'what-differs-is-given-up',
    breaks: 'A resource that can be used and differs is kept until a person decides.',
    seam: 'halt',
    how: () => (context) => ({ ...context, exhausted: { code: 'given-up', data: {} } }),
    tests: [{ path: HALT, name: 'halts the resource with the difference' }],
  }),
  variant<typeof leaveStrategy>({
    name: 'a-fallback-forgets-the-copies-that-are-there',
    breaks: 'A fallback keeps the copies that an earlier strategy made.',
    seam: 'leaveStrategy',
    how: (leaveStrategy) => (context, at) => {
      const left = leaveStrategy(context, at);
      const parts = left.parts.flatMap((part) => (part.use === 'result' ? [] : part));
      return { ...left, parts };
    },
    tests: [{ path: HALT, name: 'copies that are there stay' }],
  }),
  variant<typeof supersede>({
    name: 'a-volume-is-deleted-before-its-replacement',
    breaks: 'A volume that can be used is deleted only once a better one is ready.',
    seam: 'supersede',
    how: (supersede) => (context, part, reason) => {
      const next = supersede(context, part, reason);
      const given = next.parts.filter(({ stage }) => stage === 'superseded');
      const deletions = given.map(({ thing }) => ({
        id: `delete.${thing?.id}`,
        aggregate: 'resource:events' as const,
        attempt: 1,
        type: 'delete' as const,
        resource: 'events',
        thing: thing as Made,
      }));
      return {
        ...next,
        parts: next.parts.map((one) => (given.includes(one) ? { ...one, stage: 'undoing' as const } : one)),
        pending: { ...next.pending, ...Object.fromEntries(deletions.map((one) => [one.id, one])) },
      };
    },
    tests: [{ path: 'test/workflow/resource-machine.test.ts', name: 'stays until' }],
  }),
  variant<typeof askedNow>({
    name: 'a-plain-approval-accepts-a-difference',
    breaks: 'Only an approval that names a difference accepts it.',
    seam: 'askedNow',
    how: (askedNow) => (context) => {
      const halts = (context.halts ?? []).map((one) => ({ ...one, kind: 'difference', phase: 'cutover' }));
      return [...halts, ...askedNow(context)] as unknown as ReturnType<typeof askedNow>;
    },
    tests: [{ path: 'test/driver/usable.test.ts', name: 'storage-full is not accepted by a plain approval' }],
  }),
  variant<typeof refusedParts>({
    name: 'every-refusal-falls-back',
    breaks: 'A request is not repeated under a strategy that does not change the refused part.',
    seam: 'refusedParts',
    how: () => () => [],
    tests: [{ path: 'test/workflow/next-strategy.test.ts', name: 'fails the resource at once' }],
  }),
  variant<typeof ownGroup>({
    name: 'default-groups-are-sent',
    breaks: 'No request names a default parameter or option group.',
    seam: 'ownGroup',
    how: () => (name) => name ?? undefined,
    tests: [{ path: 'test/plan/specs.test.ts', name: 'default groups' }],
  }),
  variant<typeof resumeTime>({
    name: 'years-of-absence-are-believed',
    breaks: 'An absence that is not plausible is counted only when a person says so.',
    seam: 'resumeTime',
    how: (resumeTime) => (clock, state) =>
      resumeTime(clock, state, { lastAt: state.lastAt, isCounted: true }),
    tests: [{ path: JUMPS, name: 'are not believed by themselves' }],
  }),
  variant<RunTime['takeSteps']>({
    name: 'jumps-of-the-clock-are-not-noted',
    breaks: 'A jump of the clock while the run is driven is noted, with both figures.',
    seam: 'RunTime#takeSteps',
    how: () => () => [],
    tests: [{ path: JUMPS, name: 'both figures are told' }],
  }),
];
