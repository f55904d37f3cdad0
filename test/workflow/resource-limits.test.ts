import { idOf } from '../../src/workflow/resource/parts.ts';
import type { FailureClass } from '../../src/workflow/base/effects.ts';
import { FSR, held, minutes, planned, strategy, Subject, T0, volumeSpec } from './support.ts';

const RATE = 'provisionedInitMiBps' as const;
const SLOT = 'dbInstances' as const;

function refuseOften(subject: Subject, name: FailureClass, times: number): void {
  for (let time = 0; time < times; time += 1) {
    subject.at = Math.max(subject.at, subject.effect('createVolume').notBefore ?? 0);
    subject.refuse('createVolume', name);
  }
}

function sightDb(subject: Subject, status: string): void {
  subject.sight({ type: 'dbInstance', id: idOf(subject.copy) ?? '', status });
}

describe('being out of reach', () => {
  test.each(['unreachable', 'credentials', 'throttled'] as const)(
    'hours of %s are no reason to give a strategy up',
    (name) => {
      const subject = new Subject(planned([strategy('provisioned-rate'), strategy('lazy')]));
      subject.grant();
      refuseOften(subject, name, 400);
      expect(subject.at - T0).toBeGreaterThan(minutes(150));
      expect([subject.state, subject.context.strategy]).toEqual(['restoring', 0]);
    },
  );

  test('each class of failure has attempts of its own', () => {
    const subject = new Subject(planned([strategy('provisioned-rate'), strategy('lazy')]));
    subject.grant();
    refuseOften(subject, 'unreachable', 50);
    refuseOften(subject, 'capacity', 3);
    refuseOften(subject, 'unreachable', 50);
    expect(subject.state).toBe('restoring');
    refuseOften(subject, 'capacity', 1);
    expect(subject.context.fallbacks).toHaveLength(1);
  });

  test.each<[FailureClass, number]>([
    ['transient', 120],
    ['throttled', 1_000],
    ['unreachable', 1_000],
    ['busy', 150],
    ['capacity', 12],
    ['quota', 12],
  ])('%s ends after %i attempts all the same', (name, attempts) => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    refuseOften(subject, name, attempts - 1);
    expect(subject.state).toBe('restoring');
    refuseOften(subject, name, 1);
    expect(subject.state).toBe('failed');
  });
});

describe('limits of a restore', () => {
  test('count from when a copy was made, not from when it was asked for', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    subject.at = T0 + minutes(14);
    subject.answer('createVolume', { id: 'vol-a' });
    subject.fire('restoreLimit');
    expect([subject.state, subject.at]).toEqual(['restoring', T0 + minutes(15)]);
    subject.fire('restoreLimit');
    expect([subject.state, subject.at]).toEqual(['queued', T0 + minutes(29)]);
  });

  test('do not strike what is still being asked for', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    subject.grant();
    for (let round = 0; round < 5; round += 1) subject.fire('restoreLimit');
    expect([subject.state, subject.context.misses]).toEqual(['restoring', 0]);
  });

  function restoredDb(): Subject {
    const subject = new Subject(planned([strategy('restore-snapshot')]));
    subject.grant();
    subject.answer('restoreDbInstance');
    subject.at += minutes(10);
    sightDb(subject, 'backing-up');
    return subject;
  }

  test('a DB instance that is backed up for hours is kept, and gets its settings afterwards', () => {
    const subject = restoredDb();
    subject.fire('restoreLimit');
    subject.at = T0 + minutes(300);
    expect([subject.state, subject.context.misses]).toEqual(['restoring', 0]);
    sightDb(subject, 'available');
    subject.answer('configureDbInstance');
    expect(subject.state).toBe('warming');
  });

  test('settings for what is not visible yet are asked for again, until the looks find it gone', () => {
    const subject = restoredDb();
    const id = idOf(subject.copy) ?? '';
    sightDb(subject, 'available');
    for (let look = 0; look < 10; look += 1)
      subject.refuse('configureDbInstance', 'gone', 'DBInstanceNotFound');
    expect([subject.state, subject.effect('configureDbInstance').attempt]).toEqual(['restoring', 11]);
    subject.send({ type: 'GONE', at: subject.at, id });
    expect(subject.state).toBe('queued');
  });
});

test('looking again does not reset the state: the forecast measures from when the state was entered', () => {
  const subject = new Subject(planned([strategy('provisioned-rate')]));
  subject.grant();
  subject.answer('createVolume', { id: 'vol-a' });
  subject.see('vol-a', { progress: 5 });
  subject.fire('nextCheck');
  subject.see('vol-a', { progress: 10 });
  subject.fire('nextCheck');
  expect(subject.at).toBe(T0 + minutes(10));
  expect(subject.context).toMatchObject({ stage: 'warming', since: T0 });
});

