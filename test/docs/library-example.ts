import {
  formatDuration,
  parseInventory,
  parseRunbook,
  planRecovery,
  selectMembers,
  unite,
} from '../../src/index.ts';

/** What stands in the way of recovering in time, one line each. */
export function obstacles(runbookText: string, inventoryText: string): readonly string[] {
  const { runbook } = parseRunbook(runbookText, 'runbook.yaml');
  const inventory = parseInventory(inventoryText, 'inventory.yaml');
  const { members, missing } = selectMembers(runbook, unite(inventory, undefined));
  const now = inventory.capturedAt;
  const plan = planRecovery({
    runbook,
    inventory,
    members,
    missing,
    mode: 'restore',
    incidentAt: now,
    damagedAt: now,
    now,
    notExercised: [],
  });
  const { p50, p90 } = plan.forecast.rtaSeconds;
  return [
    `${plan.runbook}: ${formatDuration(p50)}, at worst ${formatDuration(p90)}`,
    ...plan.problems
      .filter(({ severity }) => severity !== 'info')
      .map(({ code, message, next }) => `${code}: ${message} ${next}`),
  ];
}
