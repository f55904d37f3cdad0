import type { FsrState } from '../../src/inventory/schema.ts';
import type { MovableClock } from '../../src/hosts/clock.ts';
import { Allocation } from '../../src/driver/fleet/allocation.ts';
import { FSR_DISABLING_SECONDS } from '../../src/facts/ebs.ts';
import type { PlannedResource } from '../../src/plan/types.ts';
import { requestOf } from '../../src/workflow/base/effects.ts';
import type { Executor } from '../../src/workflow/base/executor.ts';
import { Subject, minutes, planned, strategy, T0, volumeSpec } from '../workflow/support.ts';
import { fsrOf } from '../things.ts';
import { fleetOf } from './stage.ts';
import {
  NEVER,
  planOf,
  rehearse,
  type Rehearsal,
  type RehearsalOptions,
  type Scenario,
} from '../hosts/support.ts';

// Fast snapshot restore costs money by the hour: whatever the course of a run, it is switched off again, unless it was on before.

const ZONE = 'us-east-1a';
const ON: ReadonlySet<string> = new Set(['enabling', 'optimizing', 'enabled']);

/** One volume by fast snapshot restore, which is in a state before the run. */
function scenarioWith(state: FsrState = 'disabled'): Scenario {
  const { runbook, inventory } = fleetOf({ volumes: 1, strategies: ['fsr'] });
  const fsr = state === 'disabled' ? [] : [{ zone: ZONE, state }];
  return {
    runbook,
    inventory: { ...inventory, snapshots: inventory.snapshots.map((each) => ({ ...each, fsr })) },
  };
}

function calls({ host }: Rehearsal, operation: string): number {
  return host.world.calls().find((each) => each.operation === operation)?.total ?? 0;
}

function isOn({ host }: Rehearsal, zone = ZONE): boolean {
  return host.world.fsr().some((each) => each.zone === zone && ON.has(each.state));
}

/** Calls `strike` right after the first effect of a kind has been performed, before anybody learns of its answer. */
function after(request: string, strike: (clock: MovableClock) => Promise<void>): RehearsalOptions {
  let hasStruck = false;
  const wrapExecutor = (executor: Executor, clock: MovableClock): Executor => ({
    ...executor,
    async perform(effects) {
      const answers = await executor.perform(effects);
      if (!hasStruck && effects.some((effect) => requestOf(effect) === request)) {
        hasStruck = true;
        await strike(clock);
      }
      return answers;
    },
  });
  return { probe: () => ({ wrapExecutor }) };
}

describe('what was on before the run', () => {
  test.each([
    ['enabling', true],
    ['optimizing', true],
    ['enabled', true],
    ['disabled', false],
  ] as const)('%s: on at the end is %s', async (state, isOnAtEnd) => {
    const run = await rehearse(scenarioWith(state));
    expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
    expect(isOn(run)).toBe(isOnAtEnd);
    expect(calls(run, 'DisableFastSnapshotRestores')).toBe(isOnAtEnd ? 0 : 1);
    await run.host.close();
  });

  test.each([
    ['enabling', true],
    ['optimizing', true],
    ['enabled', true],
    ['disabling', false],
    ['disabled', false],
  ] as const)('%s counts as on: %s', (state, wasOn) => {
    const plan = planOf(scenarioWith(), 'drill');
    const allocation = new Allocation(plan, new Map());
    const [spec] = plan.resources;
    const { context } = new Subject(spec as PlannedResource);
    allocation.update('volume-0', { state: 'queued', context });
    const before = [{ ...fsrOf({ snapshotId: 'snap-0', zone: ZONE }), status: state }];
    expect(allocation.grants(before, T0)).toEqual([
      { id: 'volume-0', existing: wasOn ? [`snap-0@${ZONE}`] : [] },
    ]);
  });
});

describe('a process that dies after it has switched it on, unanswered, and stays down', () => {
  test('it is off at the end: the run remembers that it may have been its own request', async () => {
    const run = await rehearse(
      scenarioWith(),
      after('enableFsr', async (clock) => {
        // Longer than any read lags behind.
        clock.advanceTo(clock.now() + minutes(10));
        throw new Error('the process was killed');
      }),
    );
    await expect(run.host.drive(NEVER)).rejects.toThrow('the process was killed');
    expect(isOn(run)).toBe(true);
    expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
    expect(isOn(run)).toBe(false);
    await run.host.close();
  });
});

