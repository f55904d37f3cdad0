import { kept } from '../../src/workflow/fleet.ts';
import type { RecoveryContext } from '../../src/workflow/recovery/recovery-context.ts';
import { idOf, partOf, pointOf, thingsIn } from '../../src/workflow/resource/parts.ts';
import { minutes, planned, strategy, Subject, T0 } from './support.ts';

/** A resource of two copies that is ready. */
function ready(): Subject {
  const subject = new Subject(planned([strategy('provisioned-rate')], { copies: 2 }));
  subject.grant();
  subject.answer('createVolume', { id: 'vol-a' });
  subject.answer('createVolume', { id: 'vol-b' });
  for (const id of ['vol-a', 'vol-b']) subject.see(id, { progress: 100 });
  subject.answer('inspect', { findings: [] });
  expect(subject.state).toBe('ready');
  return subject;
}

function idOfFirst(subject: Subject): string | undefined {
  return partOf(subject.context, 'volume', 0)?.thing?.id;
}

function seePoint(subject: Subject, id: string, status: 'pending' | 'completed' | 'error'): void {
  subject.sight({ type: 'snapshot', id, status });
}

test('every copy gets a fresh recovery point, and is protected once all are complete', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  expect(subject.state).toBe('protecting');
  expect(subject.asked).toEqual([
    expect.objectContaining({
      operation: 'takeSnapshot',
      identity: 'vol-a-safe1',
      target: expect.objectContaining({ type: 'volume', id: 'vol-a' }),
      spec: { purpose: 'protection' },
    }),
    expect.objectContaining({ identity: 'vol-b-safe1' }),
  ]);
  subject.answer('takeSnapshot', { id: 'snap-a' });
  subject.answer('takeSnapshot', { id: 'snap-b' });
  seePoint(subject, 'snap-a', 'completed');
  seePoint(subject, 'snap-b', 'pending');
  expect(subject.state).toBe('protecting');
  subject.at += minutes(90);
  seePoint(subject, 'snap-b', 'completed');
  expect(subject.state).toBe('protected');
  const points = [0, 1].map((copy) => pointOf(subject.context, copy));
  expect(points.map((point) => [point?.thing?.id, point?.at.completed])).toEqual([
    ['snap-a', T0],
    ['snap-b', T0 + minutes(90)],
  ]);
  expect(subject.entries.at(-1)).toMatchObject({
    code: 'resource.protected',
    data: { points: ['snap-a', 'snap-b'], missing: 0 },
  });
});

test('one that goes to error is taken once more, and then given up, which loses nothing that was recovered', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  subject.answer('takeSnapshot', { id: 'snap-a' });
  subject.answer('takeSnapshot', { id: 'snap-b' });
  seePoint(subject, 'snap-a', 'completed');
  seePoint(subject, 'snap-b', 'error');
  expect(subject.asked).toEqual([expect.objectContaining({ identity: 'vol-b-safe2' })]);
  subject.answer('takeSnapshot', { id: 'snap-c' });
  subject.send({ type: 'GONE', at: T0, id: 'snap-c' });
  expect([subject.state, subject.asked]).toEqual(['protected', []]);
  expect(subject.context.leftovers).toEqual([
    {
      code: 'no-recovery-point',
      data: { id: 'vol-b', reason: { code: 'vanished', data: { id: 'snap-c' } } },
    },
  ]);
  expect(subject.context.createdIds).toEqual(['vol-a', 'vol-b']);
});

test('a snapshot that is refused for good is given up at once', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  subject.refuse('takeSnapshot', 'denied');
  subject.refuse('takeSnapshot', 'denied');
  expect(subject.state).toBe('protected');
  expect(subject.context.exhausted).toBeUndefined();
  expect(subject.context.leftovers).toHaveLength(2);
});

