import type { Made } from '../../src/kinds/things.ts';
import { existing, made, sweeping, watching } from '../aws/effects.ts';
import {
  again,
  createVolume,
  done,
  doneId,
  failed,
  LATER,
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
    const snapshotId = await doneId(stage.ours, takeSnapshot(stage, volumeOf(stage)));
    await stage.wait(LATER);
    const points = [made('snapshot', snapshotId), made('snapshot', 'snap-0123456789abcdef0')];
    expect(await stage.ours.observe(watching(points))).toEqual([
      expect.objectContaining({ type: 'snapshot', id: snapshotId, status: 'completed' }),
    ]);
  });

  test('a snapshot of a DB instance is taken and seen to be over', async () => {
    const stage = await open();
    const one = takeSnapshot(stage, databaseOf(stage), 'forensics');
    expect(await doneId(stage.ours, one)).toBe(one.identity);
    await stage.wait(LATER);
    const points = [made('dbSnapshot', one.identity), made('dbSnapshot', 'no-such-snapshot')];
    expect(await stage.ours.observe(watching(points))).toEqual([
      expect.objectContaining({ type: 'dbSnapshot', id: one.identity, status: 'available' }),
    ]);
  });

  test('the snapshot of a deleted source fails as gone', async () => {
    const stage = await open();
    const sources = [existing('volume', 'vol-0123456789abcdef0'), existing('dbInstance', 'nobody')];
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
    expect((await done(stage.ours, { ...sweeping(), keepsAll: true })).found).toHaveLength(1);
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
    const kept = await doneId(stage.ours, takeSnapshot(stage, volumeOf(stage), 'protection', 'p-1'));
    const stray = await doneId(stage.ours, takeSnapshot(stage, volumeOf(stage), 'protection', 'p-2'));
    const evidence = await doneId(stage.ours, takeSnapshot(stage, volumeOf(stage), 'forensics', 'f-1'));
    const strayDb = await doneId(stage.ours, takeSnapshot(stage, databaseOf(stage), 'protection', 'p-3'));
    await stage.wait(LATER);
    const keep = [made('snapshot', kept)] as const;
    const rest = [made('snapshot', stray), made('dbSnapshot', strayDb)] as const;
    const looked = await done(stage.ours, { ...sweeping(keep), keepsAll: true });
    expect(sorted(looked.found)).toEqual(sorted([...keep, ...rest]));
    expect(looked.removed).toEqual([]);
    const swept = await done(stage.ours, sweeping(keep));
    expect(sorted(swept.removed)).toEqual(sorted(rest));
    await stage.wait(SOON);
    const snapshots = [kept, stray, evidence].map((id) => made('snapshot', id));
    const left = await stage.theirs.observe(watching([...snapshots, made('dbSnapshot', strayDb)]));
    expect(left.map((seen) => ('id' in seen ? seen.id : seen.type)).toSorted()).toEqual(
      [kept, evidence].toSorted(),
    );
  });

  test('all that runs of a runbook made is found again by its tags', async () => {
    const stage = await open();
    const volume = createVolume(stage, 't-1');
    const volumeId = await doneId(stage.ours, volume);
    const database = restoreDb(stage, 'orders-1');
    await done(stage.ours, database);
    const snapshotId = await doneId(stage.theirs, takeSnapshot(stage, volumeOf(stage), 'forensics'));
    await stage.wait(LATER);
    const { claim, runs } = await stage.made(stage.runbook);
    expect(claim).toBeUndefined();
    expect(runs.map(({ runId }) => runId)).toEqual([stage.named('another-run'), stage.runId].toSorted());
    const told = new Map(runs.map(({ runId, things }) => [runId, things]));
    expect(told.get(stage.named('another-run'))).toEqual([
      expect.objectContaining({ thing: made('snapshot', snapshotId), purpose: 'forensics' }),
    ]);
    expect(told.get(stage.runId)).toHaveLength(2);
    expect(told.get(stage.runId)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ thing: made('volume', volumeId), identity: volume.identity, mark: volume.mark },
          ...{ resource: 'events/t-1', from: volume.spec.snapshotId },
        }),
        expect.objectContaining({
          ...{ thing: made('dbInstance', database.identity), resource: 'orders-db' },
          ...{ identity: database.identity, mark: database.mark },
        }),
      ]),
    );
  });
}

function volumeOf({ manyVolumes }: Stage) {
  return existing('volume', manyVolumes[0] ?? '');
}

function databaseOf({ manyDbInstances }: Stage) {
  return existing('dbInstance', manyDbInstances[0] ?? '');
}

function sorted(things: readonly Made[]): readonly string[] {
  return things.map(({ type, id }) => `${type} ${id}`).toSorted();
}