describe('fast snapshot restore and other people', () => {
  const both = (): Subject => new Subject(planned([strategy('fsr'), strategy('provisioned-rate')]));

  test('fast snapshot restore that another user disables is no longer counted on', () => {
    const subject = both();
    subject.grant([FSR]);
    subject.seeFsr('disabled');
    expect(subject.context.fallbacks).toMatchObject([
      { strategy: 'fsr', reason: { code: 'fsr-switched-off' } },
    ]);
    expect(subject.asked).toEqual([]);
  });

  test('fast snapshot restore that is disabled repeatedly is not enabled forever', () => {
    const subject = both();
    subject.grant();
    const asked: string[] = [];
    for (let turn = 0; turn < 20 && subject.state === 'accelerating'; turn += 1) {
      asked.push(subject.effect('enableFsr').id);
      subject.answer('enableFsr');
      subject.seeFsr('optimizing');
      subject.seeFsr('disabled');
    }
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(3);
    expect(subject.context.fallbacks[0]?.reason.code).toBe('fsr-contested');
  });

  test('the limit counts from the first request, however often its state changes', () => {
    const subject = both();
    subject.grant();
    subject.answer('enableFsr');
    for (let look = 0; look < 40 && subject.state === 'accelerating'; look += 1) {
      subject.at += minutes(10);
      subject.seeFsr(look % 2 === 0 ? 'optimizing' : 'enabling');
      if (subject.at - T0 >= minutes(240)) subject.fire('nextLook');
    }
    expect(subject.context.fallbacks[0]?.reason.code).toBe('fsr-not-enabled');
  });
});

describe('what is held', () => {
  test('a copy that is still being asked for counts while another sends the resource back to the queue', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')], { copies: 2 }));
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a', { status: 'error' });
    expect(subject.state).toBe('queued');
    expect(held(subject, RATE).map(({ amount }) => amount)).toEqual([300, 300]);
  });

  test('completed provisioned initialization is forgotten', () => {
    const subject = new Subject(planned([strategy('provisioned-rate')]));
    for (let round = 1; round < 12; round += 1) {
      subject.grant();
      subject.answer('createVolume', { id: `vol-${round}` });
      subject.see(`vol-${round}`, { status: 'error' });
      subject.at += minutes(10);
      if (subject.state === 'failed') subject.send({ type: 'RETRY', at: subject.at, round });
    }
    // Deletions that AWS has not accepted yet still count.
    while (subject.requests.includes('delete')) subject.answer('delete');
    expect(held(subject, RATE).length).toBeLessThanOrEqual(2);
    expect(subject.context.parts.length).toBeLessThanOrEqual(3);
  });

  test('a DB instance that is not deleted holds its quota for an hour, not forever', () => {
    const subject = new Subject(planned([strategy('restore-snapshot')]));
    subject.grant();
    subject.answer('restoreDbInstance');
    sightDb(subject, 'failed');
    subject.answer('delete');
    expect(held(subject, SLOT)).toEqual([{ pool: SLOT, amount: 1, until: T0 + minutes(60) }]);
  });

  test('fast snapshot restore that could not be switched off is still on', () => {
    const subject = new Subject(planned([strategy('fsr', { spec: volumeSpec() })]));
    subject.grant();
    subject.answer('enableFsr');
    subject.send({ type: 'CLEAN', at: subject.at });
    subject.refuse('disableFsr', 'denied');
    expect(subject.state).toBe('removed');
    expect(subject.context.leftovers).toMatchObject([{ code: 'fsr-on', data: { snapshotId: 'snap-1' } }]);
    expect(held(subject, 'fsrSnapshots')).toEqual([{ pool: 'fsrSnapshots', amount: 1 }]);
  });
});

test('a resource that no quota will ever have room for tries its next strategy, then fails with the reason', () => {
  const subject = new Subject(planned([strategy('provisioned-rate'), strategy('lazy')]));
  subject.send({ type: 'STARVED', at: T0 });
  expect([subject.state, subject.context.strategy]).toEqual(['queued', 1]);
  subject.send({ type: 'STARVED', at: T0 });
  expect(subject.state).toBe('failed');
  expect(subject.entries.at(-1)).toMatchObject({
    code: 'resource.failed',
    data: { reason: { code: 'quota-used-up' } },
  });
});

test('identities stay unique when names are far too long for AWS', () => {
  const tokens = new Set<string>();
  for (let n = 0; n < 300; n += 1) {
    const resource = planned([strategy('lazy')], { id: `${'x'.repeat(80)}/vol-${n}`, copies: 3 });
    const subject = new Subject(resource);
    subject.grant();
    for (const effect of subject.asked) if (effect.type === 'operate') tokens.add(effect.identity);
  }
  expect(tokens.size).toBe(900);
  for (const token of tokens) expect(token.length).toBeLessThanOrEqual(64);
});
