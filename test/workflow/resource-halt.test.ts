import type { Finding } from '../../src/workflow/base/effects.ts';
import { orderFor } from '../../src/workflow/fleet.ts';
import type { RecoveryContext } from '../../src/workflow/recovery/recovery-context.ts';
import { idOf } from '../../src/workflow/resource/parts.ts';
import { held, minutes, planned, strategy, Subject, T0 } from './support.ts';

const IOPS: Finding = {
  subject: 'volume vol-a: iops',
  message: 'is 3000, not 6000',
  code: 'configuration-differs',
  data: { thing: 'vol-a', property: 'iops', wanted: '6000', actual: '3000' },
};
const SIZE: Finding = { ...IOPS, subject: 'volume vol-a: size in GiB', message: 'is 90, not 100' };

const deletions = (subject: Subject): readonly string[] =>
  subject.steps
    .flatMap((step) => step.decision.effects.map(({ type }) => type))
    .filter((type) => type === 'delete');

/** A volume in `verifying`. */
function volume(): Subject {
  const subject = new Subject(planned([strategy('lazy'), strategy('fsr')], { readyWhen: 'available' }));
  subject.grant();
  subject.answer('createVolume', { id: 'vol-a' });
  subject.see('vol-a');
  return subject;
}

/** Answers the comparison until it counts; the number of answers. */
function differ(subject: Subject, findings: readonly Finding[]): number {
  let looks = 0;
  for (; subject.state === 'verifying'; looks += 1) subject.answer('inspect', { findings });
  return looks;
}

function database(): Subject {
  const subject = new Subject(planned([strategy('restore-snapshot'), strategy('point-in-time')]));
  subject.grant();
  subject.answer('restoreDbInstance');
  return subject;
}

function sight(subject: Subject, status: string, progress?: number): boolean {
  const told = progress === undefined ? {} : { progress };
  return subject.sight({ type: 'dbInstance', id: idOf(subject.copy) ?? '', status, ...told });
}

const accept = (subject: Subject, halt = subject.context.halt?.number ?? 0): boolean =>
  subject.send({ type: 'ACCEPT', at: subject.at, halt, round: 0, by: 'ann' });
const retry = (subject: Subject, round = 1): boolean =>
  subject.send({ type: 'RETRY', at: subject.at, round });

describe('a configuration difference', () => {
  test('that stays after several looks halts the resource with the difference, and deletes nothing', () => {
    const subject = volume();
    expect(differ(subject, [IOPS, SIZE])).toBe(5);
    expect(subject.state).toBe('halted');
    expect(subject.context.halt).toEqual({ number: 1, at: T0, differences: [IOPS, SIZE] });
    expect(subject.context).toMatchObject({ strategy: 0, fallbacks: [] });
    expect(idOf(subject.copy)).toBe('vol-a');
    expect([subject.asked, deletions(subject)]).toEqual([[], []]);
    expect(subject.entries.at(-1)).toMatchObject({
      subject: 'events',
      code: 'approval.halted',
      data: { differences: subject.context.halt?.differences },
    });
    expect(subject.context.halt?.differences).toHaveLength(2);
  });

  test('is looked for again on resume: corrected, the resource is ready', () => {
    const subject = volume();
    differ(subject, [IOPS]);
    retry(subject);
    expect(subject.state).toBe('verifying');
    subject.answer('inspect', { findings: [] });
    expect([subject.state, subject.context.createdIds]).toEqual(['ready', ['vol-a']]);
  });

  test('that is still there on resume halts it once more, under a new number', () => {
    const subject = volume();
    differ(subject, [IOPS]);
    retry(subject);
    differ(subject, [IOPS]);
    expect([subject.state, subject.context.halt?.number, deletions(subject)]).toEqual(['halted', 2, []]);
  });

  test('once accepted no longer counts; another one still does', () => {
    const subject = volume();
    differ(subject, [IOPS]);
    expect(accept(subject)).toBe(true);
    expect(subject.entries).toContainEqual(
      expect.objectContaining({
        code: 'approval.accepted',
        data: { by: 'ann', differences: [expect.objectContaining({ message: 'is 3000, not 6000' })] },
      }),
    );
    differ(subject, [IOPS, SIZE]);
    expect(subject.context.halt).toMatchObject({ number: 2, differences: [SIZE] });
    accept(subject);
    subject.answer('inspect', { findings: [IOPS, SIZE] });
    expect(subject.state).toBe('ready');
    expect(subject.context.accepted).toEqual([
      { at: T0, by: 'ann', differences: [IOPS] },
      { at: T0, by: 'ann', differences: [SIZE] },
    ]);
  });

  test('an acceptance of an earlier halt counts for nothing', () => {
    const subject = volume();
    differ(subject, [IOPS]);
    retry(subject);
    differ(subject, [SIZE]);
    expect(accept(subject, 1)).toBe(false);
    expect(subject.state).toBe('halted');
  });

  test('an abort that removes deletes it, one that keeps does not', () => {
    const [removed, kept] = [volume(), volume()];
    for (const subject of [removed, kept]) differ(subject, [IOPS]);
    removed.send({ type: 'CLEAN', at: T0 });
    expect(removed.effect('delete')).toMatchObject({ thing: { id: 'vol-a' } });
    kept.send({ type: 'KEEP', at: T0 });
    expect([kept.state, kept.asked]).toEqual(['kept', []]);
  });

  test('that vanishes meanwhile is made again: nothing is left to decide', () => {
    const subject = volume();
    differ(subject, [IOPS]);
    subject.send({ type: 'GONE', at: T0, id: 'vol-a' });
    expect([subject.state, subject.context.halt]).toEqual(['queued', undefined]);
  });
});

