import type { ServiceName } from '../senders.ts';
import type { Caller } from '../service/operation.ts';
import { CborProtocol, JsonProtocol } from './json.ts';
import { QueryProtocol } from './query.ts';
import { RestXmlProtocol } from './rest-xml.ts';
import type { Protocol, WireRequest } from './wire.ts';

/** How the requests of a service are recognized. */
interface WireService {
  /** The name that its requests are signed for; also the first label of its host name. */
  readonly scope: string;
  /** What `X-Amz-Target` begins with. */
  readonly target?: string;
  /** How its requests are read that are neither JSON nor CBOR, if it takes any. */
  readonly own?: Protocol;
}

const forms = (namespace: string, isEc2 = false): Protocol => new QueryProtocol({ isEc2, namespace });

const SERVICES: Readonly<Record<ServiceName, WireService>> = {
  ec2: { scope: 'ec2', own: forms('http://ec2.amazonaws.com/doc/2016-11-15/', true) },
  rds: { scope: 'rds', own: forms('http://rds.amazonaws.com/doc/2014-10-31/') },
  sts: { scope: 'sts', own: forms('https://sts.amazonaws.com/doc/2011-06-15/') },
  sns: { scope: 'sns', own: forms('http://sns.amazonaws.com/doc/2010-03-31/') },
  s3: { scope: 's3', own: new RestXmlProtocol('http://s3.amazonaws.com/doc/2006-03-01/') },
  sqs: { scope: 'sqs', target: 'AmazonSQS', own: forms('http://queue.amazonaws.com/doc/2012-11-05/') },
  ssm: { scope: 'ssm', target: 'AmazonSSM' },
  kms: { scope: 'kms', target: 'TrentService' },
  quotas: { scope: 'servicequotas', target: 'ServiceQuotasV20190624' },
  cloudwatch: {
    scope: 'monitoring',
    target: 'GraniteServiceVersion20100801',
    own: forms('http://monitoring.amazonaws.com/doc/2010-08-01/'),
  },
};
const NAMES = Object.keys(SERVICES) as readonly ServiceName[];

const JSON_RPC = new JsonProtocol();
const CBOR = new CborProtocol();

/** For whom a request is, and from whom. */
export interface Address {
  readonly service: ServiceName;
  readonly protocol: Protocol;
  readonly caller: Pick<Caller, 'accessKey' | 'sessionToken'>;
  /** That the request is signed for. */
  readonly region: string;
  /** The signature is in the URL. */
  readonly isPresigned: boolean;
}

/**
 * Requests are told apart by what they are signed for; unsigned ones by `X-Amz-Target` or the host name.
 *
 * @returns undefined for a service that is not simulated
 */
export function addressOf(request: WireRequest): Address | undefined {
  const { headers, query } = request;
  const presigned = query.get('X-Amz-Credential');
  const [, signed] = /Credential=([^,\s]+)/.exec(headers.authorization ?? '') ?? [];
  const [accessKey = '', , region = '', scope = ''] = (signed ?? presigned ?? '').split('/');
  const [target = ''] = String(headers['x-amz-target'] ?? '').split('.');
  const [host = ''] = (headers.host ?? '').split('.');
  const service = NAMES.find((name) => {
    const known = SERVICES[name];
    if (scope !== '') return known.scope === scope;
    return target === '' ? known.scope === host : known.target === target;
  });
  const protocol = service && protocolOf(request, SERVICES[service]);
  if (service === undefined || protocol === undefined) return undefined;
  const token = headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? undefined;
  return {
    ...{ service, protocol, region },
    caller: { accessKey, sessionToken: token === undefined ? undefined : String(token) },
    isPresigned: signed === undefined && presigned !== null,
  };
}

/** A client chooses among those of the service. */
function protocolOf({ headers }: WireRequest, { own }: WireService): Protocol | undefined {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return CBOR;
  return headers['x-amz-target'] === undefined ? own : JSON_RPC;
}