test('one that takes longer than a day is waited for no longer', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  subject.answer('takeSnapshot', { id: 'snap-a' });
  subject.answer('takeSnapshot', { id: 'snap-b' });
  seePoint(subject, 'snap-a', 'completed');
  const [timer] = subject.steps.flatMap(({ decision }) => decision.timers).slice(-1);
  expect(timer?.dueAt).toBe(T0 + minutes(24 * 60));
  subject.at = timer?.dueAt ?? 0;
  subject.send({ ...timer?.event, at: subject.at } as never);
  expect(subject.state).toBe('protected');
  expect(subject.context.leftovers).toMatchObject([
    { code: 'no-recovery-point', data: { id: 'vol-b', reason: { code: 'point-too-late' } } },
  ]);
});

test('a copy that vanishes while it is protected is recreated', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  subject.answer('takeSnapshot', { id: 'snap-a' });
  subject.send({ type: 'GONE', at: T0, id: 'vol-a' });
  expect(subject.state).toBe('queued');
  expect(partOf(subject.context, 'volume', 0)).toMatchObject({ generation: 2, stage: 'wanted' });
});

test('a snapshot that may have been taken is asked for again only once it would show', () => {
  const subject = ready();
  subject.send({ type: 'PROTECT', at: T0 });
  subject.refuse('takeSnapshot', 'transient');
  expect(subject.asked.find(({ attempt }) => attempt === 2)).toMatchObject({
    doubtful: true,
    notBefore: T0 + 60_000,
  });
});

test('kept resources stay unchanged: nothing more is requested, and nothing is deleted', () => {
  const subject = new Subject(planned([strategy('provisioned-rate')], { copies: 2 }));
  subject.grant();
  subject.answer('createVolume', { id: 'vol-a' });
  subject.send({ type: 'KEEP', at: T0 });
  expect([subject.state, subject.asked]).toEqual(['kept', []]);
  expect(subject.copies[0]?.thing?.id).toBe('vol-a');
  expect(subject.send({ type: 'KEEP', at: T0 })).toBe(false);
});

test.each(['denied', 'unsupported'] as const)(
  'a database whose settings may not be given back (%s) is kept, and the missing settings are reported',
  (name) => {
    const subject = new Subject(planned([strategy('restore-snapshot')], { readyWhen: 'available' }));
    subject.grant();
    subject.answer('restoreDbInstance');
    const id = idOf(subject.copy) ?? '';
    subject.sight({ type: 'dbInstance', id, status: 'available' });
    subject.refuse('configureDbInstance', name);
    subject.answer('inspect', { findings: [{ subject: id, message: 'monitoring is 0, not 60' }] });
    expect(subject.state).toBe('ready');
    expect(subject.context.leftovers).toEqual([
      {
        code: 'settings-not-given',
        data: { id, reason: expect.objectContaining({ code: 'aws' }) },
      },
      {
        code: 'setting-by-hand',
        data: { finding: { subject: id, message: 'monitoring is 0, not 60' } },
      },
    ]);
  },
);

test('fast snapshot restore that was already enabled when requested stays on', () => {
  const subject = new Subject(planned([strategy('fsr')]));
  subject.grant();
  subject.answer('enableFsr', { data: { wasOn: true } });
  subject.send({ type: 'CLEAN', at: T0 });
  expect(subject.asked).toEqual([]);
  expect(subject.state).toBe('removed');
});

