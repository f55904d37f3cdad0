import type { Outcome } from '../outcome.ts';
import { recoveredBy } from './made.ts';

function callsOf({ report, after, crashes }: Outcome): readonly string[] {
  const total = after.calls.reduce((sum, { total: count }) => sum + count, 0);
  const throttled = after.calls.reduce((sum, { throttled: count }) => sum + count, 0);
  const violations =
    total === report.apiCalls.total
      ? []
      : [`the report has ${report.apiCalls.total} API calls, the world ${total}`];
  return throttled === report.apiCalls.throttled
    ? violations
    : [
        ...violations,
        `the report has ${report.apiCalls.throttled} throttled calls, the world ${throttled} (${crashes} crashes)`,
      ];
}

/** The figures of the report are those of the world: what it calls recovered is there, complete, and warm; what it counts was counted there too. */
export function checkReportEqualsWorld(outcome: Outcome): readonly string[] {
  const { report, plan, scenario, end } = outcome;
  const made = new Map(recoveredBy(outcome).map((thing) => [thing.id, thing]));
  const violations = [...callsOf(outcome)];
  const keeps = scenario.mode === 'restore' && end.phase === 'completed';
  for (const resource of report.resources) {
    const planned = plan.resources.find(({ id }) => id === resource.id);
    for (const id of resource.createdIds) {
      const thing = made.get(id);
      if (thing === undefined) violations.push(`${resource.id}: the report names ${id}, which never existed`);
      else if (keeps && !thing.isAlive && !thing.isJustGone)
        violations.push(`${resource.id}: the report keeps ${id}, which is gone`);
      else if (keeps && planned?.readyWhen === 'hydrated' && thing.hydration < 100)
        violations.push(`${resource.id}: ${id} is called warm at ${thing.hydration} %`);
    }
  }
  const alive = [...made.values()].filter(({ isAlive }) => isAlive).map(({ id }) => id);
  const told = new Set([...report.resources.flatMap(({ createdIds }) => createdIds), ...report.keptIds]);
  for (const id of alive)
    if (!told.has(id)) violations.push(`${id} is alive and the report does not know it`);
  if (keeps && report.resources.some(({ status }) => status !== 'ready'))
    violations.push('completed although a resource is not ready');
  return violations;
}
