import { DeleteDBInstanceCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { differenceKey } from '../../src/workflow/recovery/questions.ts';
import type { SignalKind } from '../../src/journal/journal.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { scenarioOf } from '../simulation/scenario.ts';
import { NEVER, rehearse, type Faults, type Rehearsal, type Scenario } from '../hosts/support.ts';
import { IS_THOROUGH } from '../thorough.ts';

/** A database, a volume beside it, and one that depends on it. */
function account(database: object = {}, readyWhen = 'available'): Scenario {
  const volume = (id: string): object => ({ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 20, iops: 6_000 });
  const snapshot = (of: string): object => ({
    id: `snap-${of}`,
    volumeId: of,
    startedAt: '2026-11-20T02:30:00Z',
    state: 'completed',
    sizeGiB: 20,
  });
  const inventory = inventorySchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    account: '111111111111',
    region: 'us-east-1',
    zones: ['us-east-1a', 'us-east-1b'],
    volumes: [volume('vol-1'), volume('vol-2')],
    snapshots: [snapshot('vol-1'), snapshot('vol-2')],
    dbInstances: [
      {
        id: 'shop',
        engine: 'postgres',
        engineVersion: '16.4',
        class: 'db.r6g.large',
        storageGiB: 50,
        zone: 'us-east-1a',
        parameterGroup: 'shop-pg16',
        optionGroup: 'shop-options',
        deletionProtection: true,
        status: 'available',
        ...database,
      },
    ],
    dbSnapshots: [
      {
        id: 'rds:shop',
        dbInstanceId: 'shop',
        at: '2026-11-20T02:30:00Z',
        source: 'automated',
        storageGiB: 50,
        engine: 'postgres',
        engineVersion: '16.4',
      },
    ],
  });
  const runbook = runbookSchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Runbook',
    name: 'shop',
    objectives: { rto: '6h', rpo: '2h' },
    region: 'us-east-1',
    forensics: false,
    protection: { recoveryPoint: false },
    resources: [
      { id: 'db', type: 'rds-instance', source: 'shop', strategies: ['restore-snapshot'], readyWhen },
      { id: 'beside', type: 'ebs-volume', source: 'vol-1', strategies: ['lazy'], readyWhen: 'available' },
      {
        ...{ id: 'behind', type: 'ebs-volume', source: 'vol-2', strategies: ['lazy'] },
        ...{ readyWhen: 'available', dependsOn: ['db'] },
      },
    ],
  });
  return { runbook, inventory };
}

const T0 = Date.parse('2026-11-20T03:00:00Z');

/** A volume beside the database that takes more than an hour. */
function slowBeside(status: string): Scenario {
  const { runbook, inventory } = account({ status });
  return {
    runbook: {
      ...runbook,
      resources: runbook.resources.map((resource) =>
        resource.id === 'beside' && resource.type === 'ebs-volume'
          ? { ...resource, strategies: ['provisioned-rate'], readyWhen: 'hydrated' }
          : resource,
      ),
    },
    inventory: {
      ...inventory,
      snapshots: inventory.snapshots.map((one) =>
        one.id === 'snap-vol-1' ? { ...one, sizeGiB: 2_000, fullSizeGiB: 2_000 } : one,
      ),
    },
  };
}

/** One run under test. */
class Run {
  readonly rehearsal: Rehearsal;

  private constructor(rehearsal: Rehearsal) {
    this.rehearsal = rehearsal;
  }

  static async of(scenario: Scenario, mode: RunMode, faults: Faults = 'none', seed = 1): Promise<Run> {
    return new Run(await rehearse(scenario, { mode, faults, seed }));
  }

  /** One in which somebody acts `atMinutes` after the incident, between two looks. */
  static async with(scenario: Scenario, atMinutes: number, act: (run: Run) => Promise<void>): Promise<Run> {
    let isDone = false;
    const run: Run = new Run(
      await rehearse(scenario, {
        mode: 'restore',
        probe: () => ({
          wrapExecutor: (executor, clock) => ({
            ...executor,
            async observe(watch) {
              if (!isDone && clock.now() >= T0 + atMinutes * 60_000) {
                isDone = true;
                await act(run);
              }
              return executor.observe(watch);
            },
          }),
        }),
      }),
    );
    return run;
  }

  drive(): ReturnType<Rehearsal['host']['drive']> {
    return this.rehearsal.host.drive(NEVER);
  }

