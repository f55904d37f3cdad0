import { readFileSync, writeFileSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { costAtRest } from '../../infra/costs.ts';
import { pictureOf } from '../../infra/picture.ts';
import { SETTINGS } from '../../infra/settings.ts';
import { askedBy } from '../../src/hosts/lambda/start-request.ts';
import { deploy } from './support.ts';

const { app, stack, template } = deploy('test/infra/runbooks', { 'lifeboat:emails': 'oncall@shop.example' });

test('the journal survives its stack, deletions and damage', () => {
  template.hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  });
});

test('reports cannot be changed afterwards, and every bucket is private and kept', () => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 400 } } },
    VersioningConfiguration: { Status: 'Enabled' },
  });
  template.allResources('AWS::S3::Bucket', {
    DeletionPolicy: 'Retain',
    Properties: {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    },
  });
  template.allResourcesProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

test.each(['drill', 'restore'])(
  'the function of a %s is durable, and old versions of it are kept',
  (mode) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: `lifeboat-${mode}`,
      Handler: 'index.run',
      Runtime: 'nodejs24.x',
      Timeout: 900,
      DurableConfig: { ExecutionTimeout: 366 * 86_400, RetentionPeriodInDays: 30 },
      RecursiveLoop: 'Allow',
      DeadLetterConfig: Match.anyValue(),
      Environment: { Variables: Match.objectLike({ LIFEBOAT_RUNBOOKS: '/opt' }) },
    });
    template.allResources('AWS::Lambda::Version', { DeletionPolicy: 'Retain' });
    template.resourcePropertiesCountIs('AWS::Lambda::Alias', { Name: 'live' }, 2);
  },
);

test('a drill is due at the times of its runbook, in its time zone, and carries the instant that it is due', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(30 6 ? * MON *)',
    ScheduleExpressionTimezone: 'Europe/Vienna',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: Match.objectLike({
      Input: '{"kind":"schedule","runbook":"shop","scheduledAt":"<aws.scheduler.scheduled-time>"}',
      DeadLetterConfig: Match.anyValue(),
    }),
  });
});

test('readiness is checked daily', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(0 5 * * ? *)',
    ScheduleExpressionTimezone: 'UTC',
    Target: Match.objectLike({ Input: '{}' }),
  });
});

const EVENT =
  '"event":{"id":<id>,"time":<time>,"source":<source>,"detail-type":<detail-type>,"account":<account>,"region":<region>,"resources":<resources>,"detail":<detail>}';

test('an alarm that a runbook names starts its restore, with the event that says when', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { alarmName: ['shop-unreachable'], state: { value: ['ALARM'] } },
    },
    Targets: [
      Match.objectLike({
        InputTransformer: {
          InputPathsMap: Match.objectLike({ id: '$.id', time: '$.time', source: '$.source' }),
          InputTemplate: `{"kind":"trigger","runbook":"shop","trigger":0,"approval":"required",${EVENT}}`,
        },
        DeadLetterConfig: Match.anyValue(),
      }),
    ],
  });
});

test('an event that a runbook describes starts its restore', () => {
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.health'],
      'detail-type': ['AWS Health Event'],
      detail: { service: ['RDS'] },
    },
    Targets: [
      Match.objectLike({
        InputTransformer: Match.objectLike({
          InputTemplate: `{"kind":"trigger","runbook":"shop","trigger":1,"approval":"none",${EVENT}}`,
        }),
      }),
    ],
  });
});

describe('the function that starts runs understands what the deployment sends it', () => {
  const now = Date.parse('2026-11-20T03:00:30Z');
  const alarm = {
    id: '6a7e8feb',
    time: '2026-11-20T03:00:00Z',
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    account: '111111111111',
    region: 'eu-central-1',
    resources: ['arn:aws:cloudwatch:eu-central-1:111111111111:alarm:shop-unreachable'],
    detail: {
      alarmName: 'shop-unreachable',
      state: { value: 'ALARM', timestamp: '2026-11-20T03:00:00.000+0000' },
    },
  };

  test('when a drill is due', () => {
    const [schedule] = Object.values(
      template.findResources('AWS::Scheduler::Schedule', {
        Properties: { ScheduleExpressionTimezone: 'Europe/Vienna' },
      }),
    );
    const { Input } = (schedule?.Properties as { Target: { Input: string } }).Target;
    const message: unknown = JSON.parse(Input.replace('<aws.scheduler.scheduled-time>', alarm.time));
    expect(askedBy(message, 'r', now).run).toMatchObject({
      runbook: 'shop',
      mode: 'drill',
      asksApproval: false,
    });
  });

  test.each([
    [0, true],
    [1, false],
  ])('when trigger %i fires', (index, asksApproval) => {
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    const templates = rules.flatMap(({ Properties }) => {
      const [target] = (Properties as { Targets: { InputTransformer?: { InputTemplate: string } }[] })
        .Targets;
      return target?.InputTransformer?.InputTemplate ?? [];
    });
    const text = templates.find((one) => one.includes(`"trigger":${index}`)) ?? '';
    const message: unknown = JSON.parse(
      text.replace(/<([\w-]+)>/g, (_, key: keyof typeof alarm) => JSON.stringify(alarm[key])),
    );
    expect(askedBy(message, 'r', now).run).toMatchObject({ runbook: 'shop', mode: 'restore', asksApproval });
  });
});

