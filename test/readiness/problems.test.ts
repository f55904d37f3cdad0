import { advised } from '../advised.ts';
import { driftProblems, gapProblems, sourceProblems } from '../../src/readiness/drift-problems.ts';
import { keyProblems } from '../../src/readiness/key-problems.ts';
import {
  permissionProblems,
  unprovenActions,
  wantedActions,
} from '../../src/readiness/permission-problems.ts';
import { quotaProblems } from '../../src/readiness/quota-problems.ts';
import { freshnessProblems } from '../../src/readiness/recovery-point-problems.ts';
import { identityProblems } from '../../src/readiness/identity-problems.ts';
import { driftOf } from '../../src/inventory/drift.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import type { Problem } from '../../src/plan/types.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import {
  DB,
  dbInput,
  EVENTS,
  fleet,
  INCIDENT,
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  runbookOf,
  volumeWithSnapshot,
} from '../plan/builders.ts';

/** Everything that a check has at hand. */
function look(runbook: Runbook, inventory: Inventory) {
  const united = unite(inventory, undefined);
  const membership = selectMembers(runbook, united);
  const input = { runbook, inventory, members: membership.members, missing: [], mode: 'restore' as const };
  const times = { incidentAt: INCIDENT, damagedAt: INCIDENT, now: INCIDENT };
  return { runbook, united, membership, plan: planRecovery({ ...input, ...times, notExercised: [] }) };
}

const told = (problems: readonly Problem[]) =>
  problems.map(({ severity, code, resource }) =>
    [severity, code, resource].filter((part) => part !== undefined).join(' '),
  );

describe('freshness', () => {
  const fresh = (inventory: Inventory, runbook = runbookOf([EVENTS]), rpoSeconds = 7_200) => {
    const { members } = look(runbook, inventory).membership;
    return freshnessProblems({ inventory, members, rpoSeconds, now: INCIDENT });
  };
  const takenAt = (time: string) => {
    const { volume, snapshot } = volumeWithSnapshot('vol-1');
    return inventoryOf({ volumes: [volume], snapshots: [{ ...snapshot, startedAt: `2026-11-20T${time}Z` }] });
  };

  test.each([
    ['02:00:00', 'info RECOVERY_POINTS_FRESH'],
    ['01:24:00', 'info RECOVERY_POINTS_FRESH'],
    ['01:23:59', 'warning RECOVERY_POINT_AGING events/vol-1'],
    ['01:00:00', 'warning RECOVERY_POINT_AGING events/vol-1'],
    ['00:59:59', 'error RECOVERY_POINT_TOO_OLD events/vol-1'],
  ])('a snapshot of %s at 03:00, with an RPO of 2 h: %s', (time, expected) => {
    expect(told(fresh(takenAt(time)))).toEqual([expected]);
  });

  test('the policy does not matter: what is too old even for the latest is an error', () => {
    const runbook = runbookOf([EVENTS], { recoveryPoint: { policy: 'at', at: '2026-11-19T00:00:00Z' } });
    expect(told(fresh(takenAt('02:00:00'), runbook))).toEqual(['info RECOVERY_POINTS_FRESH']);
  });

  test('a database is as fresh as the strategies that the runbook allows', () => {
    const inventory = inventoryOf(dbInput());
    expect(told(fresh(inventory, runbookOf([DB]), 3_600))).toEqual(['info RECOVERY_POINTS_FRESH']);
    const slow = runbookOf([{ ...DB, strategies: ['restore-snapshot'] }]);
    expect(told(fresh(inventory, slow, 3_600))).toEqual(['error RECOVERY_POINT_TOO_OLD db']);
  });

  test('a cluster has a restorable window and snapshots too', () => {
    const runbook = runbookOf([{ id: 'search', type: 'aurora-cluster', source: 'search' }]);
    const cluster = { id: 'search', engine: 'aurora-mysql', engineVersion: '8' };
    const copy = {
      id: 'cs',
      dbClusterId: 'search',
      at: '2026-11-19T00:00:00Z',
      engine: 'aurora-mysql',
      engineVersion: '8',
    };
    const window = { latestRestorableTime: '2026-11-20T02:59:00Z' };
    const only = (lists: object) => told(fresh(inventoryOf(lists), runbook));
    expect(only({ dbClusters: [{ ...cluster, ...window }], dbClusterSnapshots: [copy] })).toEqual([
      'info RECOVERY_POINTS_FRESH',
    ]);
    expect(only({ dbClusters: [cluster], dbClusterSnapshots: [copy] })).toEqual([
      'error RECOVERY_POINT_TOO_OLD search',
    ]);
    expect(only({ dbClusters: [cluster] })).toEqual([]);
  });

  test('many of one resource are one finding, with the oldest first', () => {
    const old = fleet(30, {}, { startedAt: '2026-11-19T00:00:00Z' });
    const [problem, ...others] = fresh(old);
    expect(others).toEqual([]);
    expect(problem?.message).toMatch(/^events\/vol-000 .* 27 h 00 min old now.*vol-001.* and 24 more/);
  });
});