  say(kind: SignalKind, meant?: string): Promise<void> {
    const at = this.rehearsal.host.world.snapshotOf().at;
    return this.rehearsal.journal.signal({ at, kind, by: 'ann', ...(meant !== undefined && { meant }) });
  }

  async report(): Promise<Report> {
    const { record, journal } = this.rehearsal;
    return buildReport(
      viewRun(record, await journal.load()),
      await journal.timeline(),
      await journal.apiCalls(),
    );
  }

  /** Databases that the run made, by status. */
  get databases(): readonly string[] {
    return this.rehearsal.host.world
      .snapshotOf()
      .dbInstances.filter(({ fromInventory }) => !fromInventory)
      .map(({ status }) => status);
  }

  get deletions(): number {
    const { calls } = this.rehearsal.host.world.snapshotOf();
    return calls
      .filter(({ operation }) => operation === 'DeleteVolume' || operation === 'DeleteDBInstance')
      .reduce((sum, { total }) => sum + total, 0);
  }

  async states(): Promise<Readonly<Record<string, string>>> {
    const { resources } = await this.report();
    return Object.fromEntries(resources.map(({ id, status }) => [id, status]));
  }
}

const CURES: Readonly<Record<string, object>> = {
  'storage-full': { AllocatedStorage: 100 },
  'incompatible-parameters': { DBParameterGroupName: 'shop-pg16-smaller' },
  'incompatible-option-group': { OptionGroupName: 'shop-options-2' },
};

describe.each(Object.keys(CURES))('a restored database that is %s', (status) => {
  test('halts the run with its status, once the others are ready; nothing is deleted', async () => {
    const run = await Run.of(account({ status }), 'restore');
    expect(await run.drive()).toEqual({ phase: 'halted', paused: false, waitsFor: [{ for: 'resume' }] });
    expect((await run.report()).waitingFor).toEqual([
      expect.stringContaining(
        `db is kept and waits for a decision: DB instance shop-shop-20261120t0300-1: status is ${status}, not available`,
      ),
    ]);
    expect(await run.states()).toEqual({ db: 'halted', beside: 'ready', behind: 'queued' });
    expect([run.databases, run.deletions]).toEqual([[status], 0]);
  });

  test('goes on with resume once a person has cured it, and what depended on it follows', async () => {
    const run = await Run.of(account({ status }), 'restore');
    await run.drive();
    await run.rehearsal.host.world.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop-shop-20261120t0300-1',
        ApplyImmediately: true,
        ...CURES[status],
      }),
    );
    await run.say('resume');
    const end = await run.drive();
    // Another group than the requested one is a difference of its own.
    if (status !== 'storage-full') {
      expect((await run.report()).waitingFor[0]).toContain('group is shop-');
      await run.say('approve', differenceKey('db', 2));
      await run.say('resume');
      expect(await run.drive()).toMatchObject({ phase: 'completed' });
    } else expect(end).toMatchObject({ phase: 'completed' });
    expect(await run.states()).toEqual({ db: 'ready', beside: 'ready', behind: 'ready' });
    expect([run.databases, run.deletions]).toEqual([['available'], 0]);
  });

  test('halts once more when nothing has changed', async () => {
    const run = await Run.of(account({ status }), 'restore');
    await run.drive();
    await run.say('resume');
    expect(await run.drive()).toMatchObject({ phase: 'halted' });
    expect([run.databases, run.deletions]).toEqual([[status], 0]);
  });

  test('is recovered as it is when a person accepts that', async () => {
    const run = await Run.of(account({ status }, 'hydrated'), 'restore');
    await run.drive();
    await run.say('approve', differenceKey('db', 1));
    await run.say('resume');
    expect(await run.drive()).toMatchObject({ phase: 'completed' });
    expect([run.databases, run.deletions]).toEqual([[status], 0]);
    expect((await run.report()).approvals).toMatchObject([
      { gate: 'cutover', step: 'difference/db/1', by: 'ann' },
    ]);
  });

  test('is not accepted by a plain approval, nor by one of another halt', async () => {
    const run = await Run.of(account({ status }), 'restore');
    await run.drive();
    for (const meant of [undefined, differenceKey('db', 2), differenceKey('beside', 1)])
      await run.say('approve', meant);
    await run.say('resume');
    expect(await run.drive()).toMatchObject({ phase: 'halted' });
    expect((await run.report()).approvals).toEqual([]);
  });

  test('is deleted by an abort that removes, and kept by one that keeps', async () => {
    for (const [made, left] of [
      ['remove', ['deleted']],
      ['keep', [status]],
    ] as const) {
      const run = await Run.of(account({ status }), 'restore');
      await run.drive();
      const { host, journal } = run.rehearsal;
      await journal.signal({ at: host.world.snapshotOf().at, kind: 'abort', by: 'ann', made });
      expect(await run.drive()).toMatchObject({ phase: 'aborted' });
      expect(run.databases.map((one) => (one === 'deleting' ? 'deleted' : one))).toEqual(left);
    }
  });

  test('ends a drill as failed, with the difference in its verdict, and is cleaned up', async () => {
    const run = await Run.of(account({ status }), 'drill');
    expect(await run.drive()).toMatchObject({ phase: 'failed' });
    const { problem, resources, leftovers } = await run.report();
    expect(problem).toContain(`status is ${status}, not available`);
    expect(resources.find(({ id }) => id === 'db')).toMatchObject({ status: 'halted', removed: true });
    expect([run.databases, leftovers]).toEqual([['deleting'], []]);
  });
});

