import type { Effect } from '../../src/workflow/effects.ts';
import { effect } from '../aws/fixtures.ts';
import { describeObservation, describeVerification } from './executor-reads.ts';
import {
  createVolume,
  done,
  dbStatus,
  failed,
  LATER,
  madeVolume,
  restoreDb,
  SOON,
  stageOf,
  volumeState,
} from './executor-stage.ts';
import type { ExecutorAccount, Open } from './executor-stage.ts';

/** What every {@link Executor} promises, over both services. `account` makes a fresh one for each test. */
export function describeExecutorContract(name: string, account: () => Promise<ExecutorAccount>): void {
  const open: Open = async () => stageOf(await account());
  describe(`executor contract: ${name}`, () => {
    describeAnswers(open);
    describeFailures(open);
    describeRepeats(open);
    describeOwnership(open);
    describeSweep(open);
    describeVerification(open);
    describeObservation(open);
  });
}

function describeAnswers(open: Open): void {
  test('nothing asked, nothing sent', async () => {
    const { ours, wire } = await open();
    expect(await ours.perform([])).toEqual([]);
    expect(wire.takeSent()).toEqual({});
  });

  test('each effect is answered exactly once, with its id and kind; creates are sent one by one', async () => {
    const stage = await open();
    const effects = Array.from({ length: 12 }, (_, index) => createVolume(stage, `t-${index}`));
    const answers = await stage.ours.perform(effects);
    expect(answers.map(({ effectId }) => effectId).toSorted()).toEqual(
      effects.map(({ id }) => id).toSorted(),
    );
    expect(answers.every(({ kind, ok }) => ok && kind === 'createVolume')).toBe(true);
    expect(stage.wire.takeSent()).toEqual({ CreateVolume: 12 });
    const ids = answers.map((answer) => madeVolume(answer));
    expect(new Set(ids).size).toBe(12);
  });

  test('ten snapshots of a zone go in one request, and each effect has its own answer', async () => {
    const { ours, wire, snapshots, zone, otherZone } = await open();
    const effects = [
      ...snapshots.slice(0, 12).map((snapshotId) => effect('enableFsr', { snapshotId, zone })),
      effect('enableFsr', { snapshotId: snapshots[0] ?? '', zone: otherZone }),
      effect('enableFsr', { snapshotId: 'snap-0123456789abcdef0', zone }),
    ];
    const answers = await ours.perform(effects);
    expect(answers.map(({ effectId }) => effectId).toSorted()).toEqual(
      effects.map(({ id }) => id).toSorted(),
    );
    const refused = answers.filter(({ ok }) => !ok);
    expect(refused.map(({ effectId }) => effectId)).toEqual([effects.at(-1)?.id]);
    // Twelve and one unknown in the first zone, one in the other.
    expect(wire.takeSent()).toMatchObject({ EnableFastSnapshotRestores: 3 });
  });

  test('effects of two kinds in one call are a mistake of the caller', async () => {
    const stage = await open();
    const mixed: Effect[] = [
      createVolume(stage, 't-1'),
      effect('deleteVolume', { volumeId: 'vol-0123456789abcdef0' }),
    ];
    await expect(stage.ours.perform(mixed)).rejects.toThrow('one kind');
  });

  test('the preflight finds what is usable without a word, and tells of what is not', async () => {
    const { ours, snapshots, zone, dbSnapshot, dbInstance } = await open();
    const fsr = [{ snapshotId: snapshots[0] ?? '', zone }];
    const good = { snapshots, dbSnapshots: [dbSnapshot], dbInstances: [dbInstance], fsr };
    expect(await done(ours, effect('preflight', good))).toEqual({
      findings: [],
      fsr: [{ ...fsr[0], state: 'disabled' }],
    });
    const bad = {
      ...{ snapshots: ['snap-0123456789abcdef0'], dbSnapshots: ['no-such-copy'], dbInstances: ['nobody'] },
      fsr: [],
    };
    const { findings } = await done(ours, effect('preflight', bad));
    expect(findings.map(({ subject }) => subject)).toEqual([
      'snapshot snap-0123456789abcdef0',
      'DB snapshot no-such-copy',
      'DB instance nobody',
    ]);
  });
}