test('events of volumes, snapshots and databases of runs end waits', () => {
  for (const eventPattern of [
    {
      'detail-type': ['EBS Volume Notification'],
      detail: { event: ['createVolume', 'deleteVolume', 'initializeVolume'] },
    },
    { 'detail-type': ['EBS Snapshot Notification'], detail: { event: ['createSnapshot', 'copySnapshot'] } },
    { 'detail-type': ['EBS Fast Snapshot Restore State-change Notification'] },
    {
      'detail-type': ['RDS DB Instance Event', 'RDS DB Snapshot Event'],
      detail: { Tags: { 'lifeboat:run': [{ exists: true }] } },
    },
  ])
    template.hasResourceProperties('AWS::Events::Rule', { EventPattern: Match.objectLike(eventPattern) });
});

test('notices are encrypted, and alarms may publish them', () => {
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'oncall@shop.example',
  });
  for (const [type, name, action] of [
    ['AWS::SNS::TopicPolicy', 'PolicyDocument', 'sns:Publish'],
    ['AWS::KMS::Key', 'KeyPolicy', ['kms:Decrypt', 'kms:GenerateDataKey*']],
  ] as const)
    template.hasResourceProperties(type, {
      [name]: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: action, Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        ]),
      },
    });
});

test.each([
  'shop-drill-missed',
  'shop-objective-at-risk',
  'shop-objective-breached',
  'shop-run-failed',
  'shop-run-refused',
  'shop-run-halted',
  'shop-leftovers',
  'shop-not-ready',
  'shop-check-stale',
  'dead-letters',
  'function-errors',
  'executions-ended-badly',
])('the alarm %s tells people', (name) => {
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: `lifeboat-${name}`,
    AlarmDescription: Match.anyValue(),
    AlarmActions: [{ Ref: Match.stringLikeRegexp('NoticesTopic') }],
  });
});

test('the command line finds the deployment by one parameter', () => {
  const [parameter] = Object.values(template.findResources('AWS::SSM::Parameter'));
  const { Name, Value } = parameter?.Properties as {
    Name: string;
    Value: { 'Fn::Join': [string, unknown[]] };
  };
  const text = Value['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x')).join('');
  expect(Name).toBe('/lifeboat/deployment');
  expect(JSON.parse(text)).toMatchObject({
    schema: 'lifeboat.deployment/v1',
    region: 'eu-central-1',
    runbooks: ['shop'],
  });
});

test("AWS's own rules for solutions find nothing that is not acknowledged with a reason", () => {
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  const found = violations.map(({ ruleName, violatingResources }) => [
    ruleName,
    violatingResources.map(({ constructPath }) => constructPath),
  ]);
  expect(found).toEqual([]);
});

type Json = Parameters<typeof pictureOf>[1];
const REDRAW = process.env['REDRAW'] === '1';

/** Hashes of assets and of code change with every file: what counts is where they stand. */
function withoutHashes(json: string): string {
  return json.replace(/[0-9a-f]{64}/g, 'ASSET').replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1CODE');
}

test('the template is the recorded one (renew: REDRAW=1 npx jest test/infra)', () => {
  const file = 'test/infra/golden/shop.template.json';
  const text = `${withoutHashes(JSON.stringify(template.toJSON(), undefined, 1))}\n`;
  if (REDRAW) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});

const DRAWN: readonly (readonly [name: string, make: () => string])[] = [
  ['architecture', () => `\`\`\`mermaid\n${pictureOf(stack, template.toJSON() as Json)}\n\`\`\``],
  ['cost at rest', () => costAtRest(template.toJSON() as Json)],
];

test.each(DRAWN)(
  'docs/cloud.md shows the %s of the app (redraw: REDRAW=1 npx jest test/infra)',
  (name, make) => {
    const file = 'docs/cloud.md';
    const place = new RegExp(`<!-- generated: ${name} -->\n([^]*?)<!-- /generated -->`);
    const drawn = `${make()}\n`;
    const filled = `<!-- generated: ${name} -->\n${drawn}<!-- /generated -->`;
    if (REDRAW)
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(place, () => filled),
      );
    expect(place.exec(readFileSync(file, 'utf8'))?.[1]).toBe(drawn);
  },
);

test('docs/cloud.md names every setting', () => {
  const rows = [...readFileSync('docs/cloud.md', 'utf8').matchAll(/^\| `lifeboat:(\w+)` \|/gm)].map(
    ([, name]) => name,
  );
  expect(rows.toSorted()).toEqual(SETTINGS.toSorted());
});
