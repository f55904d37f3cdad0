import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Writing } from './answer.ts';
import { parseForm, parseJson, type Input } from './input.ts';
import type { Call, Caller, Fields, Whole } from './operation.ts';
import { Faults, type Fault, type Quirks } from './quirks.ts';
import { whyRefused } from './presigned.ts';
import { Refusal } from './refusal.ts';
import { inputOfRest, operationOfRest } from './rest.ts';
import { page, say, written, writtenRefusal, type Said } from './saying.ts';
import { worldOf, type Seed } from './seed.ts';
import { SERVICES, type Service } from './services.ts';
import type { World } from './world.ts';

/** A request as it came in, and what became of it. */
export interface Recorded {
  readonly at: number;
  readonly service: string;
  readonly operation: string;
  readonly accessKey: string;
  readonly region: string;
  readonly userAgent: string;
  /** It would change something; a dry run does not. */
  readonly mutating: boolean;
  readonly dryRun: boolean;
  readonly input: unknown;
  /** `ok`, the code of a refusal, or the fault that befell it. */
  outcome: string;
}

export interface PeerOptions {
  readonly seed?: Seed;
  readonly quirks?: Quirks;
  readonly port?: number;
}

/** A server on loopback that speaks AWS's protocols, to be AWS for the SDK and whoever uses it. */
export interface Peer {
  readonly url: string;
  /** What it holds; may be changed from outside as other users of an account would. */
  readonly world: World;
  readonly requests: readonly Recorded[];
  /** From now on it is like this; counts and times begin anew. */
  setQuirks(quirks: Quirks): void;
  close(): Promise<void>;
}

/** Everything about one request that is known before it is carried out. */
export interface Arrived {
  readonly service: string;
  readonly spoken: Service;
  readonly operation: string;
  readonly input: Input;
  readonly caller: Caller;
  readonly region: string;
  /** Of a presigned request: why its signature does not fit. */
  readonly signatureRefusal?: string | undefined;
}

export async function startPeer({ seed = {}, quirks = {}, port = 0 }: PeerOptions = {}): Promise<Peer> {
  const state = new PeerState(worldOf(seed), quirks);
  const server = createServer((request, response) => {
    state.serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world: state.world,
    requests: state.requests,
    setQuirks: (next) => state.setQuirks(next),
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

class PeerState {
  readonly world: World;
  readonly requests: Recorded[] = [];
  #quirks: Quirks;
  #faults: Faults;
  #count = 0;

  constructor(world: World, quirks: Quirks) {
    this.world = world;
    this.#quirks = quirks;
    this.#faults = new Faults(quirks.faults ?? [], Date.now());
  }

  setQuirks(quirks: Quirks): void {
    this.#quirks = quirks;
    this.#faults = new Faults(quirks.faults ?? [], Date.now());
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url?.startsWith('/_peer/') === true) return this.#control(request, body, response);
    const arrived = arrivedFrom(request, body);
    if (arrived === undefined) return page(response, 404);
    const { service, operation, caller, region, input } = arrived;
    const dryRun = input.flag('DryRun') ?? false;
    const mutating = (arrived.spoken.operations[operation]?.mutates ?? false) && !dryRun;
    const { accessKey } = caller;
    const fault = this.#faults.next({ operation, service, accessKey, mutates: mutating }, Date.now());
    const recorded: Recorded = {
      ...{ at: Date.now(), service, operation, accessKey, region, mutating, dryRun, input: input.plain },
      userAgent: request.headers['user-agent'] ?? '',
      outcome: fault?.does ?? 'ok',
    };
    this.requests.push(recorded);
    if (fault?.does === 'hang') return;
    if (fault?.does === 'reset') return void response.destroy();
    if (fault?.does === 'page') return page(response, fault.status);
    const said = await this.#answer(arrived, recorded, dryRun, fault);
    if (fault?.does === 'swallow') return;
    if (fault?.does === 'lose') return void response.destroy();
    return say(response, said, fault);
  }

  async #answer(
    arrived: Arrived,
    recorded: Recorded,
    dryRun: boolean,
    fault: Fault | undefined,
  ): Promise<Said> {
    const requestId = this.#newId('request');
    const writing: Writing = {
      hides: new Set(this.#quirks.hides),
      ...(this.#quirks.frozenAt !== undefined && { frozenAt: new Date(this.#quirks.frozenAt) }),
    };
    try {
      this.#refuse(arrived, fault);
      if (dryRun)
        throw new Refusal('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
      return written(arrived, requestId, await this.#run(arrived, fault), writing);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      recorded.outcome = error.code;
      return writtenRefusal(arrived, requestId, error);
    }
  }

  /** What stands before any operation: the Region, permissions, limits of the rate. */
  #refuse({ spoken, operation, region, signatureRefusal }: Arrived, fault: Fault | undefined): void {
    if (signatureRefusal !== undefined) throw new Refusal('SignatureDoesNotMatch', signatureRefusal, 403);
    const { codes } = spoken;
    const { otherRegion } = this.#quirks;
    if (otherRegion !== undefined && region !== this.world.region)
      throw new Refusal(otherRegion, `Credential should be scoped to a valid Region, not '${region}'.`, 403);
    switch (fault?.does) {
      case 'throttle':
        throw new Refusal(codes.throttle[0], 'Rate exceeded', codes.throttle[1]);
      case 'expire':
        throw new Refusal(
          fault.code ?? codes.expire,
          'The security token included in the request is expired',
          403,
        );
      case 'deny':
        throw new Refusal(codes.deny, `You are not authorized to perform: ${operation}`, 403);
      case 'refuse':
        throw new Refusal(fault.code, fault.message ?? fault.code, fault.status);
      case 'not-know':
        throw unknownOperation(spoken, operation);
    }
  }

  #run(
    { spoken, operation, input, caller }: Arrived,
    fault: Fault | undefined,
  ): Fields | Whole | Promise<Fields> {
    const found = spoken.operations[operation];
    if (found === undefined) throw unknownOperation(spoken, operation);
    const { delays = {}, visibleAfterMs = 0, ignoresTokens = false } = this.#quirks;
    const { largestPage = 1_000, deliversTwice = false, endlessPages } = this.#quirks;
    const call: Call = {
      ...{ input, caller, delays, visibleAfterMs, ignoresTokens, largestPage, deliversTwice },
      ...(endlessPages !== undefined && { endlessPages }),
      ...(fault?.does === 'part' && { partCode: fault.code }),
      world: this.world,
      now: Date.now(),
      newId: (prefix) => this.#newId(prefix),
    };
    return found.run(call);
  }

  #newId(prefix: string): string {
    this.#count += 1;
    return `${prefix}-${this.#count.toString(16).padStart(17, '0')}`;
  }

  /** For other processes: what was asked, and how the peer is to be from now on. */
  #control({ method, url }: IncomingMessage, body: string, response: ServerResponse): void {
    if (method === 'PUT' && url === '/_peer/quirks') {
      this.setQuirks(JSON.parse(body) as Quirks);
      response.writeHead(204).end();
    } else if (method === 'GET' && url === '/_peer/requests') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.requests));
    } else page(response, 404);
  }
}

