import {
  existing,
  effect,
  configuring,
  deleting,
  disabling,
  enabling,
  made,
  sweeping,
} from '../aws/effects.ts';
import {
  takeSnapshot,
  claimEffect,
  again,
  createVolume,
  dbStatus,
  done,
  doneId,
  failed,
  LATER,
  restoreDb,
  SOON,
  testOf,
  volumeState,
} from './executor-stage.ts';
import type { Lacks, Open } from './executor-stage.ts';

const RUN_WITHOUT_SSM = 'run-b';

export function describeRepeats(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  test('a volume whose answer was lost is made once, and the repeat answers as the first would have', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const one = createVolume(stage, 't-1');
    wire.interfere('CreateVolume', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('CreateVolume', undefined);
    // A volume may be there before any read shows it.
    await stage.wait(1);
    const first = await doneId(ours, again(one));
    await stage.wait(SOON);
    expect(await doneId(ours, { ...one, doubtful: true })).toBe(first);
    const volume = made('volume', first);
    expect((await done(ours, sweeping([volume]))).found).toEqual([volume]);
  });

  testIf('client tokens', 'the same request gives the same volume', async () => {
    const stage = await open();
    const one = createVolume(stage, 't-1');
    const first = await done(stage.ours, one);
    expect(await done(stage.ours, one)).toEqual(first);
  });

  test('duplicates count as one, the same one for every caller, and are swept', async () => {
    const stage = await open();
    // Two requests with the same tag, as an endpoint makes of one when it heeds no token.
    const one = createVolume(stage, 't-1');
    const other = createVolume(stage, 't-2');
    const first = await doneId(stage.ours, one);
    await stage.wait(1);
    const second = await doneId(stage.ours, other);
    await stage.retag(second, 'lifeboat:identity', one.identity);
    await stage.wait(SOON);
    const kept = await doneId(stage.ours, again(one));
    expect([first, second]).toContain(kept);
    expect(await doneId(stage.ours, { ...one, doubtful: true })).toBe(kept);
    const keep = [made('volume', kept)] as const;
    const { removed } = await done(stage.ours, sweeping(keep));
    expect(removed.map(({ id }) => id)).toEqual([first, second].filter((id) => id !== kept));
  });

  test('a database whose answer was lost is made once', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const one = restoreDb(stage, 'orders-1');
    wire.interfere('RestoreDBInstanceFromDBSnapshot', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('RestoreDBInstanceFromDBSnapshot', undefined);
    await stage.wait(SOON);
    expect(await done(ours, again(one))).toEqual({ id: one.identity });
    const instance = made('dbInstance', one.identity);
    expect((await done(ours, sweeping([instance]))).found).toEqual([instance]);
  });

  testIf('lost settings', 'settings that are as they should be are not changed again', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const one = restoreDb(stage, 'orders-1');
    const { identity, spec } = one;
    await done(ours, one);
    await stage.wait(LATER);
    const settings = configuring(identity, spec);
    await done(ours, settings);
    expect(wire.takeSent()).toMatchObject({ ModifyDBInstance: 1 });
    await stage.wait(SOON);
    await done(ours, settings);
    expect(wire.takeSent()).not.toHaveProperty('ModifyDBInstance');
  });

  testIf(
    'fast snapshot restore',
    'it may be switched on twice and off twice, and off where it never was',
    async () => {
      const { ours, snapshots, zone, otherZone, wait } = await open();
      const snapshotId = snapshots[0] ?? '';
      const on = enabling({ snapshotId, zone });
      const off = disabling({ snapshotId, zone });
      for (const one of [on, again(on), off, again(off)]) {
        expect(await done<'operate' | 'undo'>(ours, one)).toEqual({});
        await wait(1);
      }
      expect(await done(ours, disabling({ snapshotId, zone: otherZone }))).toEqual({});
    },
  );

  testIf('fast snapshot restore', 'what somebody else switched on is told apart', async () => {
    const { ours, theirs, snapshots, zone, otherZone, wait } = await open();
    const snapshotId = snapshots[1] ?? '';
    await done(theirs, enabling({ snapshotId, zone }));
    await wait(1);
    expect(await done(ours, enabling({ snapshotId, zone }))).toEqual({ data: { wasOn: true } });
    expect(await done(ours, enabling({ snapshotId, zone: otherZone }))).toEqual({});
    for (const one of [zone, otherZone]) await done(theirs, disabling({ snapshotId, zone: one }));
  });

  test('deleting a resource that is gone or being deleted succeeds', async () => {
    const stage = await open();
    const { ours } = stage;
    const volumeId = await doneId(ours, createVolume(stage, 't-1'));
    const { identity } = restoreDb(stage, 'orders-1');
    await done(ours, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    const deletions = [deleting(made('volume', volumeId)), deleting(made('dbInstance', identity))] as const;
    for (const [minutes, first] of [
      [1, {}],
      [SOON, { wasGone: true }],
      [0, { wasGone: true }],
    ] as const) {
      for (const deletion of deletions) expect(await done(ours, deletion)).toEqual(first);
      // Whoever may have deleted it before does not say that it was gone.
      for (const deletion of minutes === 1 ? [] : deletions)
        expect(await done(ours, { ...deletion, attempt: 2 })).toEqual({});
      await stage.wait(minutes);
    }
    expect(await volumeState(stage, volumeId)).toBeUndefined();
    expect(await dbStatus(stage, identity)).toBeUndefined();
  });
}

