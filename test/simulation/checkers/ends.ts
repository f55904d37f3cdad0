import type { Outcome } from '../outcome.ts';

const FINAL = new Set(['completed', 'failed', 'aborted']);
/** Far beyond anything that these small accounts need, whatever strikes. */
const MAX_HOURS = 72;

/** Every run ends, in a state that says how, in reasonable time. */
export function checkEnds({ end, after, plan, scenario, timeline }: Outcome): readonly string[] {
  const violations: string[] = [];
  const hours = (after.at - plan.incidentAt) / 3_600_000;
  if (!FINAL.has(end.phase)) violations.push(`ended in ${end.phase}: ${JSON.stringify(end.waitsFor)}`);
  if (hours > MAX_HOURS) violations.push(`took ${hours.toFixed(1)} h`);
  const aborted = timeline.some(
    ({ code, data }) => code === 'signal.aborted' && 'by' in data && data.by === 'operator',
  );
  if (scenario.operator?.kind !== 'abort' && scenario.mode === 'drill' && aborted)
    violations.push('was aborted though nobody asked');
  return violations;
}
