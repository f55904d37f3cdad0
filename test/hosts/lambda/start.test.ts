import {
  CloudWatchClient,
  CloudWatchServiceException,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DurableExecutionAlreadyStartedException,
  InvokeCommand,
  LambdaClient,
  LambdaServiceException,
} from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { startRun, type Started } from '../../../src/hosts/lambda/start.ts';
import type { BeginRun, StartRequest } from '../../../src/hosts/lambda/requests.ts';
import { formatInstant, MINUTE_MS } from '../../../src/time.ts';
import { newStage, ORDERS, type Stage } from './stage.ts';

const ARN = 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders-down';
const FUNCTIONS = { drill: 'arn:drill:live', restore: 'arn:restore:live' };

const ALARM_WITHOUT_CHANGE = {
  ...{ kind: 'trigger', runbook: 'orders', trigger: 0, approval: 'required' },
  event: {
    ...{ id: 'event-1', time: '2026-11-20T03:00:00Z' },
    ...{ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' },
  },
};

/** Lambda as far as durable executions have names, and CloudWatch with one alarm. */
class Services {
  readonly lambda = new LambdaClient({ region: 'us-east-1' });
  readonly cloudwatch = new CloudWatchClient({ region: 'us-east-1' });
  readonly executions = new Map<string, { readonly function: string; readonly payload: string }>();
  alarm: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA' | 'AccessDenied' = 'ALARM';
  failure: string | undefined;

  constructor() {
    mockClient(this.lambda)
      .on(InvokeCommand)
      .callsFake((input) => this.#invoke(input));
    mockClient(this.cloudwatch)
      .on(DescribeAlarmsCommand)
      .callsFake(() => this.#describe());
  }

  #invoke({
    DurableExecutionName: name,
    FunctionName,
    InvocationType,
    Payload,
  }: InvokeCommand['input']): unknown {
    const $metadata = { httpStatusCode: 403 };
    if (this.failure !== undefined)
      throw new LambdaServiceException({ name: this.failure, message: 'no', $fault: 'client', $metadata });
    const payload = Buffer.from(Payload as Uint8Array).toString();
    if (name === undefined || InvocationType !== 'Event')
      throw new Error('not an asynchronous, named execution');
    const known = this.executions.get(name);
    if (known !== undefined && known.payload !== payload)
      throw new DurableExecutionAlreadyStartedException({ message: 'another payload', $metadata });
    this.executions.set(name, { function: String(FunctionName), payload });
    return { StatusCode: 202 };
  }

  #describe(): unknown {
    if (this.alarm === 'AccessDenied')
      throw new CloudWatchServiceException({
        ...{ name: 'AccessDenied', message: 'no', $fault: 'client' },
        $metadata: { httpStatusCode: 403 },
      });
    return { MetricAlarms: [{ AlarmName: 'orders-down', StateValue: this.alarm }] };
  }

  get requests(): readonly BeginRun[] {
    return [...this.executions.values()].map(({ payload }) => JSON.parse(payload) as BeginRun);
  }
}

async function start(
  stage: Stage,
  services: Services,
  message: StartRequest | object | string,
  requestId = 'request-1',
): Promise<Started> {
  const { lambda, cloudwatch } = services;
  const ports = await stage.ports();
  const call = <T>(_: string, send: () => Promise<T>): Promise<T> => send();
  return startRun(message, requestId, { ...ports, lambda, cloudwatch, call, functions: FUNCTIONS });
}

function alarmed(
  stage: Stage,
  minutesAgo = 2,
  { id = 'event-1', approval = 'required', state = 'ALARM' } = {},
) {
  const at = formatInstant(stage.now - minutesAgo * MINUTE_MS);
  return {
    kind: 'trigger',
    runbook: 'orders',
    trigger: 0,
    approval,
    event: {
      ...{
        id,
        time: at,
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        resources: [ARN],
      },
      detail: { alarmName: 'orders-down', state: { value: state, timestamp: at.replace('Z', '.000+0000') } },
    },
  };
}