export function describeOwnership(open: Open): void {
  test('a run can delete the resources that it protected', async () => {
    const stage = await open();
    const { identity, spec } = restoreDb(stage, 'orders-1');
    await done(stage.ours, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    await done(stage.ours, configuring(identity, spec));
    await stage.wait(SOON);
    expect(await done(stage.ours, deleting(made('dbInstance', identity)))).toEqual({});
    await stage.wait(SOON);
    expect(await dbStatus(stage, identity)).toBeUndefined();
  });

  test('deletes do not touch resources without the tag of the run', async () => {
    const stage = await open();
    const { ours, theirs, dbInstance, manyVolumes } = stage;
    const foreign = await doneId(theirs, createVolume(stage, 't-1'));
    await done(theirs, restoreDb(stage, 'orders-2'));
    await stage.wait(LATER);
    const nobodys = manyVolumes[0] ?? '';
    for (const volumeId of [foreign, nobodys]) {
      expect(await failed(ours, deleting(made('volume', volumeId)))).toMatchObject({ class: 'denied' });
    }
    const theirDb = stage.named('orders-2');
    for (const identity of [theirDb, dbInstance]) {
      expect(await failed(ours, deleting(made('dbInstance', identity)))).toMatchObject({
        class: 'denied',
      });
    }
    await stage.wait(SOON);
    expect([await volumeState(stage, foreign), await volumeState(stage, nobodys)]).toEqual([
      'available',
      'available',
    ]);
    expect([await dbStatus(stage, theirDb), await dbStatus(stage, dbInstance)]).toEqual([
      'available',
      'available',
    ]);
  });

  test('a name used by another owner is refused for good, and that resource is not touched', async () => {
    const stage = await open();
    await done(stage.theirs, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    expect(await failed(stage.ours, restoreDb(stage, 'orders-1'))).toMatchObject({ class: 'invalid' });
    const { identity, spec } = restoreDb(stage, 'orders-1');
    const settings = configuring(identity, spec);
    expect(await failed(stage.ours, settings)).toMatchObject({ class: 'denied' });
  });
}

export function describeExisting(open: Open): void {
  test('what was there before the run never carries its tags, and no sweep finds it', async () => {
    const stage = await open();
    const { ours, manyVolumes, dbInstance } = stage;
    const sources = [existing('volume', manyVolumes[0] ?? ''), existing('dbInstance', dbInstance)];
    for (const [index, source] of sources.entries())
      await done(ours, takeSnapshot(stage, source, 'forensics', `evidence-${index}`));
    const another = stage.another(RUN_WITHOUT_SSM, { withoutSsm: true });
    await stage.wait(LATER);
    for (const source of sources) {
      const claim = claimEffect(stage, { runId: stage.named(RUN_WITHOUT_SSM) }, [source]);
      expect(await done(another, claim)).toMatchObject({ granted: true, place: 'tag' });
      await stage.wait(1);
      await done(another, effect('release', { runbook: stage.runbook, sources: [source] }));
      await stage.wait(1);
    }
    const { runs } = await stage.made(stage.runbook);
    const found = runs.flatMap(({ things }) => things.map(({ thing }) => thing.type));
    expect(found.toSorted()).toEqual(['dbSnapshot', 'snapshot']);
    for (const executor of [ours, another])
      expect(await done(executor, { ...sweeping(), keepsAll: true })).toEqual({ found: [], removed: [] });
  });
}

export function describeSweep(open: Open): void {
  test('a sweep finds all of the run and nothing else, keeps what it is told to and removes the rest', async () => {
    const stage = await open();
    const { ours, theirs } = stage;
    const kept = await doneId(ours, createVolume(stage, 't-1'));
    const stray = await doneId(ours, createVolume(stage, 't-2'));
    const foreign = await doneId(theirs, createVolume(stage, 't-3'));
    await done(ours, restoreDb(stage, 'Orders-Kept'));
    await done(ours, restoreDb(stage, 'orders-stray'));
    await stage.wait(LATER);
    const keep = [made('volume', kept), made('dbInstance', stage.named('Orders-Kept'))] as const;
    const rest = [made('volume', stray), made('dbInstance', stage.named('orders-stray'))] as const;
    const swept = await done(ours, sweeping(keep));
    expect(swept.found).toHaveLength(4);
    expect(swept.found).toEqual(expect.arrayContaining([...keep, ...rest]));
    expect(swept.removed.toSorted((a, b) => (a.id < b.id ? 1 : -1))).toEqual(rest);
    await stage.wait(SOON);
    expect((await done(ours, sweeping(keep))).found).toHaveLength(2);
    expect(await volumeState(stage, foreign)).toBe('available');
  });
}
