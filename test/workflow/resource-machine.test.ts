import { removedByRun } from '../../src/workflow/resource/resource-answers.ts';
import { fromJson, toJson } from '../../src/workflow/base/decide.ts';
import { presentIds } from '../../src/report/model/spent.ts';
import { kept } from '../../src/workflow/fleet.ts';
import type { RecoveryContext } from '../../src/workflow/recovery/recovery-context.ts';
import { resourceMachine } from '../../src/workflow/resource/resource-machine.ts';
import type { Effect } from '../../src/workflow/base/effects.ts';
import { idOf, thingsIn } from '../../src/workflow/resource/parts.ts';
import { isTidy } from '../../src/workflow/resource/removals.ts';
import { dbSpec, FSR, minutes, planned, strategy, Subject, T0, volumeSpec } from './support.ts';

function identityOf(effect: Effect | undefined): string | undefined {
  return effect?.type === 'operate' ? effect.identity : undefined;
}

function restored(subject: Subject, id = 'vol-a'): Subject {
  subject.grant();
  subject.answer('createVolume', { id: id });
  return subject;
}

describe('a volume at a provisioned rate', () => {
  test('goes through every state to ready', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    expect(subject.state).toBe('restoring');
    subject.at += minutes(1);
    subject.see('vol-a', { progress: 10 });
    expect(subject.state).toBe('warming');
    subject.at += minutes(10);
    subject.see('vol-a', { progress: 100 });
    expect(subject.state).toBe('verifying');
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
    expect(subject.context).toMatchObject({
      createdIds: ['vol-a'],
      startedAt: T0,
      readyAt: T0 + minutes(11),
      pending: {},
    });
  });

  test('readyWhen available does not wait for hydration', () => {
    const subject = restored(
      new Subject(planned([strategy('provisioned-rate')], { readyWhen: 'available' })),
    );
    subject.see('vol-a', { progress: 0 });
    expect(subject.state).toBe('verifying');
  });

  test('an endpoint that tells no progress: hydrated when size / rate has passed, not before', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    subject.see('vol-a');
    expect(subject.state).toBe('warming');
    subject.fire('nextCheck');
    // 90 GiB at 300 MiB/s are 307 s, with a tenth of margin 338 s; the first look is after 5 minutes.
    expect(subject.state).toBe('warming');
    subject.fire('nextCheck');
    expect(subject.state).toBe('verifying');
  });

  test('a volume whose hydration stalls is made again under a new identity, and stays until that is ready', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    const [first] = subject.steps.flatMap((step) => step.decision.effects);
    subject.see('vol-a', { progress: 40 });
    for (let look = 0; look < 6 && subject.state === 'warming'; look += 1) subject.fire('nextCheck');
    expect(subject.state).toBe('queued');
    expect(subject.asked).toEqual([]);
    subject.grant();
    const second = subject.effect('createVolume');
    expect(identityOf(second)).not.toBe(identityOf(first));
    subject.answer('createVolume', { id: 'vol-b' });
    subject.see('vol-b', { progress: 100 });
    expect(subject.requests).toEqual(['inspect']);
    subject.answer('inspect', { findings: [] });
    expect([subject.state, subject.effect('delete')]).toMatchObject(['ready', { thing: { id: 'vol-a' } }]);
    // It holds no quota any more, and is not deleted twice.
    expect([thingsIn(subject.context, 'superseded'), presentIds(subject.context)]).toEqual([[], ['vol-b']]);
  });

  test('an abort that keeps keeps what was being replaced as well: the run knows of both, and a later cleanup removes both', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    subject.see('vol-a', { progress: 40 });
    for (let look = 0; look < 6 && subject.state === 'warming'; look += 1) subject.fire('nextCheck');
    restored(subject, 'vol-b');
    subject.send({ type: 'KEEP', at: subject.at });
    const aborted = { mode: 'restore', outcome: 'aborted', keepsMade: true } as RecoveryContext;
    const { state, context } = subject;
    expect(kept([{ state, context }], aborted).map(({ id }) => id)).toEqual(['vol-b', 'vol-a']);
    expect(presentIds(context)).toEqual(['vol-b', 'vol-a']);
    subject.send({ type: 'CLEAN', at: subject.at });
    const deletions = subject.asked.flatMap((effect) => (effect.type === 'delete' ? effect.thing.id : []));
    expect(deletions.sort()).toEqual(['vol-a', 'vol-b']);
  });
});