function describeFailures(open: Open): void {
  test('what AWS refuses is an answer with a class, not a throw', async () => {
    const stage = await open();
    const { ours, dbInstance } = stage;
    const missing = 'snap-0123456789abcdef0';
    expect(await failed(ours, createVolume(stage, 't-1', { snapshotId: missing }))).toMatchObject({
      class: 'gone',
    });
    expect(await failed(ours, createVolume(stage, 't-2', { sizeGiB: 1 }))).toMatchObject({
      class: 'invalid',
    });
    expect(await failed(ours, restoreDb(stage, 'orders-1', { from: { snapshotId: 'none' } }))).toMatchObject({
      class: 'gone',
    });
    const tooEarly = { sourceId: dbInstance, restoreTime: 0 };
    expect(await failed(ours, restoreDb(stage, 'orders-1', { from: tooEarly }))).toMatchObject({
      class: 'invalid',
    });
    const { spec } = restoreDb(stage, 'orders-1');
    expect(await failed(ours, effect('applyDbSettings', { identifier: 'nobody', spec }))).toMatchObject({
      class: 'gone',
    });
  });

  test.each([
    ['throttle', 'throttled'],
    ['break', 'transient'],
  ] as const)(
    'it asks once when there is a %s: retries are the workflow’s',
    async (interference, expected) => {
      const stage = await open();
      const { ours, wire, snapshots, zone } = stage;
      const cases: readonly (readonly [string, Effect])[] = [
        ['CreateVolume', createVolume(stage, 't-1')],
        ['EnableFastSnapshotRestores', effect('enableFsr', { snapshotId: snapshots[0] ?? '', zone })],
        ['RestoreDBInstanceFromDBSnapshot', restoreDb(stage, 'orders-1')],
        ['DescribeVolumes', effect('sweep', { keep: [] })],
      ];
      for (const [operation, one] of cases) {
        wire.interfere(operation, interference);
        wire.takeSent();
        expect(await failed(ours, one)).toMatchObject({ class: expected });
        expect(wire.takeSent()[operation]).toBe(1);
        wire.interfere(operation, undefined);
      }
    },
  );
}

