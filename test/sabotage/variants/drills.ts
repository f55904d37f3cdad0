import type { DrillSubject, happensIn, whyNotInDrills } from '../../../src/kinds/drill-rules.ts';
import { variant, type Variant } from '../variant.ts';

const RULES = 'test/kinds/drill-rules.test.ts';

/** One rule of drills broken: a drill does what a restore does. */
function withoutRule(subject: DrillSubject, breaks: string, name: string): Variant {
  return variant<typeof happensIn>({
    name: `a-drill-does-as-a-restore-with-${subject.toLowerCase()}`,
    breaks,
    seam: 'happensIn',
    how: (original) => (mode, asked) => asked === subject || original(mode, asked),
    tests: [{ path: RULES, name }],
  });
}

/** What a drill may not do: a variant for each rule. */
export const drills: readonly Variant[] = [
  ...(['approvals', 'window', 'freeze', 'manual', 'forensics', 'protection', 'backfill'] as const).map(
    (subject) =>
      withoutRule(
        subject,
        'A drill holds up for nobody and leaves production alone.',
        'in the record of its run',
      ),
  ),
  withoutRule('cutover', 'A drill moves no traffic.', 'also where this version cannot'),
  withoutRule('promoteReplica', 'A drill promotes nothing.', 'touch production'),
  withoutRule('takeSnapshot', 'A drill takes no snapshots.', 'touch production'),
  withoutRule(
    'productionInstance',
    'A drill attaches nothing to an instance of production.',
    'also where this version cannot',
  ),
  variant<typeof whyNotInDrills>({
    name: 'a-drill-does-what-no-rule-speaks-of',
    breaks: 'What no rule speaks of is left out of drills.',
    seam: 'whyNotInDrills',
    how: (original) => (step) =>
      original(step)?.startsWith('No rule') === true ? undefined : original(step),
    tests: [{ path: RULES, name: 'no rule speaks of' }],
  }),
  variant<typeof whyNotInDrills>({
    name: 'a-stored-effect-makes-a-drill-touch-production',
    breaks: 'A drill sends no operation that is left out of drills, whatever its journal says.',
    seam: 'whyNotInDrills',
    how: () => () => undefined,
    tests: [
      { path: 'test/aws/executor.test.ts', name: 'takes no snapshot' },
      { path: 'test/workflow/steps.test.ts', name: 'drill' },
    ],
  }),
  variant<typeof whyNotInDrills>({
    name: 'a-drill-does-what-cannot-be-undone',
    breaks: 'A drill does nothing that cannot be undone.',
    seam: 'whyNotInDrills',
    how:
      (original) =>
      ({ operation, undo }) =>
        original({ ...(operation !== undefined && { operation }), ...(undo !== undefined && { undo }) }),
    tests: [{ path: RULES, name: 'cannot be undone' }],
  }),
];
