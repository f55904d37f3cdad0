import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceName } from '../senders.ts';
import type { Caller } from '../service/operation.ts';
import type { World } from '../world.ts';
import type { FollowingClock } from './following-clock.ts';
import { ServedWorld } from './served-world.ts';
import type { Reply } from './wire.ts';

/** A request, before it is carried out. */
export interface EndpointCall {
  readonly service: ServiceName;
  /** As the request names it; the service may not have it. */
  readonly operation: string;
  /** It changes nothing. */
  readonly reads: boolean;
  readonly input: object;
  readonly caller: Caller;
  /** That the request is signed for. */
  readonly region: string;
  readonly userAgent: string;
}

/** For tests: what stands between a client and the simulated services. */
export interface EndpointHooks {
  /** Around the carrying out of a request: may change its input and output, and throw what the service is to answer. */
  readonly carryOut?: (call: EndpointCall, next: (input: object) => Promise<object>) => Promise<object>;
  /** Sends the answer in the place of the server. `reply` carries the request out. */
  readonly respond?: (
    call: EndpointCall,
    reply: () => Promise<Reply>,
    response: ServerResponse,
  ) => Promise<void>;
}

export interface EndpointOptions {
  /** 0 or absent: any that is free. */
  readonly port?: number;
  /** The clock of the world, if instants are to be told in real time. */
  readonly clock?: FollowingClock;
  readonly hooks?: EndpointHooks;
  /** Told of failures that are no answers of AWS. */
  readonly onBug?: (error: unknown) => void;
}

export interface Endpoint {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/**
 * Serves a simulated account over AWS's protocols, on loopback alone. Any access key will do: it names the caller. The signature of presigned requests is
 * checked, with {@link SIMULATED_SECRET}; those of other requests are not.
 *
 * @throws Error the system's own, such as EADDRINUSE
 * @example
 * const { url } = await serveWorld(world);
 * const ec2 = new EC2Client({ endpoint: url, region: 'us-east-1', credentials });
 */
export async function serveWorld(world: World, options: EndpointOptions = {}): Promise<Endpoint> {
  const served = new ServedWorld(world, options);
  const server = createServer((request, response) => {
    served.serve(request, response).catch((error: unknown) => {
      options.onBug?.(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, LOOPBACK, resolve);
  });
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