describe.each([
  'storage-full',
  'incompatible-parameters',
  'incompatible-option-group',
  'inaccessible-encryption-credentials-recoverable',
])('a DB instance in %s', (status) => {
  test.each(['creating', 'available'])('after %s halts with its status, and is kept', (before) => {
    const subject = database();
    sight(subject, before);
    sight(subject, status);
    expect(subject.state).toBe('halted');
    expect(subject.context.halt?.differences).toEqual([
      {
        subject: 'DB instance orders-prod-run-1: status',
        message: `is ${status}, not available`,
        code: 'status-not-available',
        data: { thing: 'orders-prod-run-1', property: 'status', wanted: 'available', actual: status },
      },
    ]);
    expect([subject.context.misses, deletions(subject)]).toEqual([0, []]);
  });

  test('goes on by itself once it is cured, and is still compared', () => {
    const subject = database();
    sight(subject, status);
    sight(subject, 'modifying');
    expect(subject.state).toBe('restoring');
    sight(subject, 'available');
    subject.answer('configureDbInstance');
    sight(subject, 'available', 100);
    expect(subject.effect('inspect')).toBeDefined();
  });

  test('is looked at again on resume', () => {
    const subject = database();
    sight(subject, status);
    retry(subject);
    expect(subject.state).toBe('restoring');
    sight(subject, status);
    expect([subject.state, subject.context.halt?.number, deletions(subject)]).toEqual(['halted', 2, []]);
  });

  test('once accepted counts as available, without settings that it cannot take', () => {
    const subject = database();
    sight(subject, status);
    accept(subject);
    expect(subject.state).toBe('verifying');
    subject.answer('inspect', {
      findings: [{ subject: 'DB instance orders-prod-run-1: iops', message: 'is 1, not 2' }],
    });
    expect(subject.state).toBe('ready');
    sight(subject, status);
    expect(subject.state).toBe('ready');
    const finding = { subject: 'DB instance orders-prod-run-1: iops', message: 'is 1, not 2' };
    expect(subject.context.leftovers).toEqual([{ code: 'setting-by-hand', data: { finding } }]);
  });
});

