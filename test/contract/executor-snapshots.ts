import type { MadeThing } from '../../src/workflow/base/effects.ts';
import { effect } from '../aws/fixtures.ts';
import {
  again,
  createVolume,
  done,
  failed,
  LATER,
  NOTHING,
  restoreDb,
  SOON,
  takeSnapshot,
  type Open,
  type Stage,
} from './executor-stage.ts';

/** Recovery points that a run takes: before, of what is damaged, and after, of what it recovered. */
export function describeRecoveryPoints(open: Open): void {
  test('a snapshot of a volume is taken and seen to be over', async () => {
    const stage = await open();
    const { snapshotId } = await done(stage.ours, takeSnapshot(stage, volumeOf(stage)));
    await stage.wait(LATER);
    expect(
      await stage.ours.observe({ ...NOTHING, snapshots: [snapshotId, 'snap-0123456789abcdef0'] }),
    ).toEqual([expect.objectContaining({ kind: 'recoveryPoint', id: snapshotId, state: 'completed' })]);
  });

  test('a snapshot of a DB instance is taken and seen to be over', async () => {
    const stage = await open();
    const one = takeSnapshot(stage, databaseOf(stage), 'forensics');
    expect(await done(stage.ours, one)).toEqual({ snapshotId: one.identifier });
    await stage.wait(LATER);
    const dbSnapshots = [one.identifier, 'no-such-snapshot'];
    expect(await stage.ours.observe({ ...NOTHING, dbSnapshots })).toEqual([
      expect.objectContaining({ kind: 'recoveryPoint', id: one.identifier, state: 'completed' }),
    ]);
  });

  test('the snapshot of a deleted source fails as gone', async () => {
    const stage = await open();
    const sources = [
      { kind: 'volume', id: 'vol-0123456789abcdef0' },
      { kind: 'dbInstance', id: 'nobody' },
    ] as const;
    for (const of of sources) {
      expect(await failed(stage.ours, takeSnapshot(stage, of))).toMatchObject({ class: 'gone' });
    }
  });

  test.each([
    ['CreateSnapshot', volumeOf],
    ['CreateDBSnapshot', databaseOf],
  ] as const)('a snapshot whose answer to %s was lost is taken once', async (operation, of) => {
    const stage = await open();
    const one = takeSnapshot(stage, of(stage));
    stage.wire.interfere(operation, 'lose the answer');
    expect(await failed(stage.ours, one)).toMatchObject({ class: 'transient' });
    stage.wire.interfere(operation, undefined);
    await stage.wait(1);
    const first = await done(stage.ours, again(one));
    expect(await done(stage.ours, { ...one, doubtful: true })).toEqual(first);
    await stage.wait(LATER);
    expect((await done(stage.ours, effect('sweep', { keep: [], keepsAll: true }))).found).toHaveLength(1);
  });

  test('a name used by another owner is refused for good', async () => {
    const stage = await open();
    const one = takeSnapshot(stage, databaseOf(stage));
    await done(stage.theirs, one);
    await stage.wait(LATER);
    expect(await failed(stage.ours, one)).toMatchObject({ class: 'invalid' });
    expect(await failed(stage.ours, again(one))).toMatchObject({ class: 'invalid' });
  });

  test('a sweep removes what was taken for protection and is not kept, and never finds evidence', async () => {
    const stage = await open();
    const kept = await done(stage.ours, takeSnapshot(stage, volumeOf(stage), 'protection', 'p-1'));
    const stray = await done(stage.ours, takeSnapshot(stage, volumeOf(stage), 'protection', 'p-2'));
    const evidence = await done(stage.ours, takeSnapshot(stage, volumeOf(stage), 'forensics', 'f-1'));
    const strayDb = await done(stage.ours, takeSnapshot(stage, databaseOf(stage), 'protection', 'p-3'));
    await stage.wait(LATER);
    const keep = [{ kind: 'snapshot', id: kept.snapshotId }] as const;
    const rest = [
      { kind: 'snapshot', id: stray.snapshotId },
      { kind: 'dbSnapshot', id: strayDb.snapshotId },
    ] as const;
    const looked = await done(stage.ours, effect('sweep', { keep, keepsAll: true }));
    expect(sorted(looked.found)).toEqual(sorted([...keep, ...rest]));
    expect(looked.removed).toEqual([]);
    const swept = await done(stage.ours, effect('sweep', { keep }));
    expect(sorted(swept.removed)).toEqual(sorted(rest));
    await stage.wait(SOON);
    const snapshots = [kept.snapshotId, stray.snapshotId, evidence.snapshotId];
    const left = await stage.theirs.observe({ ...NOTHING, snapshots, dbSnapshots: [strayDb.snapshotId] });
    expect(left.map((seen) => ('id' in seen ? seen.id : seen.kind)).toSorted()).toEqual(
      [kept.snapshotId, evidence.snapshotId].toSorted(),
    );
  });

  test('all that runs of a runbook made is found again by its tags', async () => {
    const stage = await open();
    const volume = createVolume(stage, 't-1');
    const { volumeId } = await done(stage.ours, volume);
    const database = restoreDb(stage, 'orders-1');
    await done(stage.ours, database);
    const { snapshotId } = await done(stage.theirs, takeSnapshot(stage, volumeOf(stage), 'forensics'));
    await stage.wait(LATER);
    const { claim, runs } = await stage.made(stage.runbook);
    expect(claim).toBeUndefined();
    expect(runs.map(({ runId }) => runId)).toEqual([stage.named('another-run'), stage.runId].toSorted());
    const told = new Map(runs.map(({ runId, things }) => [runId, things]));
    expect(told.get(stage.named('another-run'))).toEqual([
      expect.objectContaining({ thing: { kind: 'snapshot', id: snapshotId }, purpose: 'forensics' }),
    ]);
    expect(told.get(stage.runId)).toHaveLength(2);
    expect(told.get(stage.runId)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ thing: { kind: 'volume', id: volumeId }, identity: volume.token, mark: volume.mark },
          ...{ resource: 'events/t-1', from: volume.spec.snapshotId },
        }),
        expect.objectContaining({
          ...{ thing: { kind: 'dbInstance', id: database.identifier }, resource: 'orders-db' },
          ...{ identity: database.identifier, mark: database.mark },
        }),
      ]),
    );
  });
}

function volumeOf({ manyVolumes }: Stage) {
  return { kind: 'volume', id: manyVolumes[0] ?? '' } as const;
}

function databaseOf({ manyDbInstances }: Stage) {
  return { kind: 'dbInstance', id: manyDbInstances[0] ?? '' } as const;
}

function sorted(things: readonly MadeThing[]): readonly string[] {
  return things.map(({ kind, id }) => `${kind} ${id}`).toSorted();
}