describe('after the recovery, when people may use it', () => {
  /** Both copies are protected. */
  function guarded(): Subject {
    const subject = ready();
    subject.send({ type: 'PROTECT', at: T0 });
    subject.answer('takeSnapshot', { id: 'snap-a' });
    subject.answer('takeSnapshot', { id: 'snap-b' });
    for (const id of ['snap-a', 'snap-b']) seePoint(subject, id, 'completed');
    expect(subject.state).toBe('protected');
    return subject;
  }
  const restore = { mode: 'restore', outcome: 'completed', keepsMade: false } as RecoveryContext;

  test('a copy that goes to error is made anew, but not deleted; nor is its recovery point, at the end', () => {
    const subject = guarded();
    subject.see('vol-a', { status: 'error' });
    expect(subject.requests).toEqual([]);
    expect([subject.state, thingsIn(subject.context, 'undoing')]).toEqual(['queued', []]);
    expect(subject.context.leftovers).toEqual([
      {
        code: 'replaced',
        data: { id: 'vol-a', reason: { code: 'went-to', data: { id: 'vol-a', status: 'error' } } },
      },
    ]);
    const ids = kept([{ state: subject.state, context: subject.context }], restore);
    expect(ids.map(({ id, mayBeGone = false }) => [id, mayBeGone])).toEqual([
      ['vol-b', false],
      ['snap-b', true],
      ['vol-a', true],
      ['snap-a', true],
    ]);
  });

  test('the recovery point of a copy that vanished is all that is left of it, and stays', () => {
    const subject = guarded();
    subject.send({ type: 'GONE', at: T0, id: 'vol-a' });
    expect([subject.asked, subject.context.leftovers]).toEqual([[], []]);
    expect(thingsIn(subject.context, 'left').map(({ id }) => id)).toEqual(['vol-a', 'snap-a']);
  });

  test('giving a strategy up deletes no copy', () => {
    const subject = guarded();
    for (let misses = 0; misses < 4; misses += 1) {
      if (idOfFirst(subject) === undefined) {
        subject.grant();
        subject.answer('createVolume', { id: `vol-x${misses}` });
      }
      subject.see(idOfFirst(subject) ?? '', { status: 'error' });
    }
    expect(subject.state).toBe('failed');
    expect(thingsIn(subject.context, 'left').map(({ id }) => id)).toEqual(['vol-a', 'snap-a']);
    const second = [partOf(subject.context, 'volume', 1), pointOf(subject.context, 1)];
    expect(second.map((part) => part?.thing?.id)).toEqual(['vol-b', 'snap-b']);
    const deleted = subject.asked.map((effect) => effect.type === 'delete' && effect.thing.id);
    expect(deleted).not.toContain('vol-a');
  });

  test('before it, a copy that goes to error is deleted', () => {
    const subject = ready();
    subject.see('vol-a', { status: 'error' });
    expect(subject.requests).toEqual(['delete']);
  });
});

test('the fresh recovery point of a database is complete when RDS calls it available, and not before', () => {
  const subject = new Subject(planned([strategy('restore-snapshot')], { readyWhen: 'available' }));
  subject.grant();
  subject.answer('restoreDbInstance');
  subject.sight({ type: 'dbInstance', id: idOf(subject.copy) ?? '', status: 'available' });
  subject.answer('configureDbInstance');
  subject.answer('inspect', { findings: [] });
  subject.send({ type: 'PROTECT', at: T0 });
  subject.answer('takeSnapshot', { id: 'orders-safe1' });
  subject.sight({ type: 'dbSnapshot', id: 'orders-safe1', status: 'creating', progress: 40 });
  expect([subject.state, subject.context.leftovers]).toEqual(['protecting', []]);
  subject.sight({ type: 'dbSnapshot', id: 'orders-safe1', status: 'available' });
  expect(subject.state).toBe('protected');
});

test('a database that runs full under traffic is not deleted', () => {
  const subject = new Subject(planned([strategy('restore-snapshot')], { readyWhen: 'available' }));
  const see = (status: string): void =>
    void subject.sight({ type: 'dbInstance', id: idOf(subject.copy) ?? '', status });
  subject.grant();
  subject.answer('restoreDbInstance');
  see('available');
  subject.answer('configureDbInstance');
  subject.answer('inspect', { findings: [] });
  subject.send({ type: 'PROTECT', at: T0 });
  const id = idOf(subject.copy);
  see('storage-full');
  expect(subject.requests).toEqual(['takeSnapshot']);
  expect([subject.state, idOf(subject.copy)]).toEqual(['halted', id]);
  see('available');
  expect(subject.state).toBe('verifying');
});
