import { RETRIES } from '../facts/retries.ts';
import { retry } from '../retry.ts';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Failure } from '../workflow/base/effects.ts';
import { createClient, type ServiceName } from './clients.ts';
import { failureOf, malformedAnswer, RequestFailure } from './request-failures.ts';
import { identityOf, type Identity } from './caller-identity.ts';

/**
 * Seconds for which a proof can be used. STS takes a presigned request for 15 minutes at the most, whatever it says
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html and aws-iam-authenticator rely on it).
 */
const EXPIRES_SECONDS = 15 * 60;
const PATIENCE_MS = 5_000;
/** An answer of STS has some 500 bytes. */
const LONGEST_ANSWER = 16_384;
const ACTION = { Action: 'GetCallerIdentity', Version: '2011-06-15' } as const;
const SIGNED_HEADERS = 'host;x-lifeboat-run;x-lifeboat-signal';

/** What a proof is bound to by the signature: for anything else it is refused by the identity service. */
export interface BoundTo {
  readonly runId: string;
  /** Digest of the signal's words. */
  readonly digest: string;
}

/** The services of a recovery whose endpoints can be resolved without a request. */
const PROBED = ['ec2', 'rds', 'ssm', 'sts'] as const satisfies readonly ServiceName[];

/**
 * The origin of an AWS-compatible endpoint that serves the whole account, its identities included; `undefined` where any of the services is reached
 * elsewhere: then the account is AWS's, and only AWS's own STS says who signs.
 */
export async function ownAccountEndpoint(region: string): Promise<string | undefined> {
  const origins = new Set(await Promise.all(PROBED.map((name) => originOf(name, region))));
  const [origin] = origins;
  // AWS itself has another host for each service.
  return origins.size === 1 ? origin : undefined;
}

/** Thrown in the place of sending. */
class Reached extends Error {
  override readonly name = 'Reached';
  readonly origin: string;