function unknownOperation({ codes }: Service, operation: string): Refusal {
  return new Refusal(codes.unknown, `The action ${operation} is not valid for this web service.`);
}

const AUTHORIZATION = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//;

/** A request whose signature is in its URL: to STS alone, and unlike others with its signature checked. */
function presignedFrom(request: IncomingMessage): Arrived | undefined {
  const query = new URL(request.url ?? '/', 'http://peer').searchParams;
  const scope = /^([^/]+)\/\d+\/([^/]+)\/sts\/aws4_request$/.exec(query.get('X-Amz-Credential') ?? '');
  const spoken = SERVICES['sts'];
  if (request.method !== 'GET' || scope === null || spoken === undefined) return undefined;
  const [, accessKey = '', region = ''] = scope;
  return {
    ...{ service: 'sts', spoken, operation: query.get('Action') ?? '', region },
    input: parseForm(query.toString()),
    caller: { accessKey, user: userOf(accessKey) },
    signatureRefusal: whyRefused(request, Date.now()),
  };
}

function userOf(accessKey: string): string {
  return accessKey.replace(/^AKID/, '').toLowerCase();
}

/** `undefined` for what is no request to a service. */
function arrivedFrom(request: IncomingMessage, body: string): Arrived | undefined {
  const { headers, method } = request;
  const presigned = presignedFrom(request);
  if (presigned !== undefined) return presigned;
  const [, accessKey = '', region = '', service = ''] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const spoken = SERVICES[service];
  if (spoken === undefined) return undefined;
  const caller = { accessKey, user: userOf(accessKey) };
  if (spoken.protocol === 'rest') {
    const input = inputOfRest(request);
    return { service, spoken, operation: operationOfRest(method, input), input, caller, region };
  }
  if (method !== 'POST') return undefined;
  const input = spoken.protocol === 'query' ? parseForm(body) : parseJson(body);
  const target = headers['x-amz-target'];
  const named = spoken.protocol === 'query' ? input.text('Action') : String(target).split('.').at(-1);
  return { service, spoken, operation: named ?? '', input, caller, region };
}
