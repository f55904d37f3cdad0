import { readFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { actionsIn, isRead } from '../../src/kinds/calls.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { without } from '../aws/fixtures.ts';
import { reference, type Faults, type Scenario } from '../hosts/support.ts';
import { dangers, dangersToDeployment, meant, onlyOfRestores } from './iam/dangers.ts';
import { deniedTo, dryRunsOf } from './iam/recording.ts';
import { ACCOUNT, type IamRequest } from './iam/request.ts';
import { arnInTemplate, DeployedRole } from './iam/roles.ts';
import { deploy } from './support.ts';

const MODES = ['drill', 'restore'] as const;
const NAMED = {
  'lifeboat:monitoringRoles': 'rds-monitoring',
  'lifeboat:databaseRoles': 's3-import',
  'lifeboat:replicas': 'Orders-Replica',
};
const { template } = deploy('runbooks', NAMED);
const own = (type: string, id: RegExp) => arnInTemplate(template, type, id);
const roles = {
  drill: DeployedRole.ofFunction(template, 'lifeboat-drill'),
  restore: DeployedRole.ofFunction(template, 'lifeboat-restore'),
};

/** The petabyte of the reference, cut down to what a test has time for. `npm run test:long` plays all of it. */
function fewOf({ runbook, inventory }: Scenario, count: number): Scenario {
  const volumes = inventory.volumes.slice(0, count);
  const kept = new Set(volumes.map(({ id }) => id));
  return {
    runbook,
    inventory: {
      ...inventory,
      volumes,
      snapshots: inventory.snapshots.filter(({ volumeId }) => kept.has(volumeId)),
    },
  };
}

/** The volumes of the shop, one by its id and one by its tags; encrypted, as their copies are. */
function shopVolumes(): Scenario {
  const { runbook } = parseRunbook(readFileSync('test/infra/runbooks/shop.yaml', 'utf8'), 'shop.yaml');
  const rest = without(runbook, 'backfill');
  const zone = 'eu-central-1a';
  const encrypted = { encrypted: true, kmsKeyId: 'key-shop' };
  const volume = { ...{ zone, type: 'gp3', sizeGiB: 20, iops: 3_000, throughputMiBps: 125 }, ...encrypted };
  const ids = ['vol-0c3a5e7092b4d6f81', 'vol-1'];
  return {
    runbook: { ...rest, resources: rest.resources.filter(({ type }) => type === 'ebs-volume') },
    inventory: inventorySchema.parse({
      ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', account: ACCOUNT, region: 'eu-central-1' },
      ...{ capturedAt: '2026-11-20T03:00:00Z', zones: [zone] },
      volumes: ids.map((id) => ({ ...volume, id, tags: { app: 'carts', tier: 'hot' } })),
      snapshots: ids.map((volumeId, n) => ({
        ...{ id: `snap-${n}`, volumeId, startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
        ...{ sizeGiB: 20, ...encrypted, tags: { app: 'carts', tier: 'hot' } },
      })),
      instances: ['i-0c3a5e7092b4d6f81', 'i-0d1f2a3b4c5d6e7f8'].map((id) => ({ id, zone })),
      kmsKeys: [{ id: 'key-shop', state: 'Enabled' }],
    }),
  };
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  orders: reference('orders'),
  'cold-restore': fewOf(reference('cold-restore'), 2),
};

/** All of them, and more storms, are in `npm run test:long`. */
const PLAYED = MODES.flatMap((mode) =>
  (
    [
      ['orders', 'none'],
      ['orders', 'storm'],
      ['cold-restore', 'storm'],
    ] as const
  ).map(([name, faults]) => [mode, name, faults] as const),
);

test.each<readonly [RunMode, string, Faults]>(PLAYED)(
  'a %s of %s under %s is allowed all that it asks for',
  async (mode, name, faults) => {
    expect(await deniedTo(roles[mode], SCENARIOS[name] as Scenario, { mode, faults })).toEqual([]);
  },
);

describe('what the kinds declare that they call', () => {
  const { template: shop } = deploy('test/infra/runbooks', NAMED);
  const ofServices = (actions: Iterable<string>) =>
    [...actions].filter((action) => /^(ec2|rds):/.test(action)).sort();

  test.each(MODES)('is all that a %s may call of EC2 and RDS, where its runbooks name everything', (mode) => {
    const { actions } = DeployedRole.ofFunction(shop, `lifeboat-${mode}`);
    expect(ofServices(actions)).toEqual(ofServices(actionsIn(mode)));
  });

  test('has an example among the dangerous requests, unless it is a read', () => {
    const examples = new Set(
      Object.values({ ...dangers('drill'), ...onlyOfRestores('drill') }).map(({ action }) => action),
    );
    expect([...actionsIn('restore')].filter((action) => !isRead(action) && !examples.has(action))).toEqual(
      [],
    );
  });
});

test('the daily check may try all that it tries, but to delete what no run has made', async () => {
  const denied: string[] = [];
  for (const request of await dryRunsOf(reference('orders')))
    if ((await roles.restore.decide(request)) !== 'Allowed') denied.push(request.action);
  expect(denied).toEqual(['ec2:DeleteVolume']);
});

describe.each(MODES)('the role of a %s', (mode) => {
  test.each(Object.entries(meant(mode)))('%s', async (_, request) => {
    expect(await roles[mode].decide(request)).toBe('Allowed');
  });

  test.each(Object.entries({ ...dangers(mode), ...dangersToDeployment(own) }))(
    'never %s',
    async (_, request) => {
      expect(await roles[mode].decide(request)).toMatch(/Denied$/);
    },
  );
});

test.each(Object.keys(onlyOfRestores('drill')))('a restore %s, and a drill does not', async (name) => {
  expect(await roles.restore.decide(onlyOfRestores('restore')[name] as IamRequest)).toBe('Allowed');
  expect(await roles.drill.decide(onlyOfRestores('drill')[name] as IamRequest)).toMatch(/Denied$/);
});

const ONLY_OF_RESTORES = [...actionsIn('restore')].filter((action) => !actionsIn('drill').has(action));

test('there are actions that only restores need', () => {
  expect(ONLY_OF_RESTORES).toEqual([
    'ec2:CreateSnapshot',
    'ec2:DeleteSnapshot',
    'rds:PromoteReadReplica',
    'rds:CreateDBSnapshot',
    'rds:AddRoleToDBInstance',
    'rds:DeleteDBSnapshot',
  ]);
});

test.each(['route53:ChangeResourceRecordSets', ...ONLY_OF_RESTORES])(
  '%s is forbidden to drills whatever else their role is given',
  async (action) => {
    const requests = Object.values({ ...dangers('drill'), ...onlyOfRestores('drill') });
    const request = requests.find((one) => one.action === action) as IamRequest;
    expect(await roles.drill.decide(request)).toBe('ExplicitlyDenied');
  },
);

const CHANGE = /^(ec2:(Delete|Modify|Attach|Detach)Volume|rds:(Delete|Modify|Reboot)DBInstance)$/;
const CHANGED_BY_DRILLS = Object.entries(dangers('drill')).filter(
  ([, { action, context }]) =>
    CHANGE.test(action) && String(context['aws:ResourceTag/lifeboat:make']).startsWith('drill/') === false,
);

test.each(CHANGED_BY_DRILLS)(
  'a drill never %s that no drill made, whatever else its role is given',
  async (_, request) => {
    expect(await roles.drill.decide(request)).toBe('ExplicitlyDenied');
  },
);

describe.each(MODES)('a %s of the volumes of the shop', (mode) => {
  const shop = deploy('test/infra/runbooks').template;
  const role = DeployedRole.ofFunction(shop, `lifeboat-${mode}`);

  test('is allowed to copy them, in calm and in storm', async () => {
    for (const faults of ['none', 'storm'] as const)
      expect(await deniedTo(role, shopVolumes(), { mode, faults })).toEqual([]);
  });

  test.each([
    ['another volume', 'vol-other', {}],
    ['a volume with other tags', 'vol-other', { 'aws:ResourceTag/app': 'carts' }],
  ])('is not allowed to copy %s', async (_, id, context) => {
    const resource = `arn:aws:ec2:eu-central-1:${ACCOUNT}:volume/${id}`;
    expect(await role.decide({ action: 'ec2:CopyVolumes', resource, context })).toBe('ImplicitlyDenied');
  });
});

describe('the backfill that the runbook of the shop declares', () => {
  const shop = deploy('test/infra/runbooks').template;
  const named: readonly IamRequest[] = [
    { action: 's3:GetObject', resource: 'arn:aws:s3:::shop-logs/edge/E1.2026-11-20.gz', context: {} },
    { action: 's3:ListBucket', resource: 'arn:aws:s3:::shop-logs', context: { 's3:prefix': 'edge/' } },
    ...['ReceiveMessage', 'DeleteMessage'].map((name) => ({
      action: `sqs:${name}`,
      resource: `arn:aws:sqs:eu-central-1:${ACCOUNT}:shop-missed`,
      context: {},
    })),
    {
      action: 'sqs:SendMessage',
      resource: `arn:aws:sqs:eu-central-1:${ACCOUNT}:shop-replay`,
      context: {},
    },
    {
      action: 'ssm:GetParameter',
      resource: `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/shop/replay-token`,
      context: {},
    },
  ];
  const beside: readonly IamRequest[] = [
    { action: 's3:GetObject', resource: 'arn:aws:s3:::shop-logs/other/E1.gz', context: {} },
    { action: 'sqs:SendMessage', resource: `arn:aws:sqs:eu-central-1:${ACCOUNT}:shop-missed`, context: {} },
    {
      action: 'ssm:GetParameter',
      resource: `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/shop/other`,
      context: {},
    },
  ];

  test('is read and sent by a restore, as far as it is named', async () => {
    const role = DeployedRole.ofFunction(shop, 'lifeboat-restore');
    for (const request of named) expect([request, await role.decide(request)]).toEqual([request, 'Allowed']);
    for (const request of beside) expect(await role.decide(request)).toMatch(/Denied$/);
  });

  test('is out of reach of a drill', async () => {
    const role = DeployedRole.ofFunction(shop, 'lifeboat-drill');
    for (const request of named) expect(await role.decide(request)).toMatch(/Denied$/);
  });
});

test('an operator may start, watch and signal runs, and get at nothing else', async () => {
  const operator = DeployedRole.ofPolicy(template, 'lifeboat-operators-us-east-1');
  const allowed = async (action: string, resource: string) =>
    operator.decide({ action, resource, context: {} });
  const lambda = `arn:aws:lambda:us-east-1:${ACCOUNT}:function`;
  expect([
    await allowed('lambda:InvokeFunction', `${lambda}:lifeboat-restore:live`),
    await allowed('lambda:ListDurableExecutionsByFunction', `${lambda}:lifeboat-drill`),
    await allowed(
      'lambda:SendDurableExecutionCallbackSuccess',
      `${lambda}:lifeboat-drill:1/durable-execution/a/b`,
    ),
    await allowed('ssm:GetParameter', `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/lifeboat/deployment`),
    await allowed('dynamodb:PutItem', own('AWS::DynamoDB::Table', /Journal/)),
  ]).toEqual(Array.from({ length: 5 }, () => 'Allowed'));
  for (const request of Object.values({ ...meant('restore'), ...dangersToDeployment(own) }))
    expect(await operator.decide(request)).toMatch(/Denied$/);
});

describe.each(['start', 'wake'] as const)('the role of lifeboat-%s', (name) => {
  const role = DeployedRole.ofFunction(template, `lifeboat-${name}`);

  test('can neither recover nor destroy anything', async () => {
    const allowed: string[] = [];
    for (const mode of MODES)
      for (const [title, request] of Object.entries({
        ...meant(mode),
        ...dangers(mode),
        ...dangersToDeployment(own),
      }))
        if ((await role.decide(request)) === 'Allowed') allowed.push(title);
    // Runs are started by their alias alone.
    expect(allowed).toEqual([]);
  });
});

describe('where the functions are in one account, and recover what is in another one', () => {
  const FUNCTIONS = '999999999999';
  const {
    app,
    template: own,
    access,
  } = deploy('runbooks', {
    'lifeboat:account': FUNCTIONS,
    'lifeboat:recoveryAccount': ACCOUNT,
    ...NAMED,
  });
  if (access === undefined) throw new Error('no stack for the account that is recovered');

  test.each(MODES)('the role for a %s is assumed by its function alone', (mode) => {
    const caller = `arn:aws:iam::${FUNCTIONS}:role/lifeboat-${mode}-function-us-east-1`;
    access.hasResourceProperties('AWS::IAM::Role', {
      RoleName: `lifeboat-${mode}-us-east-1`,
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${FUNCTIONS}:root` },
            Condition: { ArnEquals: { 'aws:PrincipalArn': caller } },
          },
        ],
        Version: '2012-10-17',
      },
    });
    own.hasResourceProperties('AWS::IAM::Role', { RoleName: `lifeboat-${mode}-function-us-east-1` });
  });

  test.each([...MODES, 'check', 'wake'])('lifeboat-%s acts in the role of the other account', (name) => {
    const role = name === 'check' ? 'restore' : name;
    const accountRole = `arn:aws:iam::${ACCOUNT}:role/lifeboat-${role}-us-east-1`;
    own.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `lifeboat-${name}`,
      Environment: { Variables: Match.objectLike({ LIFEBOAT_ACCOUNT_ROLE: accountRole }) },
    });
  });

  test.each(MODES)('there a %s may do all that it needs, and nothing dangerous', async (mode) => {
    const role = DeployedRole.named(access, `lifeboat-${mode}-us-east-1`);
    expect(await deniedTo(role, reference('orders'), { mode, faults: 'none' })).toEqual([]);
    const allowed: string[] = [];
    for (const [title, request] of Object.entries(dangers(mode)))
      if ((await role.decide(request)) === 'Allowed') allowed.push(title);
    expect(allowed).toEqual([]);
  });

  test.each(MODES)('in its own account the function of a %s may only assume that role', async (mode) => {
    const role = DeployedRole.ofFunction(own, `lifeboat-${mode}`);
    const assumes = (name: string): IamRequest => ({
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      context: {},
    });
    const others = mode === 'drill' ? 'lifeboat-restore-us-east-1' : 'lifeboat-drill-us-east-1';
    expect(await role.decide(assumes(`lifeboat-${mode}-us-east-1`))).toBe('Allowed');
    expect(await role.decide(assumes(others))).toMatch(/Denied$/);
    for (const request of Object.values(meant(mode))) expect(await role.decide(request)).toMatch(/Denied$/);
  });

  test('events of the other account reach the functions', () => {
    const bus = `arn:aws:events:us-east-1:${FUNCTIONS}:event-bus/default`;
    own.hasResourceProperties('AWS::Events::EventBusPolicy', {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'events:PutEvents',
        Resource: bus,
      },
    });
    access.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ 'detail-type': ['EBS Volume Notification'] }),
      Targets: [Match.objectLike({ Arn: bus })],
    });
  });

  test("AWS's own rules for solutions find nothing in either account", () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });
});