describe('keys', () => {
  const lists = (kmsKeys: readonly object[], more: object = {}) => {
    const { volume, snapshot } = volumeWithSnapshot('vol-1', 100, {
      encrypted: true,
      kmsKeyId: 'arn:aws:kms:x:1:key/key-1',
    });
    return inventoryOf({ volumes: [volume], snapshots: [snapshot], kmsKeys: kmsKeys as never, ...more });
  };
  const check = (inventory: Inventory, runbook = runbookOf([EVENTS])) =>
    told(keyProblems(inventory, look(runbook, inventory).membership.members));
  const gap = { operation: 'DescribeKey', reason: 'denied', message: 'no', means: 'unknown' } as const;

  test.each([
    ['Enabled', []],
    ['Disabled', ['error KMS_KEY_UNUSABLE']],
    ['PendingDeletion', ['error KMS_KEY_UNUSABLE']],
    ['Unavailable', ['error KMS_KEY_UNUSABLE']],
    ['Updating', ['warning KMS_KEY_UNUSABLE']],
  ])('a key that is %s', (state, expected) => {
    expect(check(lists([{ id: 'key-1', state }]))).toEqual(expected);
  });

  test('a key whose state could not be read is a warning; without any keys and any gap nothing is said', () => {
    expect(check(lists([], { gaps: [gap] }))).toEqual(['warning KMS_KEY_UNKNOWN']);
    expect(check(lists([{ id: 'key-2', state: 'Enabled' }]))).toEqual(['warning KMS_KEY_UNKNOWN']);
    expect(check(lists([]))).toEqual([]);
  });

  test('only the newest copy counts, and evidence is no copy', () => {
    const { volume, snapshot } = volumeWithSnapshot('vol-1');
    const encrypted = { ...snapshot, encrypted: true, kmsKeyId: 'key-1' };
    const kmsKeys = [{ id: 'key-1', state: 'Disabled' as const }];
    const older = { ...encrypted, id: 'snap-0', startedAt: '2026-11-20T01:00:00Z' };
    const evidence = {
      ...encrypted,
      id: 'snap-9',
      startedAt: '2026-11-20T02:30:00Z',
      tags: { 'lifeboat:forensics': 'r' },
    };
    expect(
      check(inventoryOf({ volumes: [volume], snapshots: [snapshot, older, evidence], kmsKeys })),
    ).toEqual([]);
    expect(check(inventoryOf({ volumes: [volume], snapshots: [encrypted], kmsKeys }))).toHaveLength(1);
  });

  test('the restorable window of a database needs its key', () => {
    const inventory = inventoryOf({
      dbInstances: [{ ...ORDERS_PROD, encrypted: true, kmsKeyId: 'key-1' }],
      kmsKeys: [{ id: 'key-1', state: 'PendingDeletion' }],
    });
    expect(check(inventory, runbookOf([DB]))).toEqual(['error KMS_KEY_UNUSABLE']);
  });
});