describe('an abort while it is being switched on', () => {
  test.each(['keep', 'remove'] as const)('%s: it is switched off', async (made) => {
    const run = await rehearse(scenarioWith(), {
      mode: 'restore',
      ...after('enableFsr', async (clock) => {
        await run.journal.signal({ at: clock.now(), kind: 'abort', by: 'ann', made });
      }),
    });
    expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'aborted' });
    expect(calls(run, 'EnableFastSnapshotRestores')).toBe(1);
    expect(isOn(run)).toBe(false);
    await run.host.close();
  });
});

describe('one snapshot in two zones, on in one of them', () => {
  const other = 'us-east-1b';

  test('the other is granted, switched on and switched off; the one that was on stays on', async () => {
    const scenario = fleetOf({ volumes: 2, strategies: ['fsr'] });
    const { runbook, inventory } = scenario;
    const [snapshot] = inventory.snapshots;
    const [first, second] = runbook.resources;
    if (snapshot === undefined || first === undefined || second === undefined) throw new Error('no fleet');
    const run = await rehearse({
      runbook: {
        ...runbook,
        resources: [first, { ...second, source: 'vol-0', target: { zone: other } } as typeof second],
      },
      inventory: {
        ...inventory,
        zones: [ZONE, other],
        snapshots: [{ ...snapshot, fsr: [{ zone: ZONE, state: 'enabled', credits: 5 }] }],
      },
    });
    const before = run.plan.resources.map(({ strategies }) => strategies[0]?.spec);
    expect(before).toMatchObject([
      { snapshotId: 'snap-0', zone: ZONE },
      { snapshotId: 'snap-0', zone: other },
    ]);
    expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
    expect(calls(run, 'EnableFastSnapshotRestores')).toBe(1);
    expect([isOn(run), isOn(run, other)]).toEqual([true, false]);
    expect(run.host.world.fsr().find(({ zone }) => zone === other)?.state).toMatch(/^disabl/);
    await run.host.close();
  });
});

describe('the slot that fast snapshot restore takes', () => {
  const resource = (id: string, snapshotId: string): PlannedResource =>
    planned([strategy('fsr', { spec: volumeSpec({ snapshotId }) })], { id });

  test('is held until it is free: from the grant until it can be taken to be off', () => {
    const plan = { ...planOf(scenarioWith(), 'drill'), pools: { fsrSnapshots: 1 } };
    const allocation = new Allocation(plan, new Map());
    const [user, waiting] = [new Subject(resource('one', 'snap-1')), new Subject(resource('two', 'snap-2'))];
    const tell = (): void => {
      allocation.update('one', { state: user.state, context: user.context });
      allocation.update('two', { state: waiting.state, context: waiting.context });
    };
    const granted = (at: number): readonly string[] => allocation.grants([], at).map(({ id }) => id);
    allocation.update('one', { state: user.state, context: user.context });
    expect(granted(T0)).toEqual(['one']);

    user.grant();
    user.answer('enableFsr');
    tell();
    expect(granted(T0 + minutes(60))).toEqual([]);

    user.at = T0 + minutes(61);
    const { type, id } = fsrOf({ snapshotId: 'snap-1', zone: ZONE });
    const sighting = { type, id, status: 'enabled', data: { enabledAt: T0 + minutes(1) } };
    user.send({ type: 'SIGHTED', at: user.at, sighting });
    if (user.state === 'accelerating') user.fire('nextLook');
    user.answer('createVolume', { id: 'vol-a' });
    user.see('vol-a', { fastRestored: true });
    tell();
    expect(user.effect('disableFsr')).toBeDefined();
    expect(granted(user.at)).toEqual([]);

    user.answer('disableFsr');
    tell();
    const freeAt = user.at + FSR_DISABLING_SECONDS * 1_000;
    expect(granted(user.at)).toEqual([]);
    expect(allocation.nextRelease).toBe(freeAt);
    expect(granted(freeAt - 1)).toEqual([]);
    expect(granted(freeAt)).toEqual(['two']);
  });
});
