import { leftoverText, reasonText } from '../../src/sentences/reasons.ts';
import type { Claim } from '../../src/workflow/base/effects.ts';
import type { Leftover, Reason } from '../../src/workflow/base/reasons.ts';
import { adviceText } from '../../src/advice.ts';

type Said<T extends { readonly code: string; readonly data: unknown }> = {
  readonly [C in T['code']]: readonly [Extract<T, { readonly code: C }>['data'], string];
};

const AWS = { awsCode: 'AccessDenied', awsMessage: 'no' };
const DENIED: Reason = { code: 'aws', data: AWS };
const finding = { subject: 'volume vol-a: iops', message: 'is 3000, not 6000' };
const halts = [{ resource: 'db', differences: [finding] }];
const holder: Claim = {
  ...{ runId: 'orders-1', runbook: 'orders', mode: 'restore', by: 'bob', host: 'desk' },
  ...{ at: 0, incidentAt: 0, damagedAt: 0 },
};
const other = 'the restore orders-1 of this runbook, started by bob on desk 10 min ago';

const REASONS: Said<Reason> = {
  'request-failed': [{ request: 'sweep', ...AWS }, 'sweep: AccessDenied: no'],
  claimed: [
    { holder, seconds: 600 },
    `${other} is in progress. If no process drives it any more, end it: lifeboat abort orders-1 --state dr; if its journal is lost, first lifeboat adopt orders-1 --state dr`,
  ],
  preempted: [{ holder, seconds: 600 }, `preempted by ${other}`],
  'backup-unusable': [{ finding }, 'volume vol-a: iops: is 3000, not 6000'],
  'not-recovered': [
    { mode: 'drill', failed: 0, total: 2, halts },
    'db differs from what was requested: volume vol-a: iops is 3000, not 6000',
  ],
  rejected: [{ by: 'ann' }, 'rejected by ann'],
  aborted: [{ by: 'ann', reason: 'the primary is back' }, 'aborted by ann: the primary is back'],
  silence: [{ seconds: 3_600, ...AWS }, 'AWS has not answered for 1 h 00 min (AccessDenied: no)'],
  'backfill-stuck': [{ message: 'The disk is full.' }, 'the backfill cannot go on: The disk is full.'],
  'row-altered': [{}, 'its row in the journal was altered, or not written by lifeboat'],
  'no-proof': [{}, 'it carries no proof of who gave it'],
  'proof-unreadable': [{}, 'its proof of who gave it is not readable'],
  'proof-expired': [{ at: 0 }, 'its proof of who gave it expired at 1970-01-01T00:00:00Z; approve again'],
  'proof-refused': [AWS, 'the identity service refuses the proof of who gave it (AccessDenied: no)'],
  'proof-not-verified': [
    AWS,
    'who gave it could not be verified (AccessDenied: no); approve again, or break the glass',
  ],
  'other-account': [{ account: '1', wanted: '2' }, 'it was signed in the account 1; the run is in 2'],
  aws: [AWS, 'AccessDenied: no'],
  'dependency-failed': [{ resource: 'db' }, "its dependency 'db' failed"],
  'quota-used-up': [{}, 'its quota is used up, and no operation in progress releases any of it'],
  'fsr-not-enabled': [{}, 'fast snapshot restore was not enabled in time'],
  'fsr-switched-off': [{}, 'another user of the account switched fast snapshot restore off'],
  'fsr-contested': [{}, 'another user of the account keeps switching fast snapshot restore off'],
  'fsr-without-credit': [
    { id: 'vol-1' },
    'volume vol-1 was created without fast snapshot restore: no credit was left',
  ],
  'went-to': [{ id: 'snap-1', status: 'error', detail: 'lost' }, 'snap-1 went to error: lost'],
  'deleted-elsewhere': [{ id: 'vol-1' }, 'vol-1 was deleted, and not by this run'],
  vanished: [{ id: 'vol-1' }, 'vol-1 no longer exists'],
  stalled: [{ id: 'vol-1', percent: 40 }, 'hydration of vol-1 stalled at 40 %'],
  'not-available': [{ id: 'vol-1', minutes: 15 }, 'vol-1 was not available after 15 min'],
  'step-too-late': [{ step: 'promote', minutes: 15 }, 'promote was not completed after 15 min'],
  'not-in-drill': [{ step: 'promote' }, "a drill does not carry out the step 'promote'"],
  'point-too-late': [{}, 'it was not complete after a day'],
  'cleaned-up': [{}, 'a cleanup removes it'],
  'given-up': [{}, 'given up'],
  stated: [{ message: 'as it was' }, 'as it was'],
};

const LEFTOVERS: Said<Leftover> = {
  'not-removed': [{ id: 'vol-1', reason: DENIED }, 'vol-1: AccessDenied: no'],
  replaced: [
    { id: 'vol-1', reason: DENIED },
    'vol-1: replaced (AccessDenied: no), left because it may be in use',
  ],
  'existing-kept': [{ id: 'db-2' }, 'db-2 existed before the run, which has changed it: it is kept'],
  'step-not-done': [
    { id: 'db', step: 'attach', reason: DENIED },
    "the step 'attach' of db was not carried out: AccessDenied: no",
  ],
  untracked: [{ id: 'vol-9' }, 'vol-9'],
  'not-swept': [{ reason: DENIED }, 'not swept: AccessDenied: no'],
  'fsr-on': [
    { snapshotId: 'snap-1', zone: 'us-east-1a', reason: DENIED },
    'fast snapshot restore of snap-1 in us-east-1a: AccessDenied: no',
  ],
  'fsr-of-unknown-origin': [
    { snapshotId: 'snap-1', zone: 'us-east-1a' },
    'fast snapshot restore of snap-1 in us-east-1a was on when the run was adopted: switch it off by hand unless others use it',
  ],
  'settings-not-given': [{ id: 'db-1', reason: DENIED }, 'settings of db-1 not restored: AccessDenied: no'],
  'setting-by-hand': [{ finding }, 'to be set by hand: volume vol-a: iops: is 3000, not 6000'],
  'no-recovery-point': [
    { id: 'vol-1', reason: { code: 'vanished', data: { id: 'snap-1' } } },
    'no fresh recovery point of vol-1: snap-1 no longer exists',
  ],
  claim: [
    { runbook: 'orders', reason: DENIED },
    "the claim of the run, which keeps other runs from recovering 'orders' (parameter /lifeboat/orders/run, or tag lifeboat:claim): remove it by hand: AccessDenied: no",
  ],
  stated: [{ message: 'as it was' }, 'as it was'],
};

test.each(Object.entries(REASONS))('the reason %s', (code, [data, sentence]) => {
  expect(reasonText({ code, data } as Reason, (advice) => adviceText(advice, ['--state', 'dr']))).toBe(
    sentence,
  );
});

test.each(Object.entries(LEFTOVERS))('the leftover %s', (code, [data, sentence]) => {
  expect(leftoverText({ code, data } as Leftover)).toBe(sentence);
});