function describeRepeats(open: Open): void {
  test('a volume whose answer was lost is made once, and the repeat answers as the first would have', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const one = createVolume(stage, 't-1');
    wire.interfere('CreateVolume', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('CreateVolume', undefined);
    const first = await done(ours, one);
    expect(await done(ours, { ...one, id: 'run/again#2', attempt: 2 })).toEqual(first);
    await stage.wait(SOON);
    const { found } = await done(ours, effect('sweep', { keep: [{ kind: 'volume', id: first.volumeId }] }));
    expect(found).toEqual([{ kind: 'volume', id: first.volumeId }]);
  });

  test('a database whose answer was lost is made once', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const one = restoreDb(stage, 'orders-1');
    wire.interfere('RestoreDBInstanceFromDBSnapshot', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('RestoreDBInstanceFromDBSnapshot', undefined);
    await stage.wait(SOON);
    expect(await done(ours, one)).toEqual({});
    const made = { kind: 'dbInstance', id: 'orders-1' } as const;
    expect((await done(ours, effect('sweep', { keep: [made] }))).found).toEqual([made]);
  });

  test('settings that are as they should be are not changed again', async () => {
    const stage = await open();
    const { ours, wire } = stage;
    const { spec } = restoreDb(stage, 'orders-1');
    await done(ours, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    const settings = effect('applyDbSettings', { identifier: 'orders-1', spec });
    await done(ours, settings);
    expect(wire.takeSent()).toMatchObject({ ModifyDBInstance: 1 });
    await stage.wait(SOON);
    await done(ours, settings);
    expect(wire.takeSent()).not.toHaveProperty('ModifyDBInstance');
  });

  test('fast snapshot restore may be switched on twice and off twice, and off where it never was', async () => {
    const { ours, snapshots, zone, otherZone, wait } = await open();
    const snapshotId = snapshots[0] ?? '';
    for (const kind of ['enableFsr', 'enableFsr', 'disableFsr', 'disableFsr'] as const) {
      expect(await done(ours, effect(kind, { snapshotId, zone }))).toEqual({});
      await wait(1);
    }
    expect(await done(ours, effect('disableFsr', { snapshotId, zone: otherZone }))).toEqual({});
  });

  test('deleting what is gone, or on its way, is success', async () => {
    const stage = await open();
    const { ours } = stage;
    const { volumeId } = await done(ours, createVolume(stage, 't-1'));
    await done(ours, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    const deletions = [
      effect('deleteVolume', { volumeId }),
      effect('deleteDbInstance', { identifier: 'orders-1' }),
    ] as const;
    for (const minutes of [1, SOON, 0]) {
      for (const deletion of deletions) expect(await done(ours, deletion)).toEqual({});
      await stage.wait(minutes);
    }
    expect(await volumeState(stage, volumeId)).toBeUndefined();
    expect(await dbStatus(stage, 'orders-1')).toBeUndefined();
  });
}

function describeOwnership(open: Open): void {
  test('what the run itself protected it can delete', async () => {
    const stage = await open();
    const { identifier, spec } = restoreDb(stage, 'orders-1');
    await done(stage.ours, restoreDb(stage, identifier));
    await stage.wait(LATER);
    await done(stage.ours, effect('applyDbSettings', { identifier, spec }));
    await stage.wait(SOON);
    expect(await done(stage.ours, effect('deleteDbInstance', { identifier }))).toEqual({});
    await stage.wait(SOON);
    expect(await dbStatus(stage, identifier)).toBeUndefined();
  });

  test('deletes leave alone what does not carry the tag of the run', async () => {
    const stage = await open();
    const { ours, theirs, dbInstance, manyVolumes } = stage;
    const { volumeId: foreign } = await done(theirs, createVolume(stage, 't-1'));
    await done(theirs, restoreDb(stage, 'orders-2'));
    await stage.wait(LATER);
    const nobodys = manyVolumes[0] ?? '';
    for (const volumeId of [foreign, nobodys]) {
      expect(await failed(ours, effect('deleteVolume', { volumeId }))).toMatchObject({ class: 'denied' });
    }
    for (const identifier of ['orders-2', dbInstance]) {
      expect(await failed(ours, effect('deleteDbInstance', { identifier }))).toMatchObject({
        class: 'denied',
      });
    }
    await stage.wait(SOON);
    expect([await volumeState(stage, foreign), await volumeState(stage, nobodys)]).toEqual([
      'available',
      'available',
    ]);
    expect([await dbStatus(stage, 'orders-2'), await dbStatus(stage, dbInstance)]).toEqual([
      'available',
      'available',
    ]);
  });

  test('a name that somebody else has is refused for good, and theirs is not touched', async () => {
    const stage = await open();
    await done(stage.theirs, restoreDb(stage, 'orders-1'));
    await stage.wait(LATER);
    expect(await failed(stage.ours, restoreDb(stage, 'orders-1'))).toMatchObject({ class: 'invalid' });
    const { spec } = restoreDb(stage, 'orders-1');
    const settings = effect('applyDbSettings', { identifier: 'orders-1', spec });
    expect(await failed(stage.ours, settings)).toMatchObject({ class: 'denied' });
  });
}

function describeSweep(open: Open): void {
  test('a sweep finds all of the run and nothing else, keeps what it is told to and removes the rest', async () => {
    const stage = await open();
    const { ours, theirs } = stage;
    const { volumeId: kept } = await done(ours, createVolume(stage, 't-1'));
    const { volumeId: stray } = await done(ours, createVolume(stage, 't-2'));
    const { volumeId: foreign } = await done(theirs, createVolume(stage, 't-3'));
    await done(ours, restoreDb(stage, 'Orders-Kept'));
    await done(ours, restoreDb(stage, 'orders-stray'));
    await stage.wait(LATER);
    const keep = [
      { kind: 'volume', id: kept },
      { kind: 'dbInstance', id: 'Orders-Kept' },
    ] as const;
    const rest = [
      { kind: 'volume', id: stray },
      { kind: 'dbInstance', id: 'orders-stray' },
    ] as const;
    const swept = await done(ours, effect('sweep', { keep }));
    expect(swept.found).toHaveLength(4);
    expect(swept.found).toEqual(expect.arrayContaining([...keep, ...rest]));
    expect(swept.removed.toSorted((a, b) => (a.id < b.id ? 1 : -1))).toEqual(rest);
    await stage.wait(SOON);
    expect((await done(ours, effect('sweep', { keep }))).found).toHaveLength(2);
    expect(await volumeState(stage, foreign)).toBe('available');
  });
}
