import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { Problem } from '../../src/plan/types.ts';
import { NEVER, planOf, rehearse, type Scenario } from '../hosts/support.ts';
import { ORDERS_PROD } from '../plan/builders.ts';

// Goal: a backup is restored as what it is, not as what its source has become since.

const AT = '2026-11-20T00:00:00Z';
const WINDOW = {
  backupRetentionDays: 7,
  earliestRestorableTime: '2026-11-13T03:00:00Z',
  latestRestorableTime: '2026-11-20T02:57:00Z',
};

interface Change {
  readonly source?: object | null;
  readonly snapshot?: object;
  readonly strategies?: readonly string[];
  readonly target?: object;
}

function scenario({
  source = {},
  snapshot = {},
  strategies = ['restore-snapshot'],
  target,
}: Change): Scenario {
  const instance = {
    ...ORDERS_PROD,
    id: 'c',
    engineVersion: '16.4',
    storageGiB: 500,
    parameterGroup: 'c-pg16',
    ...WINDOW,
  };
  return {
    runbook: runbookSchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'c', region: 'us-east-1' },
      objectives: { rto: '6h', rpo: '12h' },
      recoveryPoint: { policy: 'before-damage' },
      resources: [
        {
          id: 'db',
          type: 'rds-instance',
          source: 'c',
          strategies,
          readyWhen: 'available',
          ...(target && { target }),
        },
      ],
    }),
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: '111111111111', region: 'us-east-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: ['us-east-1a', 'us-east-1b'] },
      dbInstances: source === null ? [] : [{ ...instance, ...source }],
      dbSnapshots: [
        {
          id: 'pre',
          dbInstanceId: 'c',
          at: AT,
          storageGiB: 500,
          engine: 'postgres',
          engineVersion: '13.14',
          ...snapshot,
        },
      ],
    }),
  };
}

/** Restores it in the simulator, which refuses what AWS refuses. */
async function restored(change: Change) {
  const { host } = await rehearse(scenario(change), { mode: 'restore' });
  try {
    const { phase } = await host.drive(NEVER);
    const made = host.world.snapshotOf().dbInstances.find(({ fromInventory }) => !fromInventory);
    return { phase, made };
  } finally {
    await host.close();
  }
}

const told = (change: Change, code: Problem['code']) =>
  planOf(scenario(change), 'restore').problems.filter((one) => one.code === code);

test('a snapshot of before an upgrade is restored without the groups of today, which its version refuses', async () => {
  const { phase, made } = await restored({});
  expect(phase).toBe('completed');
  expect(made).toMatchObject({ settings: { parameterGroup: 'default.postgres13' } });
  expect(told({}, 'GROUPS_LEFT_OUT')).toMatchObject([
    {
      severity: 'warning',
      message: expect.stringMatching(
        /^db is restored as postgres 13\.14, and its parameter group c-pg16 fits postgres 16\.4/,
      ),
      next: 'Name groups of postgres13 in target.parameterGroup, or accept the defaults.',
    },
  ]);
});

test('a group that the runbook names is used, and nothing is left to tell', async () => {
  const change = { target: { parameterGroup: 'c-pg13' } };
  const { phase, made } = await restored(change);
  expect([phase, made?.settings.parameterGroup]).toEqual(['completed', 'c-pg13']);
  expect(told(change, 'GROUPS_LEFT_OUT')).toEqual([]);
});

test('a point in time of before an upgrade is of the version of the last snapshot until then', async () => {
  const change = {
    strategies: ['point-in-time'],
    snapshot: { at: '2026-11-20T02:50:00Z' },
  };
  const { phase, made } = await restored(change);
  expect(phase).toBe('completed');
  expect(made).toMatchObject({ settings: { parameterGroup: 'default.postgres13' } });
  expect(told(change, 'GROUPS_LEFT_OUT')).toHaveLength(1);
});

test.each<[string, string, string, boolean]>([
  ['postgres', '16.4', '16.1', true],
  ['postgres', '9.6.24', '9.5.25', false],
  ['mysql', '8.4.3', '8.0.39', false],
  ['mariadb', '10.11.8', '10.6.18', false],
  ['sqlserver-se', '16.00.4131.2.v1', '15.00.4385.2.v1', false],
  ['oracle-ee', '19.0.0.0.ru-2024-07', '19.0.0.0.ru-2023-07', true],
])('of %s %s the groups fit a backup of %s: %s', (engine, today, then, fits) => {
  const groups = { parameterGroup: 'own', optionGroup: 'own-options' };
  const change = {
    source: { engine, engineVersion: today, ...groups },
    snapshot: { engine, engineVersion: then },
  };
  const [chosen] = planOf(scenario(change), 'restore').resources[0]?.strategies ?? [];
  expect(chosen?.spec).toMatchObject({ engine });
  expect(['parameterGroup', 'optionGroup'].filter((name) => name in (chosen?.spec ?? {}))).toHaveLength(
    fits ? 2 : 0,
  );
  expect(told(change, 'GROUPS_LEFT_OUT')).toHaveLength(fits ? 0 : 1);
});

test('IOPS that the smaller storage of a backup cannot have are lowered before the request, with a warning', async () => {
  const change = {
    source: { storageType: 'io1', storageGiB: 500, iops: 20_000 },
    snapshot: { storageGiB: 100, engineVersion: '16.4' },
  };
  const { phase, made } = await restored(change);
  expect([phase, made?.settings.iops]).toEqual(['completed', 5_000]);
  expect(told(change, 'STORAGE_FITTED')).toMatchObject([
    { severity: 'warning', message: expect.stringContaining('it gets 5000 instead of 20000 IOPS') },
  ]);
});

test('storage type, IOPS and throughput are those of the backup', async () => {
  const { made } = await restored({
    source: { storageType: 'io1', iops: 20_000 },
    snapshot: { engineVersion: '16.4', storageType: 'gp3', iops: 12_000, throughputMiBps: 500 },
  });
  expect(made?.settings).toMatchObject({ storageType: 'gp3', iops: 12_000, throughputMiBps: 500 });
});

test('of a source that is gone nothing is sent that its last snapshot does not tell', async () => {
  const { phase, made } = await restored({
    source: null,
    snapshot: { storageType: 'io1', iops: 5_000, port: 6_000, optionGroup: 'c-options' },
    target: { class: 'db.r6g.large' },
  });
  expect(phase).toBe('completed');
  expect(made?.settings).toMatchObject({
    ...{ storageType: 'io1', iops: 5_000, port: 6_000, optionGroup: 'c-options' },
    // What RDS chooses by itself.
    ...{ backupRetentionDays: 1, multiAz: false },
  });
});
