import { requestOf, type Claim, type FailureClass } from '../../src/workflow/base/effects.ts';
import type { ForensicTarget } from '../../src/workflow/recovery/recovery-context.ts';
import { fsrOf, existing, made } from '../things.ts';
import { Run, said } from './recovery-run.ts';
import { approvalGate, minutes, QUIET, T0 } from './support.ts';
import type { Finding } from '../../src/workflow/base/effects.ts';

const holder: Claim = { ...QUIET.claim, runId: 'run-2', by: 'bob', host: 'other', at: T0 - minutes(10) };
const evidence = (index: number): ForensicTarget => ({
  resource: `events-${index}`,
  identifier: `evidence-${index}`,
  of: existing('volume', `vol-${index}`),
});

describe('the claim in the account', () => {
  test('is set after preflight and before anything else, and released last', () => {
    const run = new Run({ gates: [approvalGate('restore', 1)] });
    run.answer('preflight', { findings: [], on: [] });
    expect([run.phase, Object.keys(run.context.pending)]).toEqual(['preflight', ['claim']]);
    run.answer('claim', { granted: true, place: 'parameter' });
    expect(run.phase).toBe('approval');
    run.say('approve');
    run.ready();
    run.send({ type: 'TIDY', at: T0, keep: [] });
    run.answer('sweep', { found: [], removed: [] });
    expect([run.phase, Object.keys(run.context.pending)]).toEqual(['cleanup', ['release']]);
    run.answer('release', {});
    expect(run.phase).toBe('completed');
  });

  test('of another restore ends the run before it has made anything, and names the holder', () => {
    const run = new Run();
    run.answer('preflight', { findings: [], on: [] });
    run.answer('claim', { granted: false, holder });
    expect(run.phase).toBe('failed');
    expect(run.context.problem).toEqual({ code: 'claimed', data: { holder, seconds: 600 } });
    expect(run.context.pending).toEqual({});
  });

  test('of a drill is taken, and said so', () => {
    const run = new Run();
    run.answer('preflight', { findings: [], on: [] });
    run.answer('claim', { granted: true, place: 'parameter', preempted: { ...holder, mode: 'drill' } });
    expect(run.phase).toBe('restore');
    const drill = { ...holder, mode: 'drill' };
    expect(run.entries).toContainEqual(said('run.precedence', { drill, seconds: 600 }));
  });

  test.each(['denied', 'unsupported', 'transient', 'unreachable'] as const)(
    'that cannot be set (%s) keeps no recovery waiting for long, and is said to be missing',
    (name) => {
      const run = new Run();
      run.answer('preflight', { findings: [], on: [] });
      while ('claim' in run.context.pending) run.refuse('claim', name);
      expect(run.phase).toBe('restore');
      expect(run.at - T0).toBeLessThan(minutes(3));
      expect(run.entries).toContainEqual(said('fault.unclaimed', { why: expect.any(String) }));
      run.ready();
      run.sweepClean();
      expect(run.phase).toBe('completed');
    },
  );

  test('that was requested when the run was given up is released, too', () => {
    const run = new Run();
    run.answer('preflight', { findings: [], on: [] });
    run.say('abort');
    run.send({ type: 'TIDY', at: T0, keep: [] });
    run.answer('sweep', { found: [], removed: [] });
    expect(Object.keys(run.context.pending)).toEqual(['release']);
  });

  test('that cannot be released is reported as a leftover', () => {
    const run = new Run();
    run.preflight();
    run.ready();
    run.send({ type: 'TIDY', at: T0, keep: [] });
    run.answer('sweep', { found: [], removed: [] });
    while ('release' in run.context.pending) run.refuse('release', 'transient');
    expect(run.phase).toBe('completed');
    expect(run.context.leftovers).toMatchObject([
      { code: 'claim', data: { runbook: 'orders', reason: { code: 'request-failed' } } },
    ]);
  });
});

test('a drill gives way to a restore, and to nothing else later', () => {
  const run = new Run({ mode: 'drill' });
  run.preflight();
  run.send({ type: 'PREEMPTED', at: T0, holder });
  expect([run.phase, run.context.outcome]).toEqual(['cleanup', 'aborted']);
  expect(run.send({ type: 'PREEMPTED', at: T0, holder })).toBe(false);
  run.sweepClean();
  expect(run.phase).toBe('aborted');
  expect(run.context.problem).toMatchObject({ code: 'preempted', data: { holder: { runId: 'run-2' } } });
});

