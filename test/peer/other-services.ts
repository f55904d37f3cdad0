import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import { pageOf, read, write, type Call, type Operations } from './operation.ts';
import { Refusal, required } from './refusal.ts';
import type { Parameter, Quota } from './world.ts';

type Fields = { readonly [name: string]: Tree };

function parameterTree({ world }: Call, { name, value, version, type, changedAt }: Parameter): Fields {
  const ARN = `arn:aws:ssm:${world.region}:${world.account}:parameter/${name.replace(/^\//, '')}`;
  return {
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    LastModifiedDate: new Date(changedAt),
    ARN,
    DataType: 'text',
  };
}

function putParameter({ input, world, now }: Call): Fields {
  const name = required(input.text('Name'), 'Name');
  const value = required(input.text('Value'), 'Value');
  if (value.length > 4_096)
    throw new Refusal(
      'ValidationException',
      'Standard tier parameters support a maximum parameter value of 4096 characters.',
    );
  if (!/^[\w./-]+$/.test(name) || /^\/?(aws|ssm)/i.test(name))
    throw new Refusal('ValidationException', `Parameter name: ${name} is not allowed.`);
  const before = world.parameters.get(name);
  if (before !== undefined && input.flag('Overwrite') !== true)
    throw new Refusal(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  const version = (before?.version ?? 0) + 1;
  world.parameters.set(name, {
    name,
    value,
    version,
    type: input.text('Type') ?? before?.type ?? 'String',
    changedAt: now,
  });
  return { Version: version, Tier: 'Standard' };
}

function getParameter(call: Call): Fields {
  const parameter = call.world.parameters.get(required(call.input.text('Name'), 'Name'));
  if (parameter === undefined) throw new Refusal('ParameterNotFound', '');
  return { Parameter: parameterTree(call, parameter) };
}

function deleteParameter({ input, world }: Call): Fields {
  if (!world.parameters.delete(required(input.text('Name'), 'Name')))
    throw new Refusal('ParameterNotFound', '');
  return {};
}

function managedInstances(call: Call): Fields {
  const { input, world, now } = call;
  const managed = [...world.instances.values()].filter((instance) => instance.managed);
  const { items, next } = pageOf(
    managed,
    call,
    Math.min(50, input.number('MaxResults') ?? 10),
    input.text('NextToken'),
  );
  const InstanceInformationList = items.map(({ id }) => ({
    InstanceId: id,
    PingStatus: 'Online',
    LastPingDateTime: new Date(now),
    PlatformType: 'Linux',
    ResourceType: 'EC2Instance',
  }));
  return { InstanceInformationList, NextToken: next };
}

export const ssmOperations: Operations = {
  PutParameter: write(putParameter),
  GetParameter: read(getParameter),
  DeleteParameter: write(deleteParameter),
  DescribeInstanceInformation: read(managedInstances),
};

export const kmsOperations: Operations = {
  DescribeKey: read(({ input, world }) => {
    const given = required(input.text('KeyId'), 'KeyId');
    const key = world.keys.get(given.replace(/^arn:.*:key\//, ''));
    if (key === undefined) throw new Refusal('NotFoundException', `Key '${given}' does not exist`);
    const Arn = `arn:aws:kms:${world.region}:${world.account}:key/${key.id}`;
    const Enabled = key.state === 'Enabled';
    return {
      KeyMetadata: {
        KeyId: key.id,
        Arn,
        AWSAccountId: world.account,
        Enabled,
        KeyState: key.state,
        KeyManager: 'CUSTOMER',
        KeyUsage: 'ENCRYPT_DECRYPT',
      },
    };
  }),
};

function quotaTree({ service, code, name }: Quota, Value: number): Fields {
  return {
    ServiceCode: service,
    ServiceName: service,
    QuotaCode: code,
    QuotaName: name,
    Value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
  };
}

function quotas(call: Call, valueOf: (quota: Quota) => number): Fields {
  const { input, world } = call;
  const service = required(input.text('ServiceCode'), 'ServiceCode');
  const found = world.quotas.filter((quota) => quota.service === service);
  if (found.length === 0)
    throw new Refusal('NoSuchResourceException', `The service code ${service} is unknown.`);
  const { items, next } = pageOf(found, call, input.number('MaxResults') ?? 100, input.text('NextToken'));
  return { Quotas: items.map((quota) => quotaTree(quota, valueOf(quota))), NextToken: next };
}

export const quotaOperations: Operations = {
  ListServiceQuotas: read((call) => quotas(call, ({ value }) => value)),
  ListAWSDefaultServiceQuotas: read((call) => quotas(call, ({ defaultValue }) => defaultValue)),
  GetServiceQuota: read(({ input, world }) => {
    const quota = world.quotas.find(
      ({ service, code }) => service === input.text('ServiceCode') && code === input.text('QuotaCode'),
    );
    if (quota === undefined) throw new Refusal('NoSuchResourceException', 'The quota is unknown.');
    return { Quota: quotaTree(quota, quota.value) };
  }),
};

/** The latest value of the metric with just these dimensions. */
function metricValue({ world }: Call, metric: Input): number | undefined {
  const dimensions = metric
    .groups('Dimensions')
    .map((dimension) => [dimension.text('Name'), dimension.text('Value')] as const);
  return world.metrics.find(
    ({ namespace, name, dimensions: own }) =>
      namespace === metric.text('Namespace') &&
      name === metric.text('MetricName') &&
      Object.keys(own).length === dimensions.length &&
      dimensions.every(([key, value]) => key !== undefined && own[key] === value),
  )?.value;
}

export const metricOperations: Operations = {
  GetMetricData: read((call) => ({
    MetricDataResults: call.input.groups('MetricDataQueries').map((query) => {
      const value = metricValue(call, query.group('MetricStat').group('Metric'));
      const points = value === undefined ? [] : [value];
      return {
        Id: query.text('Id') ?? '',
        Label: 'metric',
        Timestamps: points.map(() => new Date(call.now)),
        Values: points,
        StatusCode: 'Complete',
      };
    }),
    Messages: [],
  })),
  GetMetricStatistics: read((call) => {
    const value = metricValue(call, call.input);
    const Datapoints =
      value === undefined
        ? []
        : [{ Timestamp: new Date(call.now), Average: value, Minimum: value, Maximum: value, Unit: 'None' }];
    return { Label: call.input.text('MetricName') ?? '', Datapoints };
  }),
};

export const stsOperations: Operations = {
  GetCallerIdentity: read(({ world, caller }) => ({
    UserId: caller.accessKey.replace('AKID', 'AIDA'),
    Account: world.account,
    Arn: `arn:aws:iam::${world.account}:user/${caller.user}`,
  })),
};

export const snsOperations: Operations = {
  Publish: {
    // It changes nothing that a recovery is about.
    mutates: false,
    run({ input, world, caller, now, newId }) {
      const topic = input.text('TopicArn') ?? input.text('TargetArn');
      const message = required(input.text('Message'), 'Message');
      world.notices.push({
        at: now,
        topic: required(topic, 'TopicArn'),
        subject: input.text('Subject'),
        message,
        accessKey: caller.accessKey,
      });
      return { MessageId: newId('message') };
    },
  },
};
