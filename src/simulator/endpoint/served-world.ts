import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../../time.ts';
import type { ServiceName } from '../senders.ts';
import { SIMULATED_SECRET } from '../service/operation.ts';
import type { SimulatedService } from '../service/service.ts';
import type { World } from '../world.ts';
import { withInstants } from './instants.ts';
import { whyRefused } from './presigned.ts';
import { INTERNAL_FAILURE, ClientGone, isUnanswered, RefusedRequest, refusalOf } from './refusals.ts';
import { addressOf, type Address } from './routing.ts';
import type { EndpointCall, EndpointOptions } from './serve.ts';
import {
  wireOperation,
  type Protocol,
  type Refusal,
  type Reply,
  type WireOperation,
  type WireRequest,
} from './wire.ts';

/** A service with its operations by name. */
interface WireService {
  readonly service: SimulatedService;
  /** Of its shapes. */
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, WireOperation>;
}

/** Answers requests from a world. */
export class ServedWorld {
  readonly #world: World;
  readonly #options: EndpointOptions;
  readonly #services = new Map<ServiceName, Promise<WireService>>();

  constructor(world: World, options: EndpointOptions) {
    this.#world = world;
    this.#options = options;
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const request = await requestOf(incoming);
    const address = addressOf(request);
    if (address === undefined) return send(NO_SERVICE, response);
    const { call, reply } = await this.#prepare(request, address, gone.signal);
    const { respond } = this.#options.hooks ?? {};
    try {
      if (respond === undefined) send(await reply(), response);
      else await respond(call, reply, response);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      response.destroy();
    }
  }

  /** Reads a request; `reply` carries it out. */
  async #prepare(
    request: WireRequest,
    { service: name, protocol, caller, region, isPresigned }: Address,
    gone: AbortSignal,
  ): Promise<{ readonly call: EndpointCall; readonly reply: () => Promise<Reply> }> {
    const service = await this.#serviceNamed(name);
    const { named, operation, input, unreadable } = await understood(request, protocol, service.operations);
    const call: EndpointCall = {
      ...{ service: name, operation: named, reads: operation?.operation.reads ?? true, region, input },
      caller: {
        ...caller,
        endpoint: `http://${request.headers.host}`,
        speed: this.#options.clock?.speed ?? 1,
      },
      userAgent: request.headers['user-agent'] ?? '',
    };
    const reply = async (): Promise<Reply> => {
      const requestId = randomUUID();
      try {
        if (isPresigned) this.#checkSignature(request);
        if (unreadable !== undefined) throw unreadable;
        const output = await this.#carryOut(call, service, gone);
        return await protocol.write(output, operation ?? unreachable(), requestId);
      } catch (error) {
        if (isUnanswered(error)) throw error;
        return protocol.writeRefusal(this.#refusal(error, service.namespace), requestId);
      }
    };
    return { call, reply };
  }

  #carryOut(call: EndpointCall, { service, operations }: WireService, gone: AbortSignal): Promise<object> {
    const { clock, hooks } = this.#options;
    const next = async (input: object): Promise<object> => {
      const operation = operations.get(call.operation);
      if (operation === undefined) throw service.unknown(call.operation);
      const meant = clock === undefined ? input : withInstants(input, (at) => clock.toSimulated(at));
      await longPoll(() => service.waitSeconds(operation.operation, meant), gone);
      const output = service.call(operation.operation, meant, call.caller);
      return clock === undefined ? output : withInstants(output, (at) => clock.toReal(at));
    };
    return hooks?.carryOut === undefined ? next(call.input) : hooks.carryOut(call, next);
  }

  #checkSignature(request: WireRequest): void {
    const why = whyRefused(request, SIMULATED_SECRET, Date.now());
    if (why !== undefined) throw new RefusedRequest('SignatureDoesNotMatch', why, 403);
  }

  #refusal(error: unknown, namespace: string): Refusal {
    const refusal = refusalOf(error, namespace);
    if (refusal === undefined) this.#options.onBug?.(error);
    return refusal ?? INTERNAL_FAILURE;
  }

  #serviceNamed(name: ServiceName): Promise<WireService> {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const opened = this.#world.service(name).then((service) => {
      const operations = new Map(
        [...service.operations].map((operation) => [operation.name, wireOperation(operation)]),
      );
      const [, namespace = ''] = operations.values().next().value?.schema ?? [];
      return { service, operations, namespace };
    });
    this.#services.set(name, opened);
    return opened;
  }
}

interface Understood {
  /** The operation, as the request names it. */
  readonly named: string;
  /** Absent: the service does not have it. */
  readonly operation?: WireOperation | undefined;
  readonly input: object;
  /** Why the request cannot be read. */
  readonly unreadable?: RefusedRequest;
}

async function understood(
  request: WireRequest,
  protocol: Protocol,
  operations: WireService['operations'],
): Promise<Understood> {
  let named = '';
  try {
    named = protocol.operationOf(request, operations);
    const operation = operations.get(named);
    return {
      named,
      operation,
      input: operation === undefined ? {} : await protocol.read(request, operation),
    };
  } catch (error) {
    const why = `The request cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const unreadable = new RefusedRequest('SerializationException', why);
    return { named, operation: operations.get(named), input: {}, unreadable };
  }
}

const POLL_MS = 20;

/** Waits while the service has nothing to answer and the client is ready to wait; ends when the client is gone. */
async function longPoll(secondsNow: () => number, gone: AbortSignal): Promise<void> {
  const until = Date.now() + secondsNow() * SECOND_MS;
  while (Date.now() < until && !gone.aborted && secondsNow() > 0) await sleep(POLL_MS);
  if (gone.aborted) throw new ClientGone();
}

function unreachable(): never {
  throw new Error('an unknown operation was carried out');
}

async function requestOf(incoming: IncomingMessage): Promise<WireRequest> {
  const { method = 'GET', url = '/', headers } = incoming;
  const [path = '/'] = url.split('?');
  const query = new URLSearchParams(url.slice(path.length));
  return { method, path, query, headers, body: await buffer(incoming) };
}

export function send({ status, headers, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

/** As a web server answers that is no service of AWS. */
const NO_SERVICE: Reply = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: '<!DOCTYPE html>\n<html><head><title>404</title></head><body><p>This service is not simulated.</p></body></html>',
};
