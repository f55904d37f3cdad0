import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { renderMarkdownReport } from '../../src/report/render/render-markdown.ts';
import { buildReport } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { requestOf, type Effect, type Failure } from '../../src/workflow/base/effects.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { NEVER, rehearse, type Faults } from '../hosts/support.ts';
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

function scenario(mode: RunMode, change: Partial<SeededScenario> = {}): SeededScenario {
  const strategies = ['promote-replica', 'restore-snapshot'];
  return {
    mode,
    runbook: runbookSchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'orders', region: 'us-east-1' },
      objectives: { rto: '6h', rpo: '4h', dataComplete: '7d', availability: '99.5%' },
      recoveryPoint: { policy: 'latest' },
      resources: [
        { id: 'db', type: 'rds-instance', source: 'orders-prod', strategies, readyWhen: 'available' },
      ],
    }),
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: '111111111111', region: 'us-east-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: ['us-east-1a', 'us-east-1b'] },
      dbInstances: [ORDERS_PROD, REPLICA, OF_REPLICA],
      dbSnapshots: [ORDERS_SNAPSHOT],
    }),
    ...change,
  };
}

const sent = ({ after }: Pick<Outcome, 'after'>, operation: string): number =>
  after.calls.reduce((sum, call) => sum + (call.operation === operation ? call.total : 0), 0);
const instance = ({ after }: Pick<Outcome, 'after'>, id: string) =>
  after.dbInstances.find((one) => one.id === id);
function expectKept(outcome: Outcome): void {
  expect(violationsOf(outcome)).toEqual([]);
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
    expect(outcome.report.remains.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^orders-prod: the old primary/),
      expect.stringMatching(/^orders-reports: it goes on replicating what was promoted/),
    ]);
    const text = renderMarkdownReport(outcome.report);
    expect(text.slice(text.indexOf('## Remains'))).toContain('orders-reports');
    expectKept(outcome);
  });

  test('gives a replica of other groups those of production, and halts until its parameter group is in force', async () => {
    const played = scenario('restore');
    const other = { securityGroups: ['sg-other'], parameterGroup: 'orders-replica-pg16' };
    const inventory = {
      ...played.inventory,
      dbInstances: played.inventory.dbInstances.map((one) =>
        one.id === REPLICA.id ? { ...one, ...other } : one,
      ),
    };
    const outcome = await runScenario(1, { ...played, inventory }, { faults: 'none', crashRate: 0 });
    // Nobody reboots it here: the operator of the simulation gives up.
    expect(outcome.end).toMatchObject({ phase: 'aborted' });
    expect(instance(outcome, 'orders-replica')?.settings).toMatchObject({
      securityGroups: ORDERS_PROD.securityGroups,
      parameterGroup: ORDERS_PROD.parameterGroup,
    });
    expect(outcome.report.timeline.map(({ message }) => message).join('\n')).toContain(
      `${ORDERS_PROD.parameterGroup} is not in force before a reboot`,
    );
    expectKept(outcome);
  });

  test('that dies at every second decision promotes it, and RDS refuses what is asked for again', async () => {
    const outcome = await runScenario(1, scenario('restore'), { faults: 'none', crashRate: 0.5 });
    expect(outcome.crashes).toBeGreaterThan(3);
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(instance(outcome, 'orders-replica')?.replicaOf).toBeUndefined();
    expectKept(outcome);
  });

  // Some lose the answer of the promotion, some are refused while the replica is backed up, some hang or fail.
  test.each<[Faults, number]>(
    ([1, 2, 3, 4] as const).flatMap((seed) => [
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
    expect(outcome.report.remains.map(({ thing }) => thing.id)).toEqual(['orders-prod', 'orders-reports']);
    expect(outcome.report.leftovers).toEqual([expect.stringContaining('orders-replica')]);
    expectKept(outcome);
  });

  test('whose answer was lost finds that the replica was promoted', async () => {
    const played = await playedWith(async (effects, executor) => {
      await executor.perform(effects);
      return { class: 'transient', code: 'ECONNRESET', message: 'the answer was lost' };
    });
    expect(played).toMatchObject({ phase: 'completed', strategy: 'promote-replica', promotions: 1 });
  });

  test('whose role may not promote goes on with the next strategy', async () => {
    const failure = { class: 'denied', code: 'AccessDenied', message: 'as the test wants it' } as const;
    const played = await playedWith(async () => failure);
    expect(played).toMatchObject({ phase: 'completed', strategy: 'restore-snapshot', promotions: 0 });
    expect(played.replicaOf).toBe('orders-prod');
  });
});

/** A restore in which the first request for a promotion ends with this failure. */
async function playedWith(fail: (effects: readonly Effect[], executor: Executor) => Promise<Failure>) {
  let asked = 0;
  const wrapExecutor = (executor: Executor): Executor => ({
    ...executor,
    async perform(effects) {
      const [first] = effects;
      if (first === undefined || requestOf(first) !== 'promoteReplica') return executor.perform(effects);
      asked += 1;
      if (asked > 1) return executor.perform(effects);
      const failure = await fail(effects, executor);
      return effects.map(({ id }) => ({ effectId: id, type: 'operate', ok: false, failure }));
    },
  });
  const { host, journal, record } = await rehearse(scenario('restore'), {
    mode: 'restore',
    probe: () => ({ wrapExecutor }),
  });
  const { phase } = await host.drive(NEVER);
  const after = host.world.snapshotOf();
  const view = viewRun(record, await journal.load());
  const { resources } = buildReport(view, await journal.timeline(), await journal.apiCalls());
  await host.close();
  return {
    ...{ phase, strategy: resources[0]?.strategy },
    promotions: sent({ after }, 'PromoteReadReplica'),
    replicaOf: instance({ after }, 'orders-replica')?.replicaOf,
  };
}

test('a drill never asks for a promotion', async () => {
  const outcome = await runScenario(1, scenario('drill'), { faults: 'none', crashRate: 0 });
  expect(outcome.end).toMatchObject({ phase: 'completed' });
  expect(sent(outcome, 'PromoteReadReplica')).toBe(0);
  expect(outcome.report.remains).toEqual([]);
  expect(instance(outcome, 'orders-replica')?.replicaOf).toBe('orders-prod');
});
