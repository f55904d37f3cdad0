import { sentenceOf } from '../../src/sentences/timeline.ts';
import type { Claim } from '../../src/workflow/base/effects.ts';
import {
  entryAt,
  legacyEntry,
  TIMELINE,
  type EventOf,
  type TimelineCode,
  type TimelineEvent,
} from '../../src/workflow/timeline/timeline.ts';
import type { Reason } from '../../src/workflow/base/reasons.ts';

const BY = { by: 'ann' };
const AWS = { awsCode: 'RequestTimeout', awsMessage: 'no answer' };
const differences = [{ subject: 'volume vol-a: iops', message: 'is 3000, not 6000' }];
const rto = { state: 'on-track', objectiveSeconds: 3_600, elapsedSeconds: 60, forecastSeconds: 600 } as const;
const DENIED: Reason = { code: 'aws', data: { awsCode: 'AccessDenied', awsMessage: 'no' } };
const drill: Claim = {
  ...{ runId: 'orders-1', runbook: 'orders', mode: 'drill', by: 'bob', host: 'desk' },
  ...{ at: 0, incidentAt: 0, damagedAt: 0 },
};

type Said = { readonly [C in TimelineCode]: readonly (readonly [EventOf<C>['data'], string])[] };

/** What each code says, of the resource `db` where it is about one. */
const SAID: Said = {
  'phase.begun': [
    [{ phase: 'restore' }, 'restore'],
    [{ phase: 'approval' }, 'approval: no approval is required'],
    [{ phase: 'warmup', arrived: 1, total: 4 }, 'warmup: 1 of 4 resources restored so far'],
    [{ phase: 'verify', arrived: 1, total: 4 }, 'verify: 1 of 4 resources warmed up so far'],
  ],
  'phase.waiting': [
    [
      {
        phase: 'approval',
        waits: [
          { kind: 'approvals', phase: 'restore', given: 0, of: 2 },
          { kind: 'manual', phase: 'restore', gate: 'm', instructions: 'call the bank' },
          { kind: 'window', phase: 'restore', gate: 'g', window: 'Sat 06:00-07:00 UTC', opensAt: 0 },
          { kind: 'freeze', phase: 'restore', gate: 'g', file: '/freeze' },
          { kind: 'freeze', phase: 'restore', gate: 'g', file: '/held', errno: 'EACCES' },
        ],
      },
      'approval: 0 of 2 approvals given before restore; manual step before restore: call the bank; ' +
        'change window before restore (Sat 06:00-07:00 UTC) opens 1970-01-01T00:00:00Z; ' +
        'freeze before restore: /freeze exists; freeze before restore: /held cannot be read (EACCES)',
    ],
  ],
  'phase.securing': [
    [{ sources: 1 }, 'securing: taking snapshots of 1 damaged source first'],
    [{ sources: 2 }, 'securing: taking snapshots of 2 damaged sources first'],
  ],
  'phase.backfilled': [
    [
      { failed: 6, succeeded: 6, clientRecovered: 0, lost: 0, pending: 0, balanced: true },
      'backfill: 6 of 6 missed requests replayed; the counts balance',
    ],
    [
      { failed: 9, succeeded: 2, clientRecovered: 3, lost: 1, pending: 3, balanced: false },
      'backfill: 2 of 9 missed requests replayed, 3 recovered by their clients, 1 lost, 3 not sent; the counts DO NOT BALANCE',
    ],
  ],
  'phase.halted': [
    [{}, 'halted: an operator must decide'],
    [
      {
        problem: {
          code: 'not-recovered',
          data: { mode: 'restore', failed: 1, total: 3, halts: [{ resource: 'db', differences }] },
        },
      },
      'halted: 1 of 3 resources could not be recovered; db is kept and waits for a decision: volume vol-a: iops is 3000, not 6000',
    ],
  ],
  'phase.completed': [[{}, 'completed']],
  'phase.failed': [
    [
      { problem: { code: 'request-failed', data: { request: 'preflight', ...AWS } } },
      'failed: preflight: RequestTimeout: no answer',
    ],
  ],
  'phase.aborted': [
    [
      { problem: { code: 'aborted', data: { by: 'ann', reason: 'the primary is back' } } },
      'aborted: aborted by ann: the primary is back',
    ],
  ],
  'resource.accelerating': [
    [
      { snapshotId: 'snap-1', zone: 'us-east-1a' },
      'db: waiting for fast snapshot restore of snap-1 in us-east-1a',
    ],
  ],
  'resource.restoring': [
    [{ strategy: 'lazy', recoveryPoint: 'snap-1' }, 'db: restoring by lazy from snap-1'],
  ],
  'resource.warming': [[{ ids: ['vol-1', 'vol-2'] }, 'db: available as vol-1, vol-2; hydrating']],
  'resource.verifying': [[{}, 'db: verifying its configuration']],
  'resource.ready': [[{ seconds: 540 }, 'db: ready after 9 min']],
  'resource.protecting': [[{}, 'db: taking a fresh recovery point of the recovered resource']],
  'resource.protected': [
    [{ points: ['snap-2'], missing: 0 }, 'db: protected by snap-2'],
    [
      { points: ['snap-2'], missing: 1, problem: DENIED },
      'db: protected by snap-2; 1 without a recovery point: AccessDenied: no',
    ],
    [{ points: [], missing: 1, problem: DENIED }, 'db: no fresh recovery point: AccessDenied: no'],
  ],
  'resource.fallback': [
    [{ strategy: 'fsr', reason: DENIED, next: 'lazy' }, 'db: gave up fsr (AccessDenied: no); next: lazy'],
  ],
  'resource.failed': [
    [{ notTried: [] }, 'db: failed: no strategy is left'],
    [
      { reason: DENIED, notTried: ['lazy'] },
      'db: failed: AccessDenied: no; not tried, because they would send the same request: lazy',
    ],
  ],
  'resource.removed': [
    [
      { ids: ['vol-1'], leftovers: [{ code: 'not-removed', data: { id: 'vol-2', reason: DENIED } }] },
      'db: removed vol-1; left behind: vol-2: AccessDenied: no',
    ],
  ],
  'resource.kept': [[{}, 'db: stopped; created resources are kept']],
  'resource.evidence': [[{ of: 'vol-0', snapshotId: 'snap-9' }, 'db: the damaged vol-0 is kept as snap-9']],
  'approval.approved': [
    [{ ...BY, gate: 'restore', reason: 'go' }, 'approved by ann (before restore): go'],
    [
      { ...BY, gate: 'cutover', step: 'cutover/manual/dns', identity: 'break-glass' },
      'approved by ann (before cutover/manual/dns) (break-glass: the identity could not be checked)',
    ],
    [
      { ...BY, gate: 'cutover', step: 'difference/events/vol-1/2' },
      'approved by ann (accepted events/vol-1 as it is)',
    ],
    [{ ...BY, gate: 'cutover', step: 'clock/1' }, 'approved by ann (counted the jump 1 of the clock)'],
  ],
  'approval.rejected': [
    [BY, 'rejected by ann'],
    [{ ...BY, keeps: true }, 'rejected by ann; created resources are kept, because they may be in use'],
  ],
  'approval.halted': [
    [
      { differences },
      'db: halted: volume vol-a: iops is 3000, not 6000; created resources are kept until an operator decides',
    ],
  ],
  'approval.accepted': [
    [{ ...BY, differences }, 'db: accepted by ann: volume vol-a: iops is 3000, not 6000'],
  ],
  'approval.waived': [
    [
      { gate: 'restore/cost', what: 'the cost', why: 'an incident was declared' },
      'waived: the cost (an incident was declared)',
    ],
  ],
  'approval.frozen': [[{ files: [{ file: '/freeze' }] }, 'frozen: /freeze exists']],
  'approval.unfrozen': [[{}, 'the freeze has ended']],
  'signal.paused': [
    [{ ...BY, reason: 'lunch' }, 'paused by ann: lunch'],
    [
      { by: 'lifeboat', because: { code: 'silence', data: { seconds: 3_600, ...AWS } } },
      'paused by lifeboat: AWS has not answered for 1 h 00 min (RequestTimeout: no answer)',
    ],
  ],
  'signal.resumed': [[BY, 'resumed by ann']],
  'signal.cleanup': [[BY, 'cleanup requested by ann']],
  'signal.aborted': [
    [BY, 'aborted by ann'],
    [{ ...BY, keeps: 'requested' }, 'aborted by ann; created resources are kept'],
    [{ ...BY, keeps: 'in-use' }, 'aborted by ann; created resources are kept, because they may be in use'],
  ],
  'objective.rto': [
    [rto, 'RTO on track: forecast 10 min, objective 1 h 00 min'],
    [
      { ...rto, state: 'at-risk', cause: { resource: 'db', step: 'warming' } },
      'RTO at risk: forecast 10 min, but the p90 exceeds 1 h 00 min; decided by db (warming)',
    ],
    [
      { ...rto, state: 'at-risk', forecastSeconds: 7_200 },
      'RTO will be missed: forecast 2 h 00 min, objective 1 h 00 min',
    ],
    [
      { ...rto, state: 'at-risk', forecastSeconds: null, cause: { resource: 'db', step: 'failed' } },
      'RTO at risk: no forecast, because db has failed; objective 1 h 00 min',
    ],
    [
      { ...rto, state: 'breached', forecastSeconds: null, cause: { resource: 'db', step: 'halted' } },
      'RTO will be missed: db waits for a decision, and a drill does not retry; objective 1 h 00 min',
    ],
    [
      { ...rto, state: 'breached', elapsedSeconds: 3_601, forecastSeconds: 7_200 },
      'RTO breached: 1 h 00 min have passed; forecast 2 h 00 min',
    ],
  ],
  'objective.rpo': [
    [rto, 'RPO on track: at most 1 min lost, objective 1 h 00 min'],
    [
      { ...rto, state: 'at-risk', cause: { resource: 'db', step: 'failed' } },
      'RPO at risk: db has failed, and its data is not back',
    ],
    [
      { ...rto, state: 'breached', elapsedSeconds: 7_200, oldest: 'db' },
      'RPO missed: the recovery points lose 2 h 00 min, objective 1 h 00 min; decided by db',
    ],
  ],
  'run.precedence': [
    [
      { drill, seconds: 600 },
      'takes precedence over the drill orders-1 of this runbook, started by bob on desk 10 min ago',
    ],
  ],
  'run.kept': [[{ ids: ['vol-8', 'vol-9'] }, 'kept untracked resources: vol-8, vol-9']],
  'run.paused': [[{}, 'no request is sent until the run is resumed']],
  'run.resumed': [[{}, 'the run goes on']],
  'run.restarted': [[{ place: 'after-send' }, 'simulated crash after-send; going on from the journal']],
  'run.cleaned-up': [
    [{ ids: [], leftovers: [] }, 'cleanup: nothing was left'],
    [{ ids: ['vol-1'], leftovers: [] }, 'cleanup: removed vol-1'],
    [
      { ids: ['vol-1'], leftovers: [{ code: 'untracked', data: { id: 'vol-2' } }] },
      'cleanup: removed vol-1; left behind: vol-2',
    ],
  ],
  'fault.retry': [
    [
      { request: 'createVolume', class: 'transient', ...AWS, attempt: 2 },
      'createVolume: RequestTimeout, retrying (attempt 2)',
    ],
    [
      { request: 'createVolume', class: 'quota', ...AWS, attempt: 3 },
      'createVolume: RequestTimeout (other users of the account use the quota, too), retrying (attempt 3)',
    ],
  ],
  'fault.vanished': [[{ id: 'vol-1' }, 'db: vol-1 no longer exists']],
  'fault.remade': [
    [{ isLeft: false }, 'db: discarding a copy that cannot be used, and making it again'],
    [{ isLeft: true }, 'db: leaving a copy that cannot be used, and making it again'],
  ],
  'fault.no-evidence': [
    [
      { of: 'vol-0', problem: DENIED },
      'db: no snapshot of the damaged vol-0 could be taken: AccessDenied: no',
    ],
  ],
  'fault.unclaimed': [
    [
      { why: 'denied' },
      'the account could not be marked: two recoveries of this runbook are not kept apart (denied)',
    ],
  ],
  'fault.signal': [
    [
      { signal: 'approve', ...BY, why: { code: 'no-proof', data: {} } },
      'not counted: approve by ann: it carries no proof of who gave it',
    ],
  ],
  'fault.clock-jump': [
    [
      { runId: 'orders-1', number: 1, seconds: 7_200, isAway: false, isCounted: false },
      "the machine's clock jumped forward by 2 h 00 min while the run was driven; the time is not counted, and the run's time " +
        'goes on from before it; if that time has really passed: lifeboat approve orders-1 --step clock/1',
    ],
    [
      { runId: 'orders-1', number: 1, seconds: 7_200, isAway: true, isCounted: true },
      "by the machine's clock, no process has driven the run for 2 h 00 min; an operator confirmed it, and the time counts",
    ],
  ],
  'fault.clock-agrees': [[{}, "the machine's clock agrees with the run's time again"]],
  'fault.silence': [
    [
      { seconds: 300, ...AWS },
      'AWS has not answered for 5 min (RequestTimeout: no answer); nothing is judged or discarded until it does',
    ],
  ],
  'fault.contact': [[{ seconds: 900 }, 'AWS answers again after 15 min']],
  'fault.missing': [[{ ids: ['vol-1'] }, 'not found by the last sweep: vol-1']],
  'fault.untracked': [[{ ids: ['vol-9'] }, 'removed untracked resources: vol-9']],
};

test.each(Object.entries(SAID))('%s', (code, examples) => {
  const isOfResource = TIMELINE[code as TimelineCode].subject === 'resource';
  for (const [data, sentence] of examples) {
    const entry = entryAt(0, isOfResource ? 'db' : 'run', { code, data } as TimelineEvent);
    expect(sentenceOf(entry)).toBe(sentence);
    // It says the same once a journal has kept it.
    expect(sentenceOf(JSON.parse(JSON.stringify(entry)) as typeof entry)).toBe(sentence);
  }
});

test('an old entry says what it said, one of a later version its code and data', () => {
  expect(sentenceOf(legacyEntry(0, 'phase', 'approval: nothing to ask'))).toBe('approval: nothing to ask');
  expect(sentenceOf({ subject: 'run', code: 'phase.folded', data: { by: 2 } })).toBe('phase.folded {"by":2}');
  expect(sentenceOf({ subject: 'run', code: 'constructor', data: {} })).toBe('constructor {}');
});
