import {
  attaching,
  deleting,
  detaching,
  existing,
  inspecting,
  made,
  promoting,
  relying,
  sweeping,
} from '../aws/effects.ts';
import {
  again,
  copyVolume,
  createVolume,
  dbStatus,
  done,
  doneId,
  failed,
  LATER,
  SOON,
  testOf,
  volumeState,
} from './executor-stage.ts';
import type { Lacks, Open, Stage } from './executor-stage.ts';

const promotionIn = ({ dbSpec, replica: replicaId }: Stage) => promoting({ ...dbSpec, from: { replicaId } });

/** A volume of this run, which is available, and where it is attached. */
async function attachable(stage: Stage) {
  const attachTo = { instanceId: stage.instance, devices: ['/dev/sdf'] };
  const id = await doneId(stage.ours, createVolume(stage, 't-1'));
  await stage.wait(SOON);
  const attachment = made('attachment', `${id}@${stage.instance}`);
  return { spec: { ...stage.volumeSpec, attachTo }, volume: made('volume', id), attachment };
}

/** Operations that change what exists, for which AWS has no token. */
export function describeChanges(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  testIf('read replicas', 'a promotion whose answer was lost is found again, and no second one', async () => {
    const stage = await open();
    const { ours, wire, replica } = stage;
    const one = promotionIn(stage);
    wire.interfere('PromoteReadReplica', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('PromoteReadReplica', undefined);
    wire.takeSent();
    await stage.wait(1);
    expect(await failed(ours, again(one))).toMatchObject({ class: 'busy' });
    await stage.wait(LATER);
    expect(await doneId(ours, again(one))).toBe(replica);
    expect(wire.takeSent()).not.toHaveProperty('PromoteReadReplica');
    expect(await dbStatus(stage, replica)).toBe('available');
  });

  testIf('read replicas', 'what another run promoted is refused, and is no longer usable', async () => {
    const stage = await open();
    const usable = relying(existing('dbReplica', stage.replica));
    expect((await done(stage.ours, usable)).findings).toEqual([]);
    await done(stage.theirs, promotionIn(stage));
    await stage.wait(LATER);
    expect(await failed(stage.ours, promotionIn(stage))).toMatchObject({ class: 'invalid' });
    expect((await done(stage.ours, usable)).findings).toHaveLength(1);
  });

  testIf('read replicas', 'a drill is refused a promotion', async () => {
    const stage = await open();
    const drill = stage.another('drill-1', { mode: 'drill' });
    expect(await failed(drill, promotionIn(stage))).toMatchObject({ class: 'denied' });
  });

  testIf('instances', 'an attachment whose answer was lost is found again', async () => {
    const stage = await open();
    const { spec, volume, attachment } = await attachable(stage);
    const one = attaching(volume, spec);
    stage.wire.interfere('AttachVolume', 'lose the answer');
    expect(await failed(stage.ours, one)).toMatchObject({ class: 'transient' });
    stage.wire.interfere('AttachVolume', undefined);
    stage.wire.takeSent();
    await stage.wait(SOON);
    expect(await doneId(stage.ours, again(one))).toBe(attachment.id);
    expect(stage.wire.takeSent()).not.toHaveProperty('AttachVolume');
    expect((await done(stage.ours, inspecting([volume, attachment], spec))).findings).toEqual([]);
  });

  testIf('volume copies', 'a copy whose answer was lost is found again, and no second one', async () => {
    const stage = await open();
    const { ours, theirs, wire, manyVolumes } = stage;
    const source = manyVolumes[0] ?? '';
    const one = copyVolume(stage, 't-1', source);
    wire.interfere('CopyVolumes', 'lose the answer');
    expect(await failed(ours, one)).toMatchObject({ class: 'transient' });
    wire.interfere('CopyVolumes', undefined);
    // A volume has one copy in progress at a time.
    expect(await failed(theirs, copyVolume(stage, 't-2', source))).toMatchObject({ class: 'quota' });
    wire.takeSent();
    await stage.wait(SOON);
    const id = await doneId(ours, again(one));
    expect(wire.takeSent()).not.toHaveProperty('CopyVolumes');
    const [run] = (await stage.made(stage.runbook)).runs;
    expect(run?.things).toMatchObject([{ thing: { id }, from: source }]);
    expect((await done(ours, inspecting([made('volume', id)], one.spec))).findings).toEqual([]);
  });

  testIf('volume copies', 'neither a deletion nor a sweep reaches the source of a copy', async () => {
    const stage = await open();
    const { ours, manyVolumes } = stage;
    const [source = ''] = manyVolumes;
    const id = await doneId(ours, copyVolume(stage, 't-1', source));
    await stage.wait(SOON);
    expect(await failed(ours, deleting(made('volume', source)))).toMatchObject({ class: 'denied' });
    expect((await done(ours, sweeping())).removed.map((thing) => thing.id)).toEqual([id]);
    await stage.wait(SOON);
    expect(await volumeState(stage, source)).toBe('available');
    expect(await volumeState(stage, id)).toBeUndefined();
  });

  testIf(
    'instances',
    'a volume is deleted once it is detached; detaching again changes nothing',
    async () => {
      const stage = await open();
      const { spec, volume, attachment } = await attachable(stage);
      await done(stage.ours, attaching(volume, spec));
      await stage.wait(SOON);
      expect(await failed(stage.ours, deleting(volume))).toMatchObject({ class: 'busy' });
      expect(await failed(stage.theirs, detaching(attachment, spec))).toMatchObject({ class: 'denied' });
      await done(stage.ours, detaching(attachment, spec));
      await stage.wait(SOON);
      await done(stage.ours, detaching(attachment, spec));
      await stage.wait(SOON);
      await done(stage.ours, deleting(volume));
    },
  );
}