describe('failures', () => {
  test('a transient failure asks again with the same token, a later attempt and a wait', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    const first = subject.effect('createVolume');
    subject.refuse('createVolume', 'transient');
    const second = subject.effect('createVolume');
    expect(second.id).not.toBe(first.id);
    expect(second.attempt).toBe(2);
    expect(second.notBefore).toBeGreaterThan(T0);
    expect(identityOf(second)).toBe(identityOf(first));
  });

  test('a late answer to an earlier attempt changes nothing', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    const first = subject.effect('createVolume');
    subject.refuse('createVolume', 'throttled');
    const changed = subject.send({
      type: 'ANSWERED',
      at: T0,
      answer: { effectId: first.id, type: 'operate', ok: true, result: { id: 'vol-late' } },
    });
    expect(changed).toBe(false);
    expect(subject.context.createdIds).toEqual([]);
  });

  test.each([
    ['invalid', 'IdempotentParameterMismatch'],
    ['denied', 'UnauthorizedOperation'],
  ] as const)('%s falls back at once, with the reason kept', (failureClass, code) => {
    const subject = new Subject(planned([strategy('provisioned-rate'), strategy('fsr')]));
    subject.grant();
    subject.refuse('createVolume', failureClass, code);
    expect(subject.state).toBe('queued');
    expect(subject.context.fallbacks).toEqual([
      {
        strategy: 'provisioned-rate',
        reason: { code: 'aws', data: { awsCode: code, awsMessage: 'no' } },
        at: T0,
      },
    ]);
    expect(subject.context.strategy).toBe(1);
  });

  test('without another strategy it fails, and an operator may have it tried again', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    subject.refuse('createVolume', 'denied');
    expect(subject.state).toBe('failed');
    subject.send({ type: 'RETRY', at: T0, round: 1 });
    expect(subject.state).toBe('queued');
    subject.grant();
    expect(subject.effect('createVolume').attempt).toBe(1);
  });

  test('want of capacity is retried a few times, then another strategy is tried', () => {
    const subject = new Subject(planned([strategy('provisioned-rate'), strategy('lazy')]));
    subject.grant();
    let refusals = 0;
    while (subject.state === 'restoring') {
      refusals += 1;
      subject.refuse('createVolume', 'capacity', 'InsufficientVolumeCapacity');
    }
    expect(refusals).toBe(4);
    expect(subject.context.strategy).toBe(1);
  });

  test.each(['error', 'deleted'])(
    'a volume that goes to %s is replaced, a few times at the most',
    (status) => {
      const subject = new Subject(planned([strategy('provisioned-rate')]));
      let made = 0;
      while (subject.state !== 'failed') {
        subject.grant();
        made += 1;
        subject.answer('createVolume', { id: `vol-${made}` });
        subject.see(`vol-${made}`, { status });
      }
      expect(made).toBe(4);
      expect(subject.requests).toEqual(Array(4).fill('delete'));
    },
  );

  test('a volume that vanishes after it was ready is made again', () => {
    const subject = restored(new Subject(planned([strategy('lazy')], { readyWhen: 'available' })));
    subject.see('vol-a');
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
    subject.send({ type: 'GONE', at: T0, id: 'vol-a' });
    expect(subject.state).toBe('queued');
    expect(subject.context.verified).toBe(false);
  });

  test('a create that never becomes available is thrown away after its limit', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    subject.fire('restoreLimit');
    expect(subject.effect('delete')).toMatchObject({ thing: { id: 'vol-a' } });
    expect(subject.state).toBe('queued');
  });

  test('a failed dependency fails it with the reason', () => {
    const subject = new Subject(planned([strategy('provisioned-rate'), strategy('lazy')]));
    subject.send({ type: 'BLOCKED', at: T0, by: 'orders-db' });
    expect(subject.state).toBe('failed');
    expect(subject.context.exhausted).toEqual({
      code: 'dependency-failed',
      data: { resource: 'orders-db' },
    });
  });
});

