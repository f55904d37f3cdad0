import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import type { Faults } from '../hosts/support.ts';
import { ORDERS_PROD, ORDERS_SNAPSHOT } from '../plan/builders.ts';
import { violationsOf } from './checkers/index.ts';
import { runScenario, type Outcome } from './outcome.ts';
import type { SeededScenario } from './scenario.ts';

// Goal: a replica is promoted at most once, by restores alone, and is kept whatever comes after it.

const REPLICA = {
  ...ORDERS_PROD,
  id: 'orders-replica',
  replicaOf: 'orders-prod',
  replicaLagSeconds: 4,
  backupRetentionDays: 0,
  deletionProtection: false,
  tags: { role: 'reader' },
};
const OF_REPLICA = { ...REPLICA, id: 'orders-reports', replicaOf: 'orders-replica' };

function scenario(mode: RunMode, change: Partial<SeededScenario> = {}, replica: object = {}): SeededScenario {
  const strategies = ['promote-replica', 'restore-snapshot'];
  return {
    mode,
    runbook: runbookSchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'orders', region: 'us-east-1' },
      objectives: { rto: '6h', rpo: '4h', dataComplete: '7d', availability: '99.5%' },
      recoveryPoint: { policy: 'latest' },
      resources: [{ id: 'db', type: 'rds-instance', source: 'orders-prod', strategies, readyWhen: 'available' }],
    }),
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: '111111111111', region: 'us-east-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: ['us-east-1a', 'us-east-1b'] },
      dbInstances: [ORDERS_PROD, { ...REPLICA, ...replica }, OF_REPLICA],
      dbSnapshots: [ORDERS_SNAPSHOT],
    }),
    ...change,
  };
}

const sent = ({ after }: Outcome, operation: string): number =>
  after.calls.reduce((sum, call) => sum + (call.operation === operation ? call.total : 0), 0);
const instance = ({ after }: Outcome, id: string) => after.dbInstances.find((one) => one.id === id);
/** What is wrong, but for the change that was planned. */
const violations = (outcome: Outcome): readonly string[] =>
  violationsOf(outcome).filter((text) => !text.endsWith(': orders-replica was changed'));

function expectKept(outcome: Outcome): void {
  expect(violations(outcome)).toEqual([]);
  for (const id of ['orders-prod', 'orders-replica', 'orders-reports'])
    expect(instance(outcome, id)).toMatchObject({ deletedAt: undefined });
  const tags = Object.keys(instance(outcome, 'orders-replica')?.tags ?? {});
  expect(tags.filter((key) => key.startsWith('lifeboat:') && key !== 'lifeboat:claim')).toEqual([]);
}

describe('a restore', () => {
  test('promotes the replica and gives it the settings of production', async () => {
    const outcome = await runScenario(1, scenario('restore'), { faults: 'none', crashRate: 0 });
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(sent(outcome, 'PromoteReadReplica')).toBe(1);
    expect(outcome.report.resources).toMatchObject([{ status: 'ready', strategy: 'promote-replica' }]);
    const { replicaOf, settings } = instance(outcome, 'orders-replica') ?? {};
    expect(replicaOf).toBeUndefined();
    expect(settings).toMatchObject({ backupRetentionDays: 7, deletionProtection: true });
    expectKept(outcome);
  });

  test('that dies at every second decision sends the promotion no second time', async () => {
    const outcome = await runScenario(1, scenario('restore'), { faults: 'none', crashRate: 0.5 });
    expect(outcome.crashes).toBeGreaterThan(3);
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(sent(outcome, 'PromoteReadReplica')).toBe(1);
    expectKept(outcome);
  });

  // Some lose the answer of the promotion, some are refused while the replica is backed up, some hang or fail.
  test.each<[Faults, number]>(
    ([1, 2, 3, 4, 5, 6] as const).flatMap((seed) => [
      ['flaky', seed],
      ['storm', seed],
    ]),
  )('under %s %i keeps what it promoted, and deletes nothing that existed', async (faults, seed) => {
    const outcome = await runScenario(seed, scenario('restore'), { faults, longestDowntimeMs: 600_000 });
    expectKept(outcome);
    if (outcome.end.phase === 'completed') expect(outcome.report.resources[0]?.status).toBe('ready');
  });

  test('that is aborted afterwards leaves the replica promoted, and reports it', async () => {
    const operator = { kind: 'abort', atSeconds: 120, made: 'remove' } as const;
    const outcome = await runScenario(1, scenario('restore', { operator }), { faults: 'none', crashRate: 0 });
    expect(outcome.end).toMatchObject({ phase: 'aborted' });
    expect(sent(outcome, 'PromoteReadReplica')).toBe(1);
    expect(sent(outcome, 'DeleteDBInstance')).toBe(0);
    expect(outcome.report.leftovers).toEqual([expect.stringContaining('orders-replica')]);
    expectKept(outcome);
  });

  test('whose replica is refused goes on with the next strategy', async () => {
    const replica = { replicaOf: 'elsewhere' };
    const drawn = scenario('restore');
    const outcome = await runScenario(1, { ...drawn, ...gone(drawn, replica) }, { faults: 'none', crashRate: 0 });
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(outcome.report.resources).toMatchObject([{ status: 'ready', strategy: 'restore-snapshot' }]);
    expectKept(outcome);
  });
});

test('a drill never asks for a promotion', async () => {
  const outcome = await runScenario(1, scenario('drill'), { faults: 'none', crashRate: 0 });
  expect(outcome.end).toMatchObject({ phase: 'completed' });
  expect(sent(outcome, 'PromoteReadReplica')).toBe(0);
  expect(instance(outcome, 'orders-replica')?.replicaOf).toBe('orders-prod');
});
