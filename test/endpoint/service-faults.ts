import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import type { Message, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { withInstants } from '../../src/simulator/endpoint/instants.ts';
import { RefusedRequest } from '../../src/simulator/endpoint/refusals.ts';
import type { EndpointCall } from '../../src/simulator/endpoint/serve.ts';
import type { World } from '../../src/simulator/index.ts';
import type { Fault, Quirks } from './quirks.ts';

/** Each service's own words for what any service may have to say. */
interface Codes {
  readonly throttle: readonly [string, number];
  readonly expire: string;
  readonly deny: string;
  readonly unknown: readonly [string, number];
}

const QUERY: Codes = {
  throttle: ['Throttling', 400],
  expire: 'ExpiredToken',
  deny: 'AccessDenied',
  unknown: ['InvalidAction', 400],
};
const JSON_RPC: Codes = {
  throttle: ['ThrottlingException', 400],
  expire: 'ExpiredTokenException',
  deny: 'AccessDeniedException',
  unknown: ['UnknownOperationException', 400],
};
const CODES: Readonly<Record<EndpointCall['service'], Codes>> = {
  ec2: { ...QUERY, throttle: ['RequestLimitExceeded', 503], deny: 'UnauthorizedOperation' },
  rds: QUERY,
  sts: QUERY,
  sns: { ...QUERY, deny: 'AuthorizationError' },
  s3: { ...QUERY, throttle: ['SlowDown', 503], unknown: ['NotImplemented', 501] },
  ssm: JSON_RPC,
  kms: JSON_RPC,
  quotas: JSON_RPC,
  cloudwatch: JSON_RPC,
  sqs: { ...JSON_RPC, throttle: ['RequestThrottled', 400] },
};

/** What stands before any operation: the Region, permissions, limits of the rate. */
export function refuse(call: EndpointCall, fault: Fault | undefined, quirks: Quirks, world: World): void {
  const codes = CODES[call.service];
  if (quirks.otherRegion !== undefined && call.region !== world.account.region)
    throw new RefusedRequest(
      quirks.otherRegion,
      `Credential should be scoped to a valid Region, not '${call.region}'.`,
      403,
    );
  switch (fault?.does) {
    case 'throttle':
      throw new RefusedRequest(codes.throttle[0], 'Rate exceeded', codes.throttle[1]);
    case 'expire':
      throw new RefusedRequest(
        fault.code ?? codes.expire,
        'The security token included in the request is expired',
        403,
      );
    case 'deny':
      throw new RefusedRequest(codes.deny, `You are not authorized to perform: ${call.operation}`, 403);
    case 'refuse':
      throw new RefusedRequest(fault.code, fault.message ?? fault.code, fault.status);
    case 'not-know':
      throw new RefusedRequest(
        codes.unknown[0],
        `The action ${call.operation} is not valid for this web service.`,
        codes.unknown[1],
      );
  }
}

/** The request as the quirky account takes it. */
export function inputOf(
  { input }: EndpointCall,
  { ignoresTokens, endlessPages, keysPerPage }: Quirks,
): object {
  const unwanted = [
    ...(ignoresTokens === true ? ['ClientToken'] : []),
    ...(endlessPages === undefined ? [] : ['NextToken', 'Marker', 'ContinuationToken']),
  ];
  const kept = Object.entries(input).filter(([name]) => !unwanted.includes(name));
  return { ...Object.fromEntries(kept), ...(keysPerPage !== undefined && { MaxKeys: keysPerPage }) };
}

/** Of a batch only every second entry is carried out; the others fail with the code. */
export async function carryOutPart(
  code: string,
  input: object,
  next: (input: object) => Promise<object>,
): Promise<object> {
  const { Entries = [], ...rest } = input as { readonly Entries?: readonly SendMessageBatchRequestEntry[] };
  const output = await next({ ...rest, Entries: Entries.filter((_, index) => index % 2 === 0) });
  const Failed = Entries.filter((_, index) => index % 2 === 1).map(({ Id }) => ({
    ...{ Id, Code: code, Message: 'It failed alone.', SenderFault: false },
  }));
  return { ...output, Failed };
}

let pages = 0;

/** What is told of an output. */
export function outputOf(call: EndpointCall, output: object, quirks: Quirks): object {
  const { hides = [], frozenAt, endlessPages, rewrites } = quirks;
  let told = hides.length === 0 ? output : (without(output, new Set(hides)) as object);
  if (frozenAt !== undefined) told = withInstants(told, () => Date.parse(frozenAt));
  if (endlessPages !== undefined && call.reads) told = { ...told, ...nextPage(call, endlessPages) };
  return rewrites?.(told, call) ?? told;
}

function nextPage({ service }: EndpointCall, endlessPages: 'fresh' | 'same'): object {
  pages += 1;
  const token = endlessPages === 'same' ? 'again' : `page-${pages}`;
  if (service === 's3') return { NextContinuationToken: token, IsTruncated: true };
  return service === 'rds' ? { Marker: token } : { NextToken: token };
}

function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((entry) => without(entry, names));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !names.has(name))
      .map(([name, inner]) => [name, without(inner, names)]),
  );
}

/** A message that was received for the first time stays visible. */
export async function deliverTwice({ sqs, ...world }: World, input: object, output: object): Promise<void> {
  const { QueueUrl = '' } = input as { readonly QueueUrl?: string };
  const { Messages = [] } = output as { readonly Messages?: readonly Message[] };
  const known = world.messages(QueueUrl.split('/').at(-1) ?? '');
  for (const { MessageId, ReceiptHandle } of Messages) {
    if (known.find(({ id }) => id === MessageId)?.receives !== 1) continue;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
}