function happened(stage: Stage, { id = 'event-1', approval = 'required', minutesAgo = 2 } = {}) {
  const time = formatInstant(stage.now - minutesAgo * MINUTE_MS);
  return {
    kind: 'trigger',
    runbook: 'orders',
    trigger: 0,
    approval,
    event: { id, time, source: 'acme.shop' },
  };
}

describe('what is started', () => {
  test('a drill that is due starts the function for drills, named after the instant for which it was due', async () => {
    const [stage, services] = [await newStage(), new Services()];
    const message = { kind: 'schedule', runbook: 'orders', scheduledAt: '2026-11-20T03:00:00Z' };
    const { runId } = await start(stage, services, message);
    expect(runId).toMatch(/^orders-20261120T0300-\d{1,6}$/);
    expect([...services.executions]).toMatchObject([[runId, { function: FUNCTIONS.drill }]]);
    expect(services.requests).toEqual([
      {
        ...{ kind: 'begin', runId, runbook: 'orders', mode: 'drill', at: Date.parse('2026-11-20T03:00:00Z') },
        ...{ by: 'the schedule of orders', asksApproval: false },
      },
    ]);
  });

  test('an alarm starts a restore since its change of state, which asks for an approval', async () => {
    const [stage, services] = [await newStage(), new Services()];
    await start(stage, services, alarmed(stage));
    expect([...services.executions.values()].map((one) => one.function)).toEqual([FUNCTIONS.restore]);
    expect(services.requests).toMatchObject([
      {
        mode: 'restore',
        by: 'the alarm orders-down',
        asksApproval: true,
        incidentAt: stage.now - 2 * MINUTE_MS,
      },
    ]);
  });

  test('a manual restore asks for an approval, a manual drill does not', async () => {
    const [stage, services] = [await newStage(), new Services()];
    const incidentAt = formatInstant(stage.now - MINUTE_MS);
    await start(stage, services, { kind: 'manual', runbook: 'orders', mode: 'restore', incidentAt });
    await start(stage, services, { kind: 'manual', runbook: 'orders', mode: 'drill' });
    expect(services.requests).toMatchObject([
      { mode: 'restore', asksApproval: true, incidentAt: stage.now - MINUTE_MS },
      { mode: 'drill', asksApproval: false },
    ]);
  });
});

describe('a repeated delivery starts one run', () => {
  const twice: readonly [string, (stage: Stage, delivery: number) => object][] = [
    ['of a schedule', () => ({ kind: 'schedule', runbook: 'orders', scheduledAt: '2026-11-20T03:00:00Z' })],
    ['of a change of an alarm, also as two events', (stage, n) => alarmed(stage, 2, { id: `event-${n}` })],
    ['of an event', (stage) => happened(stage)],
    ['of a manual start, which AWS repeats', () => ({ kind: 'manual', runbook: 'orders', mode: 'drill' })],
    [
      'with another payload, after the runbook has changed',
      (stage, n) => alarmed(stage, 2, { approval: n === 1 ? 'none' : 'required' }),
    ],
  ];
  test.each(twice)('%s', async (_, message) => {
    const [stage, services] = [await newStage(), new Services()];
    await stage.put('orders.yaml', `${ORDERS}\ntriggers: [{ alarm: orders-down, approval: none }]\n`);
    const [one, other] = [1, 2].map((delivery) => start(stage, services, message(stage, delivery)));
    expect(await one).toEqual(await other);
    expect(services.executions.size).toBe(1);
  });

  test('but another change of the alarm, another event and another instant start another', async () => {
    const [stage, services] = [await newStage(), new Services()];
    await start(stage, services, alarmed(stage, 2));
    await start(stage, services, alarmed(stage, 3));
    await start(stage, services, happened(stage, { id: 'a' }));
    await start(stage, services, happened(stage, { id: 'b' }));
    await start(stage, services, { kind: 'manual', runbook: 'orders', mode: 'drill' }, 'request-2');
    await start(stage, services, { kind: 'manual', runbook: 'orders', mode: 'drill' }, 'request-3');
    expect(services.executions.size).toBe(6);
  });
});