describe('fast snapshot restore', () => {
  const sized = (gib: number): ReturnType<typeof planned> =>
    planned([strategy('fsr', { spec: volumeSpec({ sizeGiB: gib }) })]);
  const enable = (subject: Subject): void => void subject.seeFsr('enabled', subject.at);

  test('waits for enabled and for the first credit, makes the volume, and switches off again', () => {
    const subject = new Subject(sized(1024));
    subject.grant();
    expect(subject.state).toBe('accelerating');
    subject.answer('enableFsr');
    subject.at += minutes(60);
    enable(subject);
    expect(subject.state).toBe('accelerating');
    subject.fire('nextLook');
    // 1 TiB gains one credit an hour.
    expect(subject.at).toBeGreaterThanOrEqual(T0 + minutes(120));
    expect(subject.state).toBe('restoring');
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a', { fastRestored: true });
    expect(subject.state).toBe('verifying');
    expect(subject.effect('disableFsr')).toMatchObject({ thing: { id: FSR } });
    subject.answer('inspect', { findings: [] });
    subject.answer('disableFsr');
    expect([subject.requests, isTidy(subject.context)]).toEqual([[], true]);
  });

  test('fast snapshot restore enabled before the run is neither enabled nor disabled', () => {
    const subject = new Subject(sized(100));
    subject.grant([FSR]);
    expect(subject.asked).toEqual([]);
    subject.seeFsr('enabled', subject.at - minutes(600));
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a', { fastRestored: true });
    expect(subject.requests).toEqual(['inspect']);
  });

  test('a volume made without it stays until a credit has come and a better one is ready', () => {
    const subject = new Subject(sized(100));
    subject.grant();
    subject.answer('enableFsr');
    enable(subject);
    subject.fire('nextLook');
    subject.answer('createVolume', { id: 'vol-slow' });
    subject.see('vol-slow', { fastRestored: false });
    expect(subject.asked).toEqual([]);
    // It needs a grant for another volume, and then the next credit.
    expect(subject.state).toBe('queued');
    subject.grant();
    expect([subject.state, subject.asked]).toEqual(['restoring', []]);
    subject.fire('restoreLimit');
    subject.answer('createVolume', { id: 'vol-fast' });
    subject.see('vol-fast', { fastRestored: true });
    subject.answer('inspect', { findings: [] });
    expect(subject.effect('delete')).toMatchObject({ thing: { id: 'vol-slow' } });
  });

  test('copies are made as credits come, never more', () => {
    const resource = { ...sized(1024), copies: 3 };
    const subject = new Subject(resource);
    subject.grant();
    subject.answer('enableFsr');
    enable(subject);
    const made: number[] = [];
    for (let copy = 0; copy < 3; copy += 1) {
      while (subject.asked.length === 0) subject.fire(copy === 0 ? 'nextLook' : 'restoreLimit');
      expect(subject.requests).toEqual(['createVolume']);
      made.push(subject.at);
      subject.answer('createVolume', { id: `vol-${copy}` });
      subject.see(`vol-${copy}`, { fastRestored: true });
    }
    expect((made[2] ?? 0) - (made[1] ?? 0)).toBeGreaterThanOrEqual(minutes(60));
  });

  test('optimizing that never ends falls back', () => {
    const subject = new Subject(planned([strategy('fsr'), strategy('provisioned-rate')]));
    subject.grant();
    subject.answer('enableFsr');
    subject.fire('nextLook');
    expect(subject.context.fallbacks[0]?.reason.code).toBe('fsr-not-enabled');
    expect(subject.effect('disableFsr')).toBeDefined();
  });
});

