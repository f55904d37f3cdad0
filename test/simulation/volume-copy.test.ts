import { CopyVolumesCommand, DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { HOUR_MS } from '../../src/time.ts';
import { buildReport } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import type { MovableClock } from '../../src/hosts/clock.ts';
import type { SimulationHost } from '../../src/hosts/simulation.ts';
import { requestOf, type Answer, type Effect, type Failure } from '../../src/workflow/base/effects.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { NEVER, rehearse, type Faults, type Rehearsal } from '../hosts/support.ts';
import { violationsOf } from './checkers/index.ts';
import { runScenario, type Outcome } from './outcome.ts';
import type { SeededScenario } from './scenario.ts';

// Goal: a source is copied and never changed, one copy after the other, and no copy outlives a drill or an abort.

interface Changes {
  readonly resource?: object;
  readonly volumes?: number;
  readonly operator?: SeededScenario['operator'];
}

function scenario(mode: RunMode, { resource = {}, volumes = 1, operator }: Changes = {}): SeededScenario {
  const ids = Array.from({ length: volumes }, (_, n) => `vol-${n + 1}`);
  const strategies = ['volume-copy', 'provisioned-rate'];
  const source = volumes === 1 ? 'vol-1' : { tags: { app: 'events' } };
  return {
    mode,
    ...(operator !== undefined && { operator }),
    runbook: runbookSchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'events', region: 'us-east-1' },
      objectives: { rto: '24h', rpo: '4h', dataComplete: '7d', availability: '99.5%' },
      recoveryPoint: { policy: 'latest' },
      resources: [{ ...{ id: 'events', type: 'ebs-volume', source, strategies }, ...resource }],
    }),
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: '111111111111', region: 'us-east-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: ['us-east-1a', 'us-east-1b'] },
      volumes: ids.map((id) => ({
        ...{ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 20, iops: 3_000, throughputMiBps: 125 },
        tags: { app: 'events' },
      })),
      snapshots: ids.map((volumeId, n) => ({
        ...{ id: `snap-${n + 1}`, volumeId, startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
        ...{ sizeGiB: 20, fullSizeGiB: 12 },
      })),
    }),
  };
}

const sent = ({ after }: Pick<Outcome, 'after'>, operation: string): number =>
  after.calls.find((call) => call.operation === operation)?.total ?? 0;
const copies = ({ after }: Pick<Outcome, 'after'>) =>
  after.volumes.filter(({ sourceVolumeId }) => sourceVolumeId !== undefined);
const quota = ({ after }: Pick<Outcome, 'after'>) => after.quotas.find((one) => one.quota === 'volumeCopies');
/** Checkers hold that what was there before is untouched. */
function expectSound(outcome: Outcome): void {
  expect(violationsOf(outcome)).toEqual([]);
  for (const { id, deletedAt, tags } of outcome.after.volumes.filter(({ fromInventory }) => fromInventory))
    expect([id, deletedAt, tags]).toEqual([id, undefined, { app: 'events' }]);
}
const CALM = { faults: 'none', crashRate: 0 } as const;

describe('a restore', () => {
  test('makes the copies of a source one after the other, and keeps them', async () => {
    const outcome = await runScenario(1, scenario('restore', { resource: { copies: 3 } }), CALM);
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(['CopyVolumes', 'CreateVolume'].map((operation) => sent(outcome, operation))).toEqual([3, 0]);
    expect(copies(outcome).map(({ deletedAt, hydration }) => [deletedAt, hydration])).toEqual(
      Array.from({ length: 3 }, () => [undefined, 100]),
    );
    expect(quota(outcome)).toMatchObject({ limit: 5, peak: 1, refused: 0 });
    expect(outcome.report.resources).toMatchObject([
      { status: 'ready', strategy: 'volume-copy', recoveryPoint: { id: 'vol-1@2026-11-20T03:00:00Z' } },
    ]);
    expectSound(outcome);
  });

  test.each(['hydrated', 'available'])(
    'of eight volumes until they are %s copies five at a time',
    async (readyWhen) => {
      const outcome = await runScenario(
        1,
        scenario('restore', { resource: { readyWhen }, volumes: 8 }),
        CALM,
      );
      expect(outcome.end).toMatchObject({ phase: 'completed' });
      expect(quota(outcome)).toMatchObject({ limit: 5, peak: 5, refused: 0 });
      expect(outcome.report.resources.map(({ strategy }) => strategy)).toEqual(
        Array.from({ length: 8 }, () => 'volume-copy'),
      );
      expectSound(outcome);
    },
  );

  test('that dies at every second decision makes no copy twice', async () => {
    const outcome = await runScenario(1, scenario('restore', { resource: { copies: 2 } }), {
      ...{ faults: 'none', crashRate: 0.5 },
    });
    expect(outcome.crashes).toBeGreaterThan(3);
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(copies(outcome)).toHaveLength(2);
    expectSound(outcome);
  });

  test('that is aborted deletes its copy, and not the source', async () => {
    const operator = { kind: 'abort', atSeconds: 90, made: 'remove' } as const;
    const outcome = await runScenario(1, scenario('restore', { operator }), CALM);
    expect(outcome.end).toMatchObject({ phase: 'aborted' });
    expect(sent(outcome, 'CopyVolumes')).toBe(1);
    expectSound(outcome);
  });

  test('whose answer was lost goes on with the copy that was made', async () => {
    const played = await playedWith(async (effects, executor) => {
      await executor.perform(effects);
      return { class: 'transient', code: 'ECONNRESET', message: 'the answer was lost' };
    });
    expect(played).toMatchObject({ phase: 'completed', strategy: 'volume-copy', copied: 1 });
  });

  test('waits while the copies of others reach the limit of the Region', async () => {
    const played = await playedWith(
      async (effects, executor, { world }) => {
        for (const n of [2, 3, 4, 5, 6]) {
          const asked = { SourceVolumeId: `vol-${n}`, VolumeType: 'gp3', ClientToken: `other-${n}` } as const;
          await world.ec2.send(new CopyVolumesCommand(asked));
        }
        return refusalOf(await executor.perform(effects));
      },
      { resource: { source: 'vol-1', strategies: ['volume-copy'] }, volumes: 6 },
    );
    expect(played.failure).toMatchObject({ class: 'quota', code: 'CopyVolumesLimitExceeded' });
    expect(played).toMatchObject({ phase: 'completed', strategy: 'volume-copy', copied: 6 });
  });

  test('whose source vanishes before its request goes on with the next strategy', async () => {
    const played = await playedWith(async (effects, executor, { world }) => {
      await world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' }));
      return refusalOf(await executor.perform(effects));
    });
    expect(played).toMatchObject({ phase: 'completed', strategy: 'provisioned-rate', copied: 0 });
  });

  test('whose source vanished since it was planned says so, and goes on with the next strategy', async () => {
    const played = await playedWith(
      async (effects, executor, { world }, clock) => {
        await world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' }));
        clock.advanceTo(clock.now() + HOUR_MS);
        return executor.perform(effects);
      },
      {},
      'preflight',
    );
    expect(played).toMatchObject({ phase: 'completed', strategy: 'provisioned-rate', copied: 0 });
    expect(played.findings).toMatchObject([{ subject: 'volume vol-1', message: 'no longer exists' }]);
  });
});

