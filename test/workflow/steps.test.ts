import type { StrategyStep } from '../../src/kinds/steps.ts';
import { kept } from '../../src/workflow/fleet.ts';
import type { RecoveryContext } from '../../src/workflow/recovery/recovery-context.ts';
import { needsOf } from '../../src/workflow/resource/grants.ts';
import { idOf, partOf, thingsIn } from '../../src/workflow/resource/parts.ts';
import { watchedOf } from '../../src/workflow/resource/resource-watch.ts';
import type { PlannedResource } from '../../src/plan/types.ts';
import { dbSpec, held, minutes, planned, strategy, Subject, T0 } from './support.ts';

// What holds for every strategy, whatever its steps: tried with strategies that no planner makes yet.

const TAKES = { p50Seconds: 60, p90Seconds: 120 };
const VERIFY_STEP: StrategyStep = {
  ...{ id: 'verify', phase: 'verify', scope: 'resource', until: 'verified' },
  ...{ onFailure: 'halt', takes: TAKES },
};

/** Copies the snapshot to another Region first, creates volumes from the copy, and attaches them. */
const COPIED: readonly StrategyStep[] = [
  {
    ...{ id: 'copy', phase: 'prepare', scope: 'resource', operation: 'copySnapshot' },
    makes: { role: 'snapshot', type: 'snapshot', use: 'means' },
    until: 'available',
    holds: [{ pool: 'snapshotCopies', amount: 1, until: { milestone: 'available' } }],
    ...{ onFailure: 'fallback', takes: TAKES },
  },
  {
    ...{ id: 'create', phase: 'restore', scope: 'copy', operation: 'createVolume', newGrant: true },
    makes: { role: 'volume', type: 'volume', use: 'result' },
    until: 'available',
    holds: [
      { pool: 'provisionedInitMiBps', amount: 100, until: { milestone: 'made', plusSeconds: 600 } },
      { pool: 'storageTiB.gp3', amount: 1, until: { milestone: 'undone' } },
    ],
    ...{ onFailure: 'remake', takes: TAKES },
  },
  {
    ...{ id: 'attach', phase: 'warmup', scope: 'copy', operation: 'attachVolume', undo: 'detachVolume' },
    makes: { role: 'attachment', type: 'attachment', use: 'result', builtOn: ['volume'] },
    until: 'attached',
    ...{ onFailure: 'halt', takes: TAKES },
  },
  VERIFY_STEP,
];

/** Promotes a replica, which existed before the run. */
const PROMOTED: readonly StrategyStep[] = [
  {
    ...{ id: 'promote', phase: 'restore', scope: 'copy', operation: 'promoteReplica' },
    makes: { role: 'instance', type: 'dbInstance', use: 'result', id: 'orders-replica', origin: 'existing' },
    until: 'promoted',
    ...{ irreversible: true, onFailure: 'halt', takes: TAKES },
  },
  VERIFY_STEP,
];

function copied(change: Partial<PlannedResource> = {}): Subject {
  return new Subject(planned([strategy('lazy', { steps: COPIED }), strategy('lazy')], change), {
    mode: 'restore',
  });
}

function promoting(): Subject {
  const resource = planned([
    strategy('promote-replica', { spec: dbSpec(), steps: PROMOTED }),
    strategy('restore-snapshot'),
  ]);
  return new Subject(resource, { mode: 'restore' });
}

const seeReplica = (subject: Subject, status: string, isReplica: boolean): boolean =>
  subject.sight({ type: 'dbInstance', id: 'orders-replica', status, data: { isReplica } });

/** The snapshot is copied, and its resource has its second grant. */
function withCopy(subject: Subject): Subject {
  subject.grant();
  subject.answer('copySnapshot', { id: 'snap-copy' });
  subject.sight({ type: 'snapshot', id: 'snap-copy', status: 'available' });
  return subject;
}

