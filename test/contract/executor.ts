import type { Effect } from '../../src/workflow/base/effects.ts';
import { configuring, deleting, enabling, existing, fsrOf, made, relying, sweeping } from '../aws/effects.ts';
import { describeChanges } from './executor-changes.ts';
import { describeClaims } from './executor-claims.ts';
import { describeObservation, describeVerification } from './executor-reads.ts';
import { describeExisting, describeOwnership, describeRepeats, describeSweep } from './executor-repeats.ts';
import { describeRecoveryPoints } from './executor-snapshots.ts';
import {
  claimEffect,
  createVolume,
  done,
  failed,
  madeId,
  restoreDb,
  stageOf,
  takeSnapshot,
  testOf,
} from './executor-stage.ts';
import type { ExecutorAccount, Lacks, Open } from './executor-stage.ts';

/**
 * What every {@link Executor} promises, over all services. `account` gives each test one of its own, or names of its own in one; what the
 * account's endpoint lacks is skipped, and the title says why.
 */
export function describeExecutorContract(
  name: string,
  account: () => Promise<ExecutorAccount>,
  lacks: Lacks = {},
): void {
  const open: Open = async () => stageOf(await account());
  describe(`executor contract: ${name}`, () => {
    describeAnswers(open, lacks);
    describeFailures(open, lacks);
    describeRepeats(open, lacks);
    describeChanges(open, lacks);
    describeOwnership(open);
    describeExisting(open);
    describeSweep(open);
    describeRecoveryPoints(open);
    describeClaims(open, lacks);
    describeVerification(open, lacks);
    describeObservation(open, lacks);
  });
}

function describeAnswers(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  test('without effects no request is sent', async () => {
    const { ours, wire } = await open();
    expect(await ours.perform([])).toEqual([]);
    expect(wire.takeSent()).toEqual({});
  });

  test('each effect is answered exactly once, with its id and type; creates are sent one by one', async () => {
    const stage = await open();
    const effects = Array.from({ length: 12 }, (_, index) => createVolume(stage, `t-${index}`));
    const answers = await stage.ours.perform(effects);
    expect(answers.map(({ effectId }) => effectId).toSorted()).toEqual(
      effects.map(({ id }) => id).toSorted(),
    );
    expect(answers.every(({ type, ok }) => ok && type === 'operate')).toBe(true);
    expect(stage.wire.takeSent()).toEqual({ CreateVolume: 12 });
    const ids = answers.map((answer) => madeId(answer));
    expect(new Set(ids).size).toBe(12);
  });

  testIf(
    ['a large fleet', 'fast snapshot restore'],
    'ten snapshots of a zone go in one request, and each effect has its own answer',
    async () => {
      const { ours, wire, snapshots, zone, otherZone } = await open();
      const effects = [
        ...snapshots.slice(0, 12).map((snapshotId) => enabling({ snapshotId, zone })),
        enabling({ snapshotId: snapshots[0] ?? '', zone: otherZone }),
        enabling({ snapshotId: 'snap-0123456789abcdef0', zone }),
      ];
      const answers = await ours.perform(effects);
      expect(answers.map(({ effectId }) => effectId).toSorted()).toEqual(
        effects.map(({ id }) => id).toSorted(),
      );
      const refused = answers.filter(({ ok }) => !ok);
      expect(refused.map(({ effectId }) => effectId)).toEqual([effects.at(-1)?.id]);
      // Twelve and one unknown in the first zone, one in the other.
      expect(wire.takeSent()).toMatchObject({ EnableFastSnapshotRestores: 3 });
    },
  );

  test('effects of two kinds in one call are a mistake of the caller', async () => {
    const stage = await open();
    const mixed: Effect[] = [createVolume(stage, 't-1'), deleting(made('volume', 'vol-0123456789abcdef0'))];
    await expect(stage.ours.perform(mixed)).rejects.toThrow('one kind');
  });

  test('preflight reports only what is not usable', async () => {
    const { ours, snapshots, zone, dbSnapshot, dbInstance } = await open();
    // Where it cannot be read it is off as well.
    const good = relying(
      ...snapshots.map((id) => existing('snapshot', id)),
      ...[existing('dbSnapshot', dbSnapshot), existing('dbInstance', dbInstance)],
      fsrOf({ snapshotId: snapshots[0] ?? '', zone }),
    );
    expect(await done(ours, good)).toEqual({ findings: [], on: [] });
    const bad = relying(
      existing('snapshot', 'snap-0123456789abcdef0'),
      ...[existing('dbSnapshot', 'no-such-copy'), existing('dbInstance', 'nobody')],
    );
    const { findings } = await done(ours, bad);
    expect(findings.map(({ subject }) => subject)).toEqual([
      'snapshot snap-0123456789abcdef0',
      'DB snapshot no-such-copy',
      'DB instance nobody',
    ]);
  });
}

function describeFailures(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  testIf('refusals of AWS', 'what AWS refuses is an answer with a class, not a throw', async () => {
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
    expect(await failed(ours, configuring('nobody', spec))).toMatchObject({
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
        ['EnableFastSnapshotRestores', enabling({ snapshotId: snapshots[0] ?? '', zone })],
        ['PutParameter', claimEffect(stage)],
        ['CreateSnapshot', takeSnapshot(stage, existing('volume', stage.manyVolumes[0] ?? ''))],
        ['RestoreDBInstanceFromDBSnapshot', restoreDb(stage, 'orders-1')],
        ['DescribeVolumes', sweeping()],
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