function refusalOf([answer]: readonly Answer[]): Failure {
  if (answer?.ok !== false) throw new Error('it was not refused');
  return answer.failure;
}

/** Drives a run to its end. */
async function reportOf({ host, journal, record }: Rehearsal) {
  const { phase } = await host.drive(NEVER);
  const after = host.world.snapshotOf();
  const view = viewRun(record, await journal.load());
  const report = buildReport(view, await journal.timeline(), await journal.apiCalls());
  await host.close();
  return { phase, after, report };
}

test('copies of different instants halt the run: an operator decides', async () => {
  const changes = { resource: { copies: 2 } };
  const vanishing: Play = async (effects, executor, { world }, clock) => {
    await world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' }));
    clock.advanceTo(clock.now() + HOUR_MS);
    return executor.perform(effects);
  };
  const played = await playedWith(vanishing, changes, 'copyVolume', 2);
  expect(played).toMatchObject({ phase: 'halted', strategy: 'provisioned-rate', copied: 1 });
  expect(played.halts).toEqual([expect.stringMatching(/^volume vol-\w+: snapshot: is vol-1, not snap-1$/)]);
});

type Play = (
  effects: readonly Effect[],
  executor: Executor,
  host: SimulationHost,
  clock: MovableClock,
) => Promise<readonly Answer[] | Failure>;

/** A restore in which something else is done with the n-th request of an operation. A failure is the answer to it. */
async function playedWith(play: Play, changes: Changes = {}, operation = 'copyVolume', nth = 1) {
  let failure: Failure | undefined;
  const stage: { host?: SimulationHost } = {};
  let asked = 0;
  const rehearsed = await rehearse(scenario('restore', changes), {
    mode: 'restore',
    probe: () => ({
      wrapExecutor: (executor, clock) => ({
        ...executor,
        async perform(effects) {
          const [first] = effects;
          const isMeant = first !== undefined && requestOf(first) === operation;
          if (!isMeant || stage.host === undefined || (asked += 1) !== nth) return executor.perform(effects);
          const played = await play(effects, executor, stage.host, clock);
          if (!('class' in played)) return played;
          failure = played;
          return effects.map(({ id }) => ({ effectId: id, type: 'operate', ok: false, failure: played }));
        },
      }),
    }),
  });
  stage.host = rehearsed.host;
  const { phase, after, report } = await reportOf(rehearsed);
  const { strategy } = report.resources[0] ?? {};
  const halts = report.resources.flatMap(({ differences }) =>
    differences.map(({ subject, message }) => `${subject}: ${message}`),
  );
  const copied = copies({ after }).length;
  return { phase, failure, strategy, findings: report.findings, halts, copied };
}

describe('a drill', () => {
  test('copies the source and deletes the copy', async () => {
    const outcome = await runScenario(1, scenario('drill'), CALM);
    expect(outcome.end).toMatchObject({ phase: 'completed' });
    expect(['CopyVolumes', 'DeleteVolume'].map((operation) => sent(outcome, operation))).toEqual([1, 1]);
    expect(outcome.report.leftovers).toEqual([]);
    expectSound(outcome);
  });

  test.each<[Faults, number]>(
    [1, 2, 3, 4, 5, 6].flatMap((seed) => [
      ['flaky', seed],
      ['storm', seed],
    ]),
  )('of two copies each of three volumes under %s %i leaves nothing', async (faults, seed) => {
    const outcome = await runScenario(seed, scenario('drill', { resource: { copies: 2 }, volumes: 3 }), {
      ...{ faults, longestDowntimeMs: 600_000 },
    });
    expectSound(outcome);
  });
});

test.each([1, 2, 3, 4, 5, 6])('under storm %i a restore keeps what it calls recovered', async (seed) => {
  const outcome = await runScenario(seed, scenario('restore', { resource: { copies: 2 }, volumes: 2 }), {
    ...{ faults: 'storm', longestDowntimeMs: 600_000 },
  });
  expectSound(outcome);
});