describe('a DB instance', () => {
  const sight = (subject: Subject, status: string, progress?: number): boolean =>
    subject.sight({
      ...{ type: 'dbInstance', id: idOf(subject.copy) ?? '', status },
      ...(progress !== undefined && { progress }),
    });

  function created(): Subject {
    const subject = new Subject(planned([strategy('restore-snapshot'), strategy('point-in-time')]));
    subject.grant();
    subject.answer('restoreDbInstance');
    return subject;
  }

  test('gets its settings back once it is available, and is warm only when loading is over', () => {
    const subject = created();
    sight(subject, 'creating');
    expect(subject.asked).toEqual([]);
    sight(subject, 'backing-up', 3);
    expect(subject.asked).toEqual([]);
    sight(subject, 'available', 5);
    expect(subject.state).toBe('restoring');
    subject.refuse('configureDbInstance', 'busy', 'InvalidDBInstanceState');
    subject.answer('configureDbInstance');
    expect(subject.state).toBe('warming');
    sight(subject, 'available', 60);
    expect(subject.state).toBe('warming');
    sight(subject, 'available');
    expect(subject.state).toBe('verifying');
  });

  test.each([
    'failed',
    'incompatible-restore',
    'incompatible-network',
    'inaccessible-encryption-credentials',
    'restore-error',
    'insufficient-capacity',
  ])('%s is terminal', (status) => {
    const subject = created();
    sight(subject, status);
    expect(subject.effect('delete')).toBeDefined();
    expect(subject.state).toBe('queued');
  });

  test('a new generation has another identifier of at most 63 characters that RDS accepts', () => {
    const subject = new Subject(
      planned([strategy('restore-snapshot', { spec: dbSpec() })], { source: 'X'.repeat(80) }),
    );
    subject.grant();
    const first = subject.effect('restoreDbInstance');
    subject.answer('restoreDbInstance');
    sight(subject, 'failed');
    subject.grant();
    const second = subject.effect('restoreDbInstance');
    const names = [first, second].map((effect) => identityOf(effect) ?? '');
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z](?!.*--)[a-z0-9-]{0,62}$/);
  });
});

describe('cleaning up', () => {
  test('removes what was made and forgets what was asked', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    subject.send({ type: 'CLEAN', at: subject.at });
    expect(subject.requests).toEqual(['delete']);
    subject.answer('delete');
    expect(subject.state).toBe('removed');
  });

  test('resources that were already gone are not reported as removed', () => {
    const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
    subject.send({ type: 'CLEAN', at: subject.at });
    subject.answer('delete', { wasGone: true });
    expect([subject.state, subject.context.vanishedIds]).toEqual(['removed', ['vol-a']]);
    expect(removedByRun(subject.context)).toEqual([]);
  });

  test('fast snapshot restore that was asked for is switched off even when it is unknown whether it was enabled', () => {
    const subject = new Subject(planned([strategy('fsr')]));
    subject.grant();
    subject.send({ type: 'CLEAN', at: subject.at });
    expect(subject.requests).toEqual(['disableFsr']);
    subject.answer('disableFsr');
    expect(subject.state).toBe('removed');
  });

  test('a deletion that never succeeds is given up and reported', () => {
    const subject = restored(new Subject(planned([strategy('lazy')])));
    subject.send({ type: 'CLEAN', at: subject.at });
    for (let attempt = 0; attempt < 200 && subject.state === 'removing'; attempt += 1)
      subject.refuse('delete', 'transient');
    expect(subject.state).toBe('removed');
    expect(subject.context.leftovers).toMatchObject([{ code: 'not-removed', data: { id: 'vol-a' } }]);
  });
});

test('a snapshot restored from JSON behaves like the original', () => {
  const subject = restored(new Subject(planned([strategy('provisioned-rate')])));
  const copy = new Subject(planned([strategy('provisioned-rate')]));
  copy.aggregate = {
    ...subject.aggregate,
    snapshot: fromJson(resourceMachine, JSON.parse(JSON.stringify(toJson(subject.aggregate.snapshot)))),
  };
  for (const each of [subject, copy]) {
    each.at = T0 + minutes(20);
    each.see('vol-a', { progress: 100 });
    each.answer('inspect', { findings: [] });
  }
  expect(toJson(copy.aggregate.snapshot)).toEqual(toJson(subject.aggregate.snapshot));
});