describe('while other resources still go on', () => {
  test('an acceptance takes effect at once, and what depends on it follows', async () => {
    const run = await Run.with(slowBeside('storage-full'), 70, (here) =>
      here.say('approve', differenceKey('db', 1)),
    );
    expect(await run.drive()).toMatchObject({ phase: 'completed' });
    const { resources } = await run.report();
    const readyAt = (id: string): string => resources.find((one) => one.id === id)?.readyAt ?? '';
    expect(readyAt('behind') < readyAt('beside')).toBe(true);
    expect(run.rehearsal.lines).toContainEqual(
      expect.objectContaining({ subject: 'db', code: 'approval.accepted' }),
    );
  });

  test('a resume verifies again, without waiting for the others', async () => {
    const run = await Run.with(slowBeside('incompatible-parameters'), 70, async (here) => {
      await here.say('resume');
    });
    expect(await run.drive()).toMatchObject({ phase: 'halted' });
    const halts = run.rehearsal.lines.filter(
      ({ code, subject }) => code === 'approval.halted' && subject === 'db',
    );
    expect(halts).toHaveLength(2);
    // The next look tells, although nothing has changed since the last.
    expect(halts[1]?.at).toBeLessThan(T0 + 75 * 60_000);
    expect([run.databases, run.deletions]).toEqual([['incompatible-parameters'], 0]);
  });

  test('a status that is fixed needs no signal', async () => {
    const run = await Run.with(slowBeside('storage-full'), 70, async (here) => {
      const change = { DBInstanceIdentifier: 'shop-shop-20261120t0300-1', AllocatedStorage: 100 };
      await here.rehearsal.host.world.rds.send(
        new ModifyDBInstanceCommand({ ...change, ApplyImmediately: true }),
      );
    });
    expect(await run.drive()).toMatchObject({ phase: 'completed' });
    expect(await run.states()).toEqual({ db: 'ready', beside: 'ready', behind: 'ready' });
  });
});

test('RDS takes in such a status only what cures it', async () => {
  const run = await Run.of(account({ status: 'storage-full' }), 'restore');
  await run.drive();
  const modify = (change: object): Promise<unknown> =>
    run.rehearsal.host.world.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop-shop-20261120t0300-1',
        ApplyImmediately: true,
        ...change,
      }),
    );
  await expect(modify({ BackupRetentionPeriod: 7 })).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
  });
  await modify({ AllocatedStorage: 60 });
  await run.rehearsal.host.world.rds.send(
    new DeleteDBInstanceCommand({
      DBInstanceIdentifier: 'shop-shop-20261120t0300-1',
      SkipFinalSnapshot: true,
    }),
  );
});

/** What is made is never made badly under this profile, so nothing may be deleted before a person or a drill's end does so. */
test.each(Array.from({ length: IS_THOROUGH ? 24 : 4 }, (_, index) => index + 1))(
  'with seed %i nothing that can be used is deleted while a run goes on',
  async (seed) => {
    const scenario = scenarioOf(seed);
    const run = await Run.of(scenario, 'restore', 'drift', seed);
    for (let round = 0; round < 3; round += 1) {
      const end = await run.drive();
      const { resources } = await run.report();
      expect(run.deletions).toBe(0);
      if (end.phase !== 'halted') break;
      expect(resources.some(({ status }) => status === 'halted')).toBe(true);
      await run.say('resume');
    }
  },
);
