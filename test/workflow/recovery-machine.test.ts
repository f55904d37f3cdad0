import { mayEnter } from '../../src/workflow/recovery/obstacles.ts';
import { isPaused } from '../../src/workflow/recovery/phase.ts';
import { made } from '../things.ts';
import { Run, said } from './recovery-run.ts';
import { approvalGate, T0 } from './support.ts';

test('passes every phase in order and completes', () => {
  const run = new Run();
  const seen = [run.phase];
  const note = (): number => seen.push(run.phase);
  run.preflight();
  note();
  run.fleet({ restored: 2 });
  note();
  run.fleet({ restored: 2, warmed: 2 });
  note();
  run.ready();
  note();
  run.sweepClean();
  note();
  expect(seen).toEqual(['preflight', 'restore', 'warmup', 'verify', 'cleanup', 'completed']);
  expect(Object.keys(run.context.enteredAt)).toEqual([
    'preflight',
    'approval',
    'restore',
    'warmup',
    'verify',
    'cutover',
    'backfill',
    'cleanup',
  ]);
});

test('is not over before the fleet was seen alive', () => {
  const run = new Run();
  run.preflight();
  run.fleet({ restored: 2, warmed: 2, ready: 2 });
  expect(run.phase).toBe('verify');
  run.fleet({ restored: 1, warmed: 1, ready: 1, queued: 1 });
  run.send({ type: 'CONFIRMED', at: T0 });
  expect(run.phase).toBe('verify');
});

test('a finding of preflight fails the run before anything was made', () => {
  const run = new Run();
  run.preflight([{ subject: 'snapshot snap-1', message: 'is archived' }]);
  expect(run.phase).toBe('failed');
  expect(run.context.problem).toMatchObject({ data: { finding: { message: 'is archived' } } });
});

test('two approvals need two people', () => {
  const run = new Run({ gates: [approvalGate('restore', 2)] });
  run.preflight();
  expect(run.phase).toBe('approval');
  run.say('approve', 'ann');
  run.say('approve', 'ann');
  expect(run.phase).toBe('approval');
  run.say('approve', 'bob');
  expect(run.phase).toBe('restore');
  expect(run.context.approvals.map(({ by, gate }) => `${by} ${gate}`)).toEqual([
    'ann restore',
    'bob restore',
  ]);
});

test('an approval that names its gate may come before the gate is reached; a plain one counts only for what is asked', () => {
  const run = new Run({ gates: [approvalGate('cutover', 1)] });
  expect(run.say('approve')).toBe(false);
  run.send({ type: 'approve', at: run.at, by: 'ann', meant: 'cutover' });
  run.preflight();
  run.ready();
  expect(run.phase).toBe('cleanup');
});

test('a closed gate holds the phase it stands before', () => {
  const run = new Run({ gates: [approvalGate('cutover', 1)] });
  run.preflight();
  run.ready();
  expect(run.phase).toBe('cutover');
  expect(run.context.recoveredAt).toBeUndefined();
  run.at += 1_000;
  run.say('approve');
  expect(run.phase).toBe('cleanup');
  expect(run.context.recoveredAt).toBe(T0 + 1_000);
});

test('reject ends as aborted, and only while a gate is closed', () => {
  const run = new Run({ gates: [approvalGate('restore', 1)] });
  run.preflight();
  run.say('reject');
  expect(run.phase).toBe('cleanup');
  run.sweepClean();
  expect(run.phase).toBe('aborted');
  const open = new Run();
  expect(open.say('reject')).toBe(false);
});

test.each(['preflight', 'restore', 'warmup', 'verify', 'halted'])(
  'abort during %s cleans up and ends as aborted',
  (phase) => {
    const run = new Run();
    if (phase !== 'preflight') run.preflight();
    if (phase === 'warmup') run.fleet({ restored: 2 });
    if (phase === 'verify') run.fleet({ restored: 2, warmed: 2 });
    if (phase === 'halted') run.fleet({ failed: 2 });
    expect(run.phase).toBe(phase);
    run.say('abort');
    expect(run.phase).toBe('cleanup');
    run.sweepClean();
    expect(run.phase).toBe('aborted');
  },
);