describe('grants', () => {
  test('the first one is for the steps before a step that asks for its own', () => {
    const subject = copied({ copies: 2 });
    expect(needsOf(subject.context, [], 0)).toEqual([{ pool: 'snapshotCopies', amount: 1 }]);
    subject.grant();
    expect([subject.state, subject.requests]).toEqual(['accelerating', ['copySnapshot']]);
    expect(held(subject, 'provisionedInitMiBps')).toEqual([]);
  });

  test('a step with a grant of its own waits for it in the queue, and asks for its own pools only', () => {
    const subject = withCopy(copied({ copies: 2 }));
    expect(subject.state).toBe('queued');
    expect(needsOf(subject.context, [], 0)).toEqual([
      { pool: 'provisionedInitMiBps', amount: 200 },
      { pool: 'storageTiB.gp3', amount: 2 },
    ]);
    subject.grant();
    expect([subject.state, subject.requests]).toEqual(['restoring', ['createVolume', 'createVolume']]);
  });

  test('a hold ends at its milestone plus its seconds, also for a part that was given up', () => {
    const subject = withCopy(copied());
    expect(held(subject, 'snapshotCopies').map(({ until }) => until)).toEqual([T0]);
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    const until = T0 + minutes(10);
    expect(held(subject, 'provisionedInitMiBps')).toMatchObject([{ amount: 100, until }]);
    subject.see('vol-a', { status: 'error' });
    subject.answer('delete');
    expect(held(subject, 'storageTiB.gp3').filter((hold) => hold.until === undefined)).toEqual([]);
    expect(held(subject, 'provisionedInitMiBps')).toMatchObject([{ amount: 100, until }]);
  });
});

describe('positions', () => {
  test('each copy has its own, and a step of the whole resource waits for all of them', () => {
    const subject = withCopy(copied({ copies: 2 }));
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.answer('createVolume', { id: 'vol-b' });
    subject.see('vol-a');
    expect([subject.state, subject.requests]).toEqual(['restoring', ['attachVolume']]);
    subject.answer('attachVolume', { id: 'vol-a@i-1' });
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'attached' });
    expect([subject.state, subject.requests]).toEqual(['restoring', []]);
    subject.see('vol-b');
    expect([subject.state, subject.requests]).toEqual(['warming', ['attachVolume']]);
    subject.answer('attachVolume', { id: 'vol-b@i-1' });
    subject.sight({ type: 'attachment', id: 'vol-b@i-1', status: 'attached' });
    expect([subject.state, subject.requests.toSorted()]).toEqual(['verifying', ['delete', 'inspect']]);
  });

  test('means are removed once nothing needs them, and not before', () => {
    const subject = withCopy(copied());
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a');
    expect(subject.requests).not.toContain('delete');
    subject.answer('attachVolume', { id: 'vol-a@i-1' });
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'attached' });
    expect(subject.effect('delete')).toMatchObject({ thing: { id: 'snap-copy', origin: 'made' } });
  });
});

