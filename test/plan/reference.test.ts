import { readFileSync } from 'node:fs';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import type { Plan } from '../../src/plan/types.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { at, INCIDENT } from './builders.ts';

/** A reference pair of the project. */
function referencePair(name: string) {
  const runbookFile = `runbooks/${name}.yaml`;
  const inventoryFile = `runbooks/inventories/${name}.yaml`;
  const { runbook } = parseRunbook(readFileSync(runbookFile, 'utf8'), runbookFile);
  const united = unite(parseInventory(readFileSync(inventoryFile, 'utf8'), inventoryFile), undefined);
  return { runbook, united, ...selectMembers(runbook, united) };
}

function planReference(
  { runbook, united, members, missing }: ReturnType<typeof referencePair>,
  options: { damagedAt?: number; provisionedInitMiBps?: number } = {},
): Plan {
  const { provisionedInitMiBps = united.inventory.quotas.provisionedInitMiBps ?? 0 } = options;
  return planRecovery({
    runbook,
    inventory: { ...united.inventory, quotas: { ...united.inventory.quotas, provisionedInitMiBps } },
    members,
    missing,
    mode: 'restore',
    incidentAt: INCIDENT,
    damagedAt: options.damagedAt ?? INCIDENT,
    now: INCIDENT,
    notExercised: [],
  });
}

const HOUR_SECONDS = 3_600;

test('orders is recovered well within its objectives', () => {
  const plan = planReference(referencePair('orders'));
  expect(plan.meets).toEqual({ rto: true, rpo: true });
  expect(plan.forecast.rtaSeconds.p90).toBeLessThan(6 * HOUR_SECONDS);
  expect(plan.problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(plan.order).toHaveLength(2);
});

describe('cold-restore', () => {
  const damagedAt = at('02:10');
  const pair = referencePair('cold-restore');
  const plan = planReference(pair, { damagedAt });
  const increaseOf = (quota: string) => plan.quotaIncreases.find((increase) => increase.quota === quota);

  test('is a petabyte that default quotas cannot bring back in 6 h', () => {
    expect(plan.blastRadius.creates.storageGiB).toBeGreaterThan(1_000_000);
    expect(plan.meets).toEqual({ rto: false, rpo: true });
    expect(plan.problems.map(({ code }) => code)).toContain('RTO_MISSED');
    // 1 PiB at 5,000 MiB/s is 60 h; fast snapshot restore, five at a time, takes a part of it.
    expect(plan.forecast.rtaSeconds.p50).toBeGreaterThan(48 * HOUR_SECONDS);
    expect(plan.forecast.rtaSeconds.p50).toBeLessThan(62 * HOUR_SECONDS);
  });

  test('goes back to before the damage and says what that costs', () => {
    for (const { strategies } of plan.resources) {
      expect(strategies[0]?.recoveryPoint.at).toBeLessThan(damagedAt);
    }
    expect(plan.problems.filter(({ code }) => code === 'OLDER_RECOVERY_POINT')).toHaveLength(1);
  });

  test('would be met with a tenfold quota of provisioned initialisation, which the plan names', () => {
    const increase = increaseOf('provisionedInitMiBps');
    expect(increase).toMatchObject({ from: 5_000 });
    const raised = planReference(pair, { damagedAt, provisionedInitMiBps: increase?.to ?? 0 });
    expect(raised.meets.rto).toBe(true);
    const saved = plan.forecast.rtaSeconds.p50 - raised.forecast.rtaSeconds.p50;
    expect(Math.abs((increase?.savesSeconds ?? 0) - saved)).toBeLessThanOrEqual(1);
    const less = planReference(pair, { damagedAt, provisionedInitMiBps: (increase?.to ?? 0) - 1 });
    expect(less.meets.rto).toBe(false);
  });
});