test.each(['preflight', 'restore', 'warmup', 'verify'])('pause and resume during %s', (phase) => {
  const run = new Run();
  if (phase !== 'preflight') run.preflight();
  if (phase === 'warmup') run.fleet({ restored: 2 });
  if (phase === 'verify') run.fleet({ restored: 2, warmed: 2 });
  run.say('pause');
  expect([run.phase, isPaused(run.aggregate.snapshot.value)]).toEqual([phase, true]);
  run.say('resume');
  expect([run.phase, isPaused(run.aggregate.snapshot.value)]).toEqual([phase, false]);
});

test('a restore with failed resources halts once all others have settled; resume tries them again', () => {
  const run = new Run();
  run.preflight();
  run.fleet({ restored: 1, failed: 1 });
  expect(run.phase).not.toBe('halted');
  run.fleet({ restored: 1, warmed: 1, ready: 1, failed: 1 });
  expect(run.phase).toBe('halted');
  run.say('resume');
  expect([run.phase, run.context.round]).toEqual(['restore', 1]);
  run.ready();
  run.sweepClean();
  expect(run.phase).toBe('completed');
});

test('a drill with failed resources cleans up and fails', () => {
  const run = new Run({ mode: 'drill' });
  run.preflight();
  run.fleet({ restored: 1, warmed: 1, ready: 1, failed: 1 });
  expect(run.phase).toBe('cleanup');
  run.sweepClean();
  expect(run.phase).toBe('failed');
});

test('sweeps after the settle window until no untracked resource is found, and reports what it removed', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  run.send({ type: 'TIDY', at: T0, keep: [made('volume', 'vol-keep')] });
  expect(run.context.pending['sweep']?.notBefore).toBe(T0 + 60_000);
  run.at += 60_000;
  run.answer('sweep', {
    found: [made('volume', 'vol-keep'), made('volume', 'vol-twin')],
    removed: [made('volume', 'vol-twin')],
  });
  expect(run.phase).toBe('cleanup');
  expect(run.context.pending['sweep']?.notBefore).toBe(T0 + 120_000);
  run.answer('sweep', { found: [made('volume', 'vol-keep')], removed: [] });
  // The mark in the account goes last.
  expect(run.phase).toBe('cleanup');
  run.answer('release', {});
  expect(run.phase).toBe('completed');
  expect(run.context.removedIds).toEqual(['vol-twin']);
  expect(run.entries).toContainEqual(said('fault.untracked', { ids: ['vol-twin'] }));
});

test('a preflight that cannot be answered fails after its attempts', () => {
  const run = new Run();
  for (let attempt = 0; attempt < 60 && run.phase === 'preflight'; attempt += 1) {
    const effect = run.context.pending['preflight'];
    if (effect === undefined) break;
    const failure = { class: 'unreachable', code: 'ECONNREFUSED', message: 'no' } as const;
    run.send({
      type: 'ANSWERED',
      at: T0,
      answer: { effectId: effect.id, type: 'preflight', ok: false, failure },
    });
  }
  expect(run.phase).toBe('failed');
  expect(run.context.problem).toMatchObject({
    code: 'request-failed',
    data: { request: 'preflight', awsCode: 'ECONNREFUSED' },
  });
});

test('what was recovered and then vanished is recovered again before the run is over', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  run.send({ type: 'TIDY', at: T0, keep: [made('volume', 'vol-a')] });
  run.answer('sweep', { found: [], removed: [] });
  expect(run.phase).toBe('cleanup');
  run.answer('sweep', { found: [], removed: [] });
  expect(run.phase).toBe('verify');
  expect(run.context.recoveredAt).toBeUndefined();
  run.fleet({ restored: 1, warmed: 1, ready: 1, queued: 1 });
  run.ready();
  expect(run.phase).toBe('cleanup');
  run.fleet({ restored: 1, warmed: 1, ready: 1, queued: 1 });
  expect(run.phase).toBe('restore');
});