describe('a DB instance that can be used is never deleted for', () => {
  const available = (): Subject => {
    const subject = database();
    sight(subject, 'available', 5);
    return subject;
  };

  test.each([
    ['invalid', 'InvalidParameterCombination'],
    ['capacity', 'StorageTypeNotAvailable'],
  ] as const)('settings that are refused as %s', (failureClass, code) => {
    const subject = available();
    while (subject.state === 'restoring') subject.refuse('configureDbInstance', failureClass, code);
    expect(subject.context.halt?.differences).toEqual([
      {
        subject: 'DB instance orders-prod-run-1: settings',
        message: `could not be given back: ${code}: no`,
        code: 'settings-not-given',
        data: { thing: 'orders-prod-run-1', awsCode: code },
      },
    ]);
    retry(subject);
    subject.answer('configureDbInstance');
    expect([subject.state, deletions(subject)]).toEqual(['warming', []]);
  });

  test('settings that it takes no changes for', () => {
    const subject = database();
    sight(subject, 'backing-up');
    while (subject.state === 'restoring' && subject.at < T0 + minutes(6_000)) subject.fire('restoreLimit');
    expect([subject.at, subject.state, deletions(subject)]).toEqual([T0 + minutes(360), 'halted', []]);
    accept(subject);
    expect([subject.state, subject.copy.at.configured]).toEqual(['warming', subject.at]);
  });

  test('loading that stalls', () => {
    const subject = available();
    subject.answer('configureDbInstance');
    for (let look = 0; look < 20 && subject.state === 'warming'; look += 1) subject.fire('nextCheck');
    expect([subject.state, deletions(subject)]).toEqual(['halted', []]);
    expect(subject.context.halt?.differences).toMatchObject([
      { code: 'hydration-stalled', message: 'has stopped at 5 %' },
    ]);
    accept(subject);
    expect(subject.state).toBe('verifying');
  });

  test('a comparison that fails', () => {
    const subject = volume();
    subject.refuse('inspect', 'denied', 'UnauthorizedOperation');
    expect([subject.state, deletions(subject)]).toEqual(['halted', []]);
    expect(subject.context.halt?.differences).toMatchObject([
      { code: 'not-verified', data: { thing: 'vol-a', awsCode: 'UnauthorizedOperation' } },
    ]);
    accept(subject);
    expect(subject.state).toBe('ready');
  });

  test('being stopped before it was available', () => {
    const subject = database();
    sight(subject, 'stopped');
    expect(subject.state).toBe('restoring');
    while (subject.state === 'restoring' && subject.at < T0 + minutes(6_000)) subject.fire('restoreLimit');
    expect([subject.state, deletions(subject)]).toEqual(['halted', []]);
    expect(subject.context.halt?.differences).toMatchObject([{ message: 'is stopped, not available' }]);
    retry(subject);
    sight(subject, 'starting');
    sight(subject, 'available');
    expect(subject.requests).toEqual(['configureDbInstance']);
  });

  test('never having been visible: that one holds nothing, and is made again', () => {
    const subject = database();
    sight(subject, 'creating');
    while (subject.state === 'restoring') subject.fire('restoreLimit');
    expect(subject.effect('delete')).toBeDefined();
  });
});

describe('copies that are there stay', () => {
  const two = (): Subject => {
    const subject = new Subject(
      planned([strategy('provisioned-rate'), strategy('lazy')], { copies: 2, readyWhen: 'available' }),
    );
    subject.grant();
    subject.answer('createVolume', { id: 'vol-a' });
    subject.see('vol-a');
    return subject;
  };

  test('when another copy has to fall back', () => {
    const subject = two();
    while (subject.context.strategy === 0)
      subject.refuse('createVolume', 'capacity', 'InsufficientVolumeCapacity');
    expect(subject.copies.map(idOf)).toEqual(['vol-a', undefined]);
    expect(held(subject, 'provisionedInitMiBps')).toHaveLength(1);
    subject.grant();
    subject.answer('createVolume', { id: 'vol-b' });
    subject.see('vol-b');
    subject.answer('inspect', { findings: [] });
    expect([subject.state, deletions(subject)]).toEqual(['ready', []]);
  });

  test('when another copy fails for good; tried again, only that one is made', () => {
    const subject = two();
    subject.refuse('createVolume', 'invalid', 'InvalidParameterValue');
    expect([subject.state, deletions(subject)]).toEqual(['failed', []]);
    retry(subject);
    subject.grant();
    expect(subject.requests).toEqual(['createVolume']);
    subject.send({ type: 'CLEAN', at: T0 });
    expect(subject.effect('delete')).toMatchObject({ thing: { id: 'vol-a' } });
  });
});

test('a status that no look shows anew after a resume is still no reason to delete', () => {
  const subject = database();
  sight(subject, 'storage-full');
  retry(subject);
  for (let round = 0; round < 5 && subject.state === 'restoring'; round += 1) subject.fire('restoreLimit');
  expect([subject.state, deletions(subject)]).toEqual(['halted', []]);
});

describe('a resume', () => {
  const halted = (at: number): Subject => {
    const subject = volume();
    subject.at = at;
    differ(subject, [IOPS]);
    return subject;
  };
  const order = ({ state, context }: Subject, roundAt: number): string | undefined => {
    const recovery = { round: 1, roundAt, approvals: [] } as unknown as RecoveryContext;
    return orderFor({ state, context }, 'restore', recovery, undefined, roundAt)?.type;
  };

  test('verifies again what had halted before it', () => {
    expect(order(halted(T0), T0 + 5)).toBe('RETRY');
    expect(order(halted(T0), T0)).toBe('RETRY');
  });

  test('does not apply to later halts', () => {
    expect(order(halted(T0 + 5), T0)).toBeUndefined();
  });
});