describe('quotas', () => {
  const check = (inventory: Inventory, runbook: Runbook) => {
    const { plan, membership } = look(runbook, inventory);
    return quotaProblems(plan, inventory, membership.members);
  };

  test('enough of them is one line', () => {
    const problems = check(fleet(2, { fsrSnapshots: 5, provisionedInitMiBps: 5_000 }), runbookOf([EVENTS]));
    expect(told(problems)).toEqual(['info QUOTA_HEADROOM']);
    expect(problems[0]?.message).toContain('provisionedInitMiBps: 0 of 5,000 in use, 5,000 left');
  });

  test('slots that others hold are named as such', () => {
    const inventory = fleet(2, { fsrSnapshots: 5 });
    const { snapshot } = volumeWithSnapshot('vol-other');
    const fsr = [{ zone: 'us-east-1a', state: 'enabled' as const }];
    const [problem] = check(
      inventoryOf({
        ...({ volumes: inventory.volumes, quotas: inventory.quotas } as object),
        snapshots: [
          ...inventory.snapshots.map((one) => ({ ...one, startedAt: new Date(one.startedAt).toISOString() })),
          { ...snapshot, fsr },
        ],
      }),
      runbookOf([EVENTS]),
    );
    expect(problem?.message).toContain(
      "fsrSnapshots: 1 of 5 in use (1 by snapshots that are not this runbook's: snap-vol-other), 4 left",
    );
  });

  test('a quota without which something cannot come back is an error', () => {
    const full = inventoryOf({ ...dbInput(), quotas: { dbInstances: 1 } });
    const problems = check(full, runbookOf([DB]));
    expect(told(problems)).toEqual(['error QUOTA_TIGHT']);
    expect(problems[0]?.message).toMatch(/dbInstances: 1 of 1 in use, 0 left\. A part of the runbook cannot/);
  });

  test('what the planner already wants raised is not told a second time', () => {
    const runbook = runbookOf([{ ...EVENTS, strategies: ['provisioned-rate'] }], {
      objectives: { rto: '1h', rpo: '2h' },
    });
    const inventory = fleet(20, { provisionedInitMiBps: 300 });
    expect(look(runbook, inventory).plan.quotaIncreases).not.toEqual([]);
    expect(told(check(inventory, runbook))).toEqual(['info QUOTA_HEADROOM']);
  });
});

describe('permissions', () => {
  test('the plan says what is to be tried', () => {
    const runbook = runbookOf([EVENTS, { ...DB, strategies: ['point-in-time', 'restore-snapshot'] }]);
    const { volume, snapshot } = volumeWithSnapshot('vol-1');
    const looked = look(runbook, inventoryOf({ ...dbInput(), volumes: [volume], snapshots: [snapshot] }));
    expect(wantedActions(looked)).toMatchObject({
      runbook: 'orders',
      createVolume: { snapshotId: 'snap-vol-1' },
      createSnapshotOf: 'vol-1',
      deletesVolumes: true,
    });
    expect(unprovenActions(looked)).toEqual([
      'rds:AddTagsToResource',
      'rds:CreateDBSnapshot',
      'rds:DeleteDBInstance',
      'rds:ModifyDBInstance',
      'rds:RestoreDBInstanceFromDBSnapshot',
      'rds:RestoreDBInstanceToPointInTime',
      'ssm:DeleteParameter',
      'ssm:PutParameter',
    ]);
    const bare = look(runbookOf([DB], { protection: { recoveryPoint: false } }), inventoryOf(dbInput()));
    expect(wantedActions(bare)).toEqual({ runbook: 'orders' });
    expect(unprovenActions(bare)).not.toContain('rds:CreateDBSnapshot');
  });

  test.each([
    ['ec2:CreateVolume', false, 'error'],
    ['ec2:CreateTags', false, 'error'],
    ['ec2:EnableFastSnapshotRestores', false, 'error'],
    ['ec2:CreateSnapshot', false, 'warning'],
    ['ec2:CreateSnapshot', true, 'error'],
    ['ssm:GetParameter', false, 'warning'],
  ])('%s denied (forensics: %s): %s', (action, forensics, severity) => {
    const [problem, ...others] = permissionProblems(
      [{ action, verdict: 'denied', why: 'no' }],
      [],
      forensics,
    );
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      severity,
      code: 'PERMISSION_MISSING',
      message: expect.stringContaining(action),
    });
    expect(problem?.next).toContain(action);
  });

  test('what cannot be tried is listed once', () => {
    const problems = permissionProblems(
      [
        { action: 'ec2:CreateVolume', verdict: 'allowed', why: '' },
        { action: 'ec2:DeleteVolume', verdict: 'unverified', why: 'gone.' },
        { action: 'ec2:CreateSnapshot', verdict: 'refused-untagged', why: 'no' },
        { action: 'ec2:CreateTags', verdict: 'unverified', why: '', made: 'vol-9' },
      ],
      ['rds:DeleteDBInstance'],
      false,
    );
    expect(told(problems).toSorted()).toEqual([
      'error DRY_RUN_CARRIED_OUT',
      'info PERMISSIONS_UNVERIFIED',
      'info PERMISSIONS_VERIFIED',
      'warning PERMISSION_MISSING',
    ]);
    expect(problems.at(-1)?.message).toBe(
      'AWS offers no way to try rds:DeleteDBInstance; ec2:DeleteVolume could not be tried (gone).',
    );
  });
});