describe('evidence', () => {
  test('is taken of every damaged source before anything is restored', () => {
    const run = new Run({ forensics: [evidence(1), evidence(2)], gates: [approvalGate('restore', 1)] });
    run.preflight();
    expect(run.context.pending).toEqual({});
    run.say('approve');
    expect(run.phase).toBe('securing');
    expect(
      Object.values(run.context.pending).map((effect) => [
        requestOf(effect),
        'target' in effect && effect.target?.id,
      ]),
    ).toEqual([
      ['takeSnapshot', 'vol-1'],
      ['takeSnapshot', 'vol-2'],
    ]);
    run.answer('secure.0', { id: 'snap-e1' });
    expect(run.phase).toBe('securing');
    run.answer('secure.1', { id: 'snap-e2' });
    expect(run.phase).toBe('restore');
    expect(run.context.evidence.map(({ snapshotId }) => snapshotId)).toEqual(['snap-e1', 'snap-e2']);
  });

  test.each(['gone', 'denied', 'transient', 'busy'] as const)(
    'that cannot be taken (%s) keeps no recovery waiting for ever, and is said to be missing',
    (name) => {
      const run = new Run({ forensics: [evidence(1)] });
      run.preflight();
      while ('secure.0' in run.context.pending) run.refuse('secure.0', name);
      expect(run.phase).toBe('restore');
      expect(run.at - T0).toBeLessThan(minutes(20));
      const problem = {
        code: 'aws',
        data: { awsCode: 'SomeError', awsMessage: 'as the test wants it' },
      };
      expect(run.context.evidence).toEqual([{ resource: 'events-1', of: 'vol-1', problem }]);
      expect(run.entries).toContainEqual(
        expect.objectContaining({
          subject: 'events-1',
          code: 'fault.no-evidence',
          data: { of: 'vol-1', problem },
        }),
      );
    },
  );
});

describe('preflight', () => {
  const needs = (...all: string[][]): Partial<ConstructorParameters<typeof Run>[0]> => ({
    preflight: { relies: [existing('snapshot', 'snap-1'), existing('snapshot', 'snap-2')], needs: all },
  });
  const lost = (id: string): Finding => ({
    ...{ subject: `snapshot ${id}`, message: 'no longer exists' },
    ...{ code: 'backup-unusable', data: { thing: id } },
  });

  test('goes on when only a fallback has lost its backup, and keeps the finding', () => {
    const run = new Run(needs(['snap-1', 'snap-2']));
    run.preflight([lost('snap-2')]);
    expect(run.phase).toBe('restore');
    expect(run.context.findings).toEqual([lost('snap-2')]);
  });

  test.each<[string, string[][]]>([
    ['of the only strategy', [['snap-1']]],
    ['of every strategy', [['snap-1', 'snap-1']]],
    ['of one resource of two', [['snap-2'], ['snap-1']]],
  ])('fails when the backup %s is lost', (_, all) => {
    const run = new Run(needs(...all));
    run.preflight([lost('snap-1')]);
    expect(run.phase).toBe('failed');
    expect(run.context.problem).toEqual({ code: 'backup-unusable', data: { finding: lost('snap-1') } });
  });
});