describe('what is built on a part', () => {
  const attached = (): Subject => {
    const subject = withCopy(copied());
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a');
    subject.answer('attachVolume', { id: 'vol-a@i-1' });
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'attached' });
    subject.answer('delete');
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
    return subject;
  };

  test('goes with it, and before it', () => {
    const subject = attached();
    subject.see('vol-a', { status: 'error' });
    expect(subject.requests).toEqual(['detachVolume']);
    subject.answer('detachVolume');
    expect(subject.requests).toEqual(['delete']);
    expect(partOf(subject.context, 'attachment', 0)).toMatchObject({ generation: 2, stage: 'wanted' });
  });

  test('is gone where its foundation is: nothing is requested for it', () => {
    const subject = attached();
    subject.send({ type: 'GONE', at: subject.at, id: 'vol-a' });
    expect(subject.requests).not.toContain('detachVolume');
  });

  test('costs only itself when it is lost', () => {
    const subject = withCopy(copied());
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a');
    subject.answer('attachVolume', { id: 'vol-a@i-1' });
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'attached' });
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'detached' });
    expect(subject.state).toBe('queued');
    expect(idOf(subject.copy)).toBe('vol-a');
    subject.grant();
    expect(subject.requests).toContain('attachVolume');
    expect(subject.requests).not.toContain('createVolume');
  });

  test('is theirs who use the copy once that is ready: neither observed nor made again', () => {
    const subject = attached();
    expect(watchedOf(subject, T0).map(({ thing }) => thing.id)).toEqual(['vol-a']);
    subject.sight({ type: 'attachment', id: 'vol-a@i-1', status: 'detached' });
    subject.send({ type: 'GONE', at: subject.at, id: 'vol-a@i-1' });
    expect([subject.state, subject.asked]).toEqual(['ready', []]);
  });

  test('is not kept from a sweep, which finds copies alone, nor compared with the request', () => {
    const subject = attached();
    const completed = { mode: 'restore', outcome: 'completed', keepsMade: false } as RecoveryContext;
    expect(kept([subject], completed).map(({ id }) => id)).toEqual(['vol-a']);
    const inspected = subject.steps
      .flatMap(({ decision }) => decision.effects)
      .flatMap((effect) => (effect.type === 'inspect' ? effect.things.map(({ id }) => id) : []));
    expect(inspected).toEqual(['vol-a']);
  });

  test('that is refused halts, and an operator may go on without it', () => {
    const subject = withCopy(copied());
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a');
    subject.refuse('attachVolume', 'invalid', 'InvalidParameterValue');
    expect(subject.state).toBe('halted');
    expect(subject.context.halt?.differences).toEqual([
      {
        subject: 'volume vol-a: attach',
        message: 'was refused: InvalidParameterValue: no',
        code: 'step-not-completed',
        data: { thing: 'vol-a', property: 'attach', wanted: 'attached' },
      },
    ]);
    const halt = subject.context.halt?.number ?? 0;
    subject.send({ type: 'ACCEPT', at: subject.at, halt, round: 0, by: 'ann' });
    expect([subject.state, subject.requests.includes('attachVolume')]).toEqual(['verifying', false]);
  });

  test('is removed before it at the end of a drill', () => {
    const subject = attached();
    subject.send({ type: 'CLEAN', at: subject.at });
    expect(subject.requests).toEqual(['detachVolume']);
    subject.answer('detachVolume');
    subject.answer('delete');
    expect(subject.state).toBe('removed');
  });
});

describe('what existed before the run', () => {
  const promoted = (): Subject => {
    const subject = promoting();
    subject.grant();
    subject.answer('promoteReplica', { id: 'orders-replica' });
    subject.at += minutes(3);
    seeReplica(subject, 'available', false);
    return subject;
  };

  test('is observed only once its operation was accepted, and completes by what AWS shows', () => {
    const subject = promoting();
    subject.grant();
    expect(watchedOf(subject, T0)).toEqual([]);
    subject.answer('promoteReplica', { id: 'orders-replica' });
    expect(watchedOf(subject, T0).map(({ thing }) => thing.id)).toEqual(['orders-replica']);
    seeReplica(subject, 'modifying', true);
    expect(subject.state).toBe('restoring');
    seeReplica(subject, 'available', false);
    expect(subject.state).toBe('verifying');
  });

  test('is no thing that the run made: never kept from a sweep, never counted as created', () => {
    const subject = promoted();
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
    const completed = { mode: 'restore', outcome: 'completed', keepsMade: false } as RecoveryContext;
    expect(kept([subject], completed)).toEqual([]);
    expect(subject.context.createdIds).toEqual([]);
  });

  test('is neither deleted nor demoted by an abort, and is reported', () => {
    const subject = promoted();
    subject.send({ type: 'CLEAN', at: subject.at });
    expect([subject.state, subject.requests]).toEqual(['removed', []]);
    expect(subject.context.leftovers).toEqual([{ code: 'existing-kept', data: { id: 'orders-replica' } }]);
    expect(thingsIn(subject.context, 'left')).toEqual([]);
  });

  test('is kept without a word where nothing was requested of it', () => {
    const subject = promoting();
    subject.send({ type: 'CLEAN', at: subject.at });
    expect([subject.state, subject.context.leftovers]).toEqual(['removed', []]);
  });
});