describe('identity', () => {
  const context = { region: 'us-east-1', regionOfEnvironment: undefined, account: '111111111111' };
  const identity = { account: '111111111111', arn: 'arn:aws:iam::111111111111:user/alex', name: 'alex' };

  test('account, name and Region are said; another AWS_REGION too', () => {
    expect(identityProblems({ kind: 'account', identity }, context)).toMatchObject([
      {
        severity: 'info',
        code: 'IDENTITY',
        message: expect.stringMatching(/111111111111 as alex .*us-east-1/),
      },
    ]);
    const elsewhere = { ...context, regionOfEnvironment: 'eu-west-1' };
    expect(told(identityProblems({ kind: 'account', identity }, elsewhere))).toEqual([
      'info IDENTITY',
      'info REGION_DIFFERS',
    ]);
  });

  test.each([
    ['credentials', 'error NOT_SIGNED_IN'],
    ['unreachable', 'warning IDENTITY_UNKNOWN'],
    ['denied', 'warning IDENTITY_UNKNOWN'],
    ['unsupported', 'info IDENTITY_UNKNOWN'],
  ] as const)('a failure of the class %s: %s', (kind, expected) => {
    const failure = { class: kind, code: 'X', message: 'it failed.' };
    expect(told(identityProblems({ kind: 'unknown', failure }, context))).toEqual([expected]);
  });

  test('a simulation is said to be one', () => {
    expect(identityProblems({ kind: 'simulated', user: 'ann' }, context)[0]?.message).toMatch(
      /^Simulated: account 111111111111/,
    );
  });
});

describe('drift and gaps', () => {
  test('each kind has its finding, a drill one for all that it left', () => {
    const tags = { 'lifeboat:runbook': 'orders' };
    const drill = { ...tags, 'lifeboat:run': 'orders-20261120T0300-1', 'lifeboat:make': 'drill/lazy/1.1.1' };
    const { volume } = volumeWithSnapshot('vol-1');
    const inventory = inventoryOf({
      volumes: [
        { ...volume, tags: { app: 'events', 'lifeboat:runbook': 'billing' } },
        { ...volume, id: 'vol-2', tags },
        ...Array.from({ length: 7 }, (_, index) => ({ ...volume, id: `vol-d${index}`, tags: drill })),
      ],
      dbSnapshots: [ORDERS_SNAPSHOT],
    });
    const { runbook, united, membership } = look(runbookOf([EVENTS, DB]), inventory);
    const drift = driftOf(runbook, united, membership);
    const problems = driftProblems(drift);
    expect(told(problems)).toEqual([
      'warning DRIFT_UNCOVERED',
      'warning DRIFT_FOREIGN events/vol-1',
      'warning LEFTOVER',
    ]);
    expect(problems[2]).toMatchObject({
      message: expect.stringContaining('vol-d4 and 2 more'),
      next: advised('lifeboat cleanup orders-20261120T0300-1'),
    });
    expect(told(sourceProblems(membership, drift))).toEqual(['warning SOURCE_GONE db']);
  });

  test('a source that only the baseline knows is told once', () => {
    const { volume } = volumeWithSnapshot('vol-1');
    const united = unite(inventoryOf(), inventoryOf({ volumes: [volume] }));
    const membership = selectMembers(runbookOf([EVENTS]), united);
    const drift = driftOf(runbookOf([EVENTS]), united, membership);
    expect(told([...sourceProblems(membership, drift), ...driftProblems(drift)])).toEqual([
      'warning DRIFT_GONE events/vol-1',
    ]);
  });

  test.each([
    ['DescribeFastSnapshotRestores', 'ec2:DescribeFastSnapshotRestores'],
    ['DescribeDBInstances', 'rds:DescribeDBInstances'],
    ['DescribeDBSnapshots of AWS Backup', 'rds:DescribeDBSnapshots'],
    ['DescribeKey', 'kms:DescribeKey'],
    ['ListServiceQuotas', 'servicequotas:ListServiceQuotas'],
    ['GetMetricData', 'cloudwatch:GetMetricData'],
    ['DescribeInstanceInformation', 'ssm:DescribeInstanceInformation'],
  ])('a denied %s wants the permission %s', (operation, action) => {
    const gap = { operation, reason: 'denied' as const, message: 'AccessDenied.', means: 'it is not known' };
    expect(gapProblems([gap])).toEqual([
      {
        severity: 'warning',
        code: 'CAPTURE_GAP',
        data: { operation, reason: 'denied' },
        message: `${operation} could not be read (AccessDenied): it is not known.`,
        next: `Give the role the permission ${action}, then check again.`,
      },
    ]);
  });
});