  constructor({ protocol, hostname, port }: Destination) {
    super('reached');
    this.origin = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`).origin;
  }
}

interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
}

type Stop = () => (args: { readonly request: Destination }) => Promise<never>;

/** What this module needs of an SDK client. */
interface Probeable {
  readonly config: {
    credentials: () => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
  };
  readonly middlewareStack: {
    add(
      stop: Stop,
      options: { readonly step: 'build'; readonly priority: 'high'; readonly name: string },
    ): void;
  };
  send(command: object): Promise<unknown>;
}

/** Where requests go by the SDK's standard configuration: environment, profile, or AWS. Nothing is signed or sent. */
async function originOf(name: (typeof PROBED)[number], region: string): Promise<string> {
  const [client, command] = await Promise.all([createClient(name, { region }), PROBES[name]()]);
  const { config, middlewareStack, send } = client as unknown as Probeable;
  // The SDK looks for credentials before it makes a request; where it goes does not depend on them.
  config.credentials = async () => ({ accessKeyId: 'none', secretAccessKey: 'none' });
  const stop: Stop =
    () =>
    ({ request }) =>
      Promise.reject(new Reached(request));
  middlewareStack.add(stop, { step: 'build', priority: 'high', name: 'lifeboatProbe' });
  try {
    await send.call(client, command);
  } catch (error) {
    if (error instanceof Reached) return error.origin;
    throw error;
  } finally {
    client.destroy();
  }
  throw new Error(`a request to ${name} was sent that should only have been made`);
}

const PROBES: Readonly<Record<(typeof PROBED)[number], () => Promise<object>>> = {
  ec2: async () => new (await import('./sdk/ec2.ts')).DescribeRegionsCommand({}),
  rds: async () => new (await import('./sdk/rds.ts')).DescribeDBInstancesCommand({}),
  ssm: async () => new (await import('./sdk/ssm.ts')).GetParameterCommand({ Name: 'probe' }),
  sts: async () => new (await import('./sdk/sts.ts')).GetCallerIdentityCommand({}),
};

/** AWS's own STS of a Region, whatever environment and profile say. @example 'https://sts.us-east-1.amazonaws.com' */
export async function awsIdentityEndpoint(region: string): Promise<string> {
  const client = await createClient('sts', { region });
  try {
    const { url } = client.config.endpointProvider({ Region: region, UseGlobalEndpoint: false });
    return url.origin;
  } finally {
    client.destroy();
  }
}

/**
 * A request that asks who signed it, for another process to send: the query of a presigned GetCallerIdentity. It reveals nothing but the name,
 * and cannot be used for another run or another text.
 */
export async function proveIdentity(endpoint: string, region: string, to: BoundTo): Promise<string> {
  const client = await createClient('sts', { region, endpoint });
  try {
    const { credentials, sha256 } = client.config;
    const signer = new SignatureV4({ service: 'sts', region, credentials, sha256, applyChecksum: false });
    const { protocol, hostname, host, port } = new URL(endpoint);
    const request = {
      ...{ method: 'GET', protocol, hostname, path: '/', query: { ...ACTION } },
      ...(port !== '' && { port: Number(port) }),
      headers: { host, ...headersOf(to) },
    };
    const { query = {} } = await signer.presign(request, { expiresIn: EXPIRES_SECONDS });
    return new URLSearchParams(query as Record<string, string>).toString();
  } finally {
    client.destroy();
  }
}

function headersOf({ runId, digest }: BoundTo): Readonly<Record<string, string>> {
  return { 'x-lifeboat-run': runId, 'x-lifeboat-signal': digest };
}

/**
 * Sends a proof to the identity service, and gives the identity that it names. Only the query is taken from the proof: the caller gives the endpoint and
 * what the proof must be bound to.
 *
 * @throws what `classify()` understands: `credentials` or `denied` where the service refuses the proof
 */
export async function verifyIdentity(endpoint: string, proof: string, to: BoundTo): Promise<Identity> {
  const query = new URLSearchParams(proof);
  const isOurs =
    query.get('Action') === ACTION.Action &&
    query.get('Version') === ACTION.Version &&
    query.get('X-Amz-SignedHeaders') === SIGNED_HEADERS &&
    Number(query.get('X-Amz-Expires')) <= EXPIRES_SECONDS;
  if (!isOurs) throw refused('InvalidProof', 'The proof is no presigned GetCallerIdentity of this run.');
  return retry(() => ask(new URL(`/?${query}`, endpoint), to), {
    key: endpoint,
    wait: () => Promise.resolve(),
    policyAfter: (error) =>
      error instanceof RequestFailure && error.failure.class !== 'transient'
        ? undefined
        : RETRIES.identityProof,
  });
}

async function ask(url: URL, to: BoundTo): Promise<Identity> {
  const answer = await fetch(url, {
    headers: headersOf(to),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  const text = await bounded(answer, url);
  if (!answer.ok) {
    const code = element(text, 'Code') ?? `HTTP ${answer.status}`;
    if (answer.status >= 500)
      throw new RequestFailure(failureOf(code, element(text, 'Message') ?? '', { status: answer.status }));
    throw refused(code, element(text, 'Message') ?? `${url.host} answered ${answer.status}.`);
  }
  return identityOf({ Arn: element(text, 'Arn'), Account: element(text, 'Account') });
}

async function bounded(answer: Response, url: URL): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > LONGEST_ANSWER) throw malformedAnswer('GetCallerIdentity');
    }
  } catch (error) {
    throw error instanceof RequestFailure ? error : unreachable(url, error);
  }
  return text;
}

/** Names and ARNs hold no markup: nothing has to be decoded. */
function element(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
}

function refused(code: string, message: string): RequestFailure {
  return new RequestFailure({ class: 'denied', code, message });
}

/** `fetch` rejects only for what keeps it from an answer. */
function unreachable(url: URL, error: unknown): RequestFailure {
  const { message, cause: deeper } = error as {
    readonly message?: string;
    readonly cause?: { readonly message?: string };
  };
  const cause = deeper?.message === undefined ? '' : `: ${deeper.message}`;
  const failure: Failure = {
    class: 'transient',
    code: 'IdentityServiceUnreachable',
    message: `${url.host} did not answer (${message ?? 'unknown'}${cause}).`,
  };
  return new RequestFailure(failure);
}