describe('gates', () => {
  test('a window opens by time alone, and a freeze holds it', () => {
    const window = {
      id: 'restore/window/1',
      before: 'restore',
      kind: 'window',
      approvals: 0,
      window: 'daily 04:00-05:00 UTC',
      why: '',
    } as const;
    const freeze = { ...window, id: 'f', kind: 'freeze', file: '/freeze' } as const;
    const run = new Run({ gates: [window, freeze] });
    run.preflight();
    expect(run.phase).toBe('approval');
    const frozen = [{ file: '/freeze' }];
    run.send({ type: 'GATES', at: T0 + minutes(60), frozen });
    expect(run.phase).toBe('approval');
    run.send({ type: 'GATES', at: T0 + minutes(61), frozen: [] });
    expect(run.phase).toBe('restore');
    const opensAt = Date.parse('2026-11-20T04:00:00Z');
    const wait = {
      kind: 'window',
      phase: 'restore',
      gate: window.id,
      window: 'daily 04:00-05:00 UTC',
      opensAt,
    };
    expect(run.entries.slice(1, 4)).toEqual([
      said('phase.waiting', { phase: 'approval', waits: [wait] }),
      said('approval.frozen', { files: frozen }),
      said('approval.unfrozen', {}),
    ]);
  });

  test('waivers are told at the start', () => {
    const gate = approvalGate('restore', 2);
    const run = new Run({ waivers: [{ gate, why: 'an incident was declared' }] });
    const waived = { gate: gate.id, what: gate.why, why: 'an incident was declared' };
    expect(run.entries).toContainEqual(said('approval.waived', waived));
  });

  test('an approval keeps how it is known who gave it', () => {
    const run = new Run({ gates: [approvalGate('restore', 1)] });
    run.preflight();
    run.send({ type: 'approve', at: T0, by: 'ann', reason: 'nobody else is here', identity: 'break-glass' });
    expect(run.context.approvals).toEqual([
      { gate: 'restore', by: 'ann', at: T0, reason: 'nobody else is here', identity: 'break-glass' },
    ]);
    expect(run.entries).toContainEqual(
      said('approval.approved', expect.objectContaining({ gate: 'restore', identity: 'break-glass' })),
    );
  });
});

test('an approval never counts for something else than what was wanted when it was given', () => {
  const manual = {
    ...approvalGate('restore', 1),
    id: 'restore/manual/1',
    kind: 'manual',
    instructions: 'stop it',
  } as const;
  const run = new Run({ gates: [approvalGate('restore', 1), manual] });
  run.preflight();
  const approve = (by: string, meant: string): boolean => run.send({ type: 'approve', at: T0, by, meant });
  approve('ann', 'restore');
  expect(approve('bob', 'restore')).toBe(false);
  expect(run.phase).toBe('approval');
  approve('bob', 'restore/manual/1');
  expect(run.phase).toBe('restore');
});

test('a run that is given up before it has claimed the runbook releases a claim that it may have set before its journal was lost', () => {
  const run = new Run();
  run.say('abort');
  run.send({ type: 'TIDY', at: T0, keep: [] });
  run.answer('sweep', { found: [], removed: [] });
  expect(Object.keys(run.context.pending)).toEqual(['release']);
});

test('an abort that keeps what was made removes nothing, and reports untracked resources', () => {
  const run = new Run();
  run.preflight();
  run.send({ type: 'abort', at: T0, by: 'ann', made: 'keep' });
  run.send({ type: 'TIDY', at: T0, keep: [made('volume', 'vol-a')] });
  expect(run.context.pending['sweep']).toMatchObject({ keepsAll: true });
  const found = ['vol-a', 'vol-b'].map((id) => made('volume', id));
  run.answer('sweep', { found, removed: [] });
  run.answer('release', {});
  expect([run.phase, run.context.keptIds]).toEqual(['aborted', ['vol-b']]);
});

describe('a claim that could not be confirmed', () => {
  test.each<[string, readonly FailureClass[]]>([
    ['no answer came to any request', ['transient']],
    ['the last request was refused, but an earlier one may have got through', ['transient', 'denied']],
  ])('is looked for at the end: %s', (_, classes) => {
    const run = new Run();
    run.answer('preflight', { findings: [], on: [] });
    for (let asked = 0; 'claim' in run.context.pending; asked += 1)
      run.refuse('claim', classes[Math.min(asked, classes.length - 1)] ?? 'transient');
    expect(run.context.claimed).toMatchObject({ place: 'nowhere', isUncertain: true });
    run.ready();
    run.send({ type: 'TIDY', at: T0, keep: [] });
    run.answer('sweep', { found: [], removed: [] });
    expect(Object.keys(run.context.pending)).toEqual(['release']);
    run.answer('release', {});
    expect([run.phase, run.context.released, run.context.leftovers]).toEqual(['completed', true, []]);
  });

  test('that was refused from the first cannot be there', () => {
    const run = new Run();
    run.answer('preflight', { findings: [], on: [] });
    run.refuse('claim', 'denied');
    run.ready();
    run.send({ type: 'TIDY', at: T0, keep: [] });
    run.answer('sweep', { found: [], removed: [] });
    expect(run.phase).toBe('completed');
  });
});