describe('an operation that cannot be taken back', () => {
  test('that is refused falls back', () => {
    const subject = promoting();
    subject.grant();
    subject.refuse('promoteReplica', 'invalid', 'InvalidDBInstanceState');
    expect([subject.state, subject.context.strategy]).toEqual(['queued', 1]);
    expect(subject.copy).toMatchObject({ role: 'instance', stage: 'wanted' });
    expect(subject.copy.thing).toBeUndefined();
  });

  test.each(['failed', 'incompatible-network', 'restore-error'])(
    'once accepted, nothing falls back by itself: %s halts, and an operator decides',
    (status) => {
      const subject = promoting();
      subject.grant();
      subject.answer('promoteReplica', { id: 'orders-replica' });
      seeReplica(subject, status, false);
      expect([subject.state, subject.context.strategy, subject.asked]).toEqual(['halted', 0, []]);
      expect(subject.context.halt?.differences).toMatchObject([
        { code: 'status-not-available', data: { thing: 'orders-replica', actual: status } },
      ]);
    },
  );

  test('once accepted, one that never completes halts', () => {
    const subject = promoting();
    subject.grant();
    subject.answer('promoteReplica', { id: 'orders-replica' });
    for (let look = 0; look < 10 && subject.state === 'restoring'; look += 1) subject.fire('restoreLimit');
    expect([subject.state, subject.context.halt?.differences[0]?.code]).toEqual([
      'halted',
      'step-not-completed',
    ]);
    const halt = subject.context.halt?.number ?? 0;
    subject.send({ type: 'ACCEPT', at: subject.at, halt, round: 0, by: 'ann' });
    expect(subject.state).toBe('verifying');
  });

  test('of which the answer was lost counts as accepted: nothing else is tried', () => {
    const subject = promoting();
    subject.grant();
    subject.refuse('promoteReplica', 'unreachable');
    subject.refuse('promoteReplica', 'denied');
    expect([subject.state, subject.context.strategy]).toEqual(['halted', 0]);
  });

  test('is refused by the machine in a drill, whatever the plan says', () => {
    const resource = planned([strategy('promote-replica', { spec: dbSpec(), steps: PROMOTED })]);
    const subject = new Subject(resource, { mode: 'drill' });
    subject.grant();
    expect([subject.state, subject.asked]).toEqual(['failed', []]);
    expect(subject.context.exhausted).toEqual({ code: 'not-in-drill', data: { step: 'promote' } });
  });
});

test('a failure that a step only notes is reported, and the recovery goes on', () => {
  const noted = COPIED.map((step) => (step.id === 'attach' ? { ...step, onFailure: 'note' as const } : step));
  const subject = withCopy(new Subject(planned([strategy('lazy', { steps: noted })]), { mode: 'restore' }));
  subject.grant();
  subject.answer('createVolume', { id: 'vol-a' });
  subject.see('vol-a');
  subject.refuse('attachVolume', 'invalid', 'IncorrectInstanceState');
  expect(subject.state).toBe('verifying');
  expect(subject.context.leftovers).toMatchObject([{ code: 'step-not-done', data: { step: 'attach' } }]);
});

test('what was promoted and is deleted by others is decided by an operator: nothing takes its place by itself', () => {
  const subject = promoting();
  subject.grant();
  subject.answer('promoteReplica', { id: 'orders-replica' });
  subject.send({ type: 'GONE', at: subject.at, id: 'orders-replica' });
  expect([subject.state, subject.context.strategy, subject.asked]).toEqual(['halted', 0, []]);
});

test('settings that are refused afterwards for want of capacity do not make a promoted replica fall back', () => {
  const settings: StrategyStep = {
    ...{ id: 'configure', phase: 'restore', scope: 'copy', operation: 'configureDbInstance', on: 'instance' },
    ...{ until: 'configured', onFailure: 'fallback', takes: TAKES },
  };
  const [promote, verify] = PROMOTED;
  if (promote === undefined || verify === undefined) throw new Error('there are two steps');
  const steps = [promote, settings, verify];
  const strategies = [strategy('promote-replica', { spec: dbSpec(), steps }), strategy('restore-snapshot')];
  const subject = new Subject(planned(strategies), { mode: 'restore' });
  subject.grant();
  subject.answer('promoteReplica', { id: 'orders-replica' });
  seeReplica(subject, 'available', false);
  while (subject.state === 'restoring') subject.refuse('configureDbInstance', 'capacity');
  expect([subject.state, subject.context.strategy]).toEqual(['halted', 0]);
});