test('an abort waits for no approval, whatever gates there are', () => {
  const gates = (['restore', 'cutover', 'cleanup'] as const).map((before) => approvalGate(before, 1));
  const run = new Run({ gates });
  run.preflight();
  run.say('reject');
  expect(mayEnter(run.context, 'cleanup', run.at)).toBe(true);
  expect(run.say('approve')).toBe(false);
  run.sweepClean();
  expect(run.phase).toBe('aborted');
});

test.each(['pause', 'resume', 'abort', 'approve', 'reject'] as const)(
  '%s changes nothing once it is over',
  (signal) => {
    const run = new Run({ gates: [approvalGate('restore', 1)] });
    run.preflight();
    run.say('abort');
    run.sweepClean();
    expect(run.phase).toBe('aborted');
    expect(run.say(signal)).toBe(false);
  },
);

test('a cleanup cannot be aborted, not even while it is paused', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  run.say('pause');
  expect(run.say('abort')).toBe(false);
  expect([run.phase, isPaused(run.aggregate.snapshot.value)]).toEqual(['cleanup', true]);
  run.say('resume');
  run.sweepClean();
  expect(run.phase).toBe('completed');
});

test('a resource that lost its tag is searched for a few times, then reported', () => {
  const run = new Run();
  run.preflight();
  run.ready();
  let sweeps = 0;
  const asked = new Set<string>();
  for (; run.phase === 'cleanup' && sweeps < 100; sweeps += 1) {
    run.send({ type: 'TIDY', at: T0, keep: [made('volume', 'vol-a')] });
    asked.add(run.context.pending['sweep']?.id ?? '');
    run.answer('sweep', { found: [], removed: [] });
    run.send({ type: 'CONFIRMED', at: T0 });
    if ('release' in run.context.pending) run.answer('release', {});
  }
  expect(run.phase).toBe('completed');
  expect(run.context.missing).toEqual(['vol-a']);
  // Each sweep has an identity of its own: a late answer to one before the recovery went back must not end it.
  expect(asked.size).toBe(sweeps);
});

test.each(['unreachable', 'credentials'] as const)(
  'a preflight that meets %s fails within minutes',
  (name) => {
    const run = new Run();
    const began = run.at;
    while (run.phase === 'preflight') {
      const effect = run.context.pending['preflight'];
      if (effect === undefined) break;
      run.at = Math.max(run.at, effect.notBefore ?? 0);
      const failure = { class: name, code: 'SomeError', message: 'no' };
      run.send({
        type: 'ANSWERED',
        at: run.at,
        answer: { effectId: effect.id, type: 'preflight', ok: false, failure },
      });
    }
    expect(run.phase).toBe('failed');
    expect(run.at - began).toBeLessThan(10 * 60_000);
    expect(run.entries).toContainEqual(
      said(
        'fault.retry',
        expect.objectContaining({ request: 'preflight', awsCode: 'SomeError', attempt: 2 }),
      ),
    );
  },
);

test('says when AWS has not answered for a while, and when it does again', () => {
  const run = new Run();
  const failure = { class: 'unreachable', code: 'ECONNREFUSED', message: 'no' } as const;
  run.send({ type: 'CONTACT', at: T0 + 300_000, lost: { since: T0, failure } });
  run.send({ type: 'CONTACT', at: T0 + 900_000 });
  expect(run.entries.slice(-2)).toEqual([
    said('fault.silence', { seconds: 300, awsCode: 'ECONNREFUSED', awsMessage: 'no' }),
    said('fault.contact', { seconds: 900 }),
  ]);
  expect(run.context.outOfContact).toBeUndefined();
});