test('an outage of a quarter of an hour leaves no claim behind: it would block the next recovery', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  run.send({ type: 'TIDY', at: T0, keep: [] });
  run.answer('sweep', { found: [], removed: [] });
  while (run.at < T0 + minutes(15)) run.refuse('release', 'transient');
  run.answer('release', {});
  expect([run.phase, run.context.leftovers]).toEqual(['completed', []]);
});

describe('what was recovered once may be in use', () => {
  /** A restore that waits before the backfill: its recovery is over. */
  function recovered(mode: 'restore' | 'drill' = 'restore'): Run {
    const run = new Run({ mode, gates: [approvalGate('backfill', 1)] });
    run.preflight();
    run.ready();
    expect([run.phase, run.context.recoveredAt]).toEqual(['backfill', T0]);
    return run;
  }

  test.each(['reject', 'abort'] as const)('so %s keeps it, and says so', (signal) => {
    const run = recovered();
    run.say(signal);
    expect([run.phase, run.context.keepsMade]).toEqual(['cleanup', true]);
    const keeps = { by: 'ann', keeps: signal === 'reject' ? true : 'in-use' };
    const code = signal === 'reject' ? 'approval.rejected' : 'signal.aborted';
    expect(run.entries).toContainEqual(said(code, keeps));
  });

  test('also when something of it was lost since, and the rest could not be made anew', () => {
    const run = recovered();
    run.say('approve');
    run.fleet({ ready: 1, queued: 1 });
    run.fleet({ ready: 1, failed: 1 });
    expect(run.phase).toBe('halted');
    run.say('abort');
    expect(run.context.keepsMade).toBe(true);
  });

  test('but the resources of a drill are not in use', () => {
    const run = recovered('drill');
    run.say('abort');
    expect(run.context.keepsMade).toBe(false);
  });

  test('and before the cutover they are not in use', () => {
    const run = new Run({ gates: [approvalGate('cutover', 1)] });
    run.preflight();
    run.ready();
    run.say('reject');
    expect([run.phase, run.context.keepsMade]).toEqual(['cleanup', false]);
  });
});

test('what was there before the run is in no sweep’s list: no sweep finds it, and it would count as lost', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  const [replica, volume] = [existing('dbInstance', 'orders-replica'), made('volume', 'vol-a')];
  // As the end of a recovery has it where a type was passed by.
  run.send({ type: 'TIDY', at: T0, keep: [replica as never, volume] });
  expect(run.context.pending['sweep']).toMatchObject({ keep: [volume] });
  run.answer('sweep', { found: [volume], removed: [] });
  run.answer('release', {});
  expect([run.phase, run.context.missing]).toEqual(['completed', []]);
});

test('a recovery point that another user deleted is no reason to recover once more', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  const keep = [made('volume', 'vol-a'), { ...made('snapshot', 'snap-a'), mayBeGone: true }] as const;
  run.send({ type: 'TIDY', at: T0, keep });
  run.answer('sweep', { found: [made('volume', 'vol-a')], removed: [] });
  run.answer('release', {});
  expect([run.phase, run.context.recoveredAt, run.context.regressions]).toEqual(['completed', T0, 0]);
});

test.each(['abort', 'reject'] as const)(
  '%s of a paused run does not leave it paused in its cleanup',
  (signal) => {
    const run = new Run({ gates: [approvalGate('restore', 1)] });
    run.preflight();
    run.say('pause');
    run.say(signal);
    expect(run.aggregate.snapshot.value).toMatchObject({ course: 'cleanup', hold: 'running' });
  },
);

test.each<[string, boolean, number]>([
  ['an adopted run cannot tell whose it is, and says so', true, 1],
  ['any other run knows that it was on before', false, 0],
])('fast snapshot restore that is on: %s', (_, isAdopted, told) => {
  const run = new Run({ isAdopted });
  const target = { snapshotId: 'snap-1', zone: 'us-east-1a' };
  const going = { ...fsrOf({ ...target, zone: 'us-east-1b' }), status: 'disabling' };
  run.answer('preflight', { findings: [], on: [{ ...fsrOf(target), status: 'enabled' }, going] });
  const leftover = { code: 'fsr-of-unknown-origin', data: target };
  expect(run.context.leftovers).toEqual([leftover].slice(0, told));
});