describe('no approval is asked for only where the deployed trigger and the runbook of now both say so', () => {
  const alarm = 'triggers: [{ alarm: orders-down, approval: none }]';
  const event = 'triggers: [{ event: { source: [acme.shop] }, approval: none }]';
  test.each([
    ['none', alarm, 'alarm', false],
    ['none', event, 'event', false],
    ['required', alarm, 'alarm', true],
    ['none', 'triggers: [{ alarm: orders-down }]', 'alarm', true],
    ['none', 'triggers: [{ alarm: another, approval: none }]', 'alarm', true],
    ['none', alarm, 'event', true],
    ['none', '', 'alarm', true],
    ['none', 'triggers: [', 'alarm', true],
  ])('%s, with %s, by an %s: asks %s', async (approval, triggers, by, asksApproval) => {
    const [stage, services] = [await newStage(), new Services()];
    await stage.put('orders.yaml', `${ORDERS}\n${triggers}\n`);
    await start(
      stage,
      services,
      by === 'alarm' ? alarmed(stage, 2, { approval }) : happened(stage, { approval }),
    );
    expect(services.requests).toMatchObject([{ asksApproval }]);
  });
});

describe('a trigger starts nothing and people are told', () => {
  test.each([
    ['an alarm of more than an hour ago', (stage: Stage) => alarmed(stage, 61), 'ALARM'],
    ['an event of more than an hour ago', (stage: Stage) => happened(stage, { minutesAgo: 61 }), 'ALARM'],
    ['an alarm that is over', (stage: Stage) => alarmed(stage), 'OK'],
    ['an alarm that went to OK', (stage: Stage) => alarmed(stage, 2, { state: 'OK' }), 'ALARM'],
  ] as const)('%s', async (_, message, state) => {
    const [stage, services] = [await newStage(), new Services()];
    services.alarm = state;
    const { runId, refused } = await start(stage, services, message(stage));
    expect(refused).toBeDefined();
    expect(services.executions.size).toBe(0);
    expect(stage.told).toMatchObject([
      {
        subject: `${runId}: no restore of orders was started`,
        text: expect.stringMatching(
          /If it is still needed: lifeboat restore orders --cloud --incident-at 2026/,
        ),
      },
    ]);
    expect(stage.printed).toMatchObject([{ Runbook: 'orders', Mode: 'restore', RunRefused: 1 }]);
  });

  test.each(['INSUFFICIENT_DATA', 'AccessDenied'] as const)(
    'unless the state of the alarm is %s: that is no sign that the incident is over',
    async (state) => {
      const [stage, services] = [await newStage(), new Services()];
      services.alarm = state;
      expect((await start(stage, services, alarmed(stage, 59))).refused).toBeUndefined();
      expect(services.executions.size).toBe(1);
    },
  );
});

test.each([
  ['no object', 'hello'],
  ['an unknown kind', { kind: 'restore', runbook: 'orders' }],
  ['no instant', { kind: 'schedule', runbook: 'orders', scheduledAt: 'today' }],
  ['a name that leads elsewhere', { kind: 'manual', runbook: '../secrets', mode: 'restore' }],
  ['an alarm without its change', ALARM_WITHOUT_CHANGE],
])('a poison message (%s) fails with what is wrong, for the dead-letter queue', async (_, message) => {
  const [stage, services] = [await newStage(), new Services()];
  await expect(start(stage, services, message)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^This message starts no run: /),
  });
  expect(services.executions.size).toBe(0);
});

test('an expired role fails with a clear message and a notice, so that Lambda repeats the invocation', async () => {
  const [stage, services] = [await newStage(), new Services()];
  services.failure = 'ExpiredTokenException';
  await expect(start(stage, services, alarmed(stage))).rejects.toMatchObject({
    code: 'AWS_CREDENTIALS',
    message: expect.stringContaining('ExpiredToken'),
  });
  expect(stage.told.map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/: the restore of orders could not be started$/),
  ]);
  expect(stage.logged.map(({ level }) => level)).toContain('error');
  services.failure = undefined;
  await start(stage, services, alarmed(stage));
  expect(services.executions.size).toBe(1);
});
