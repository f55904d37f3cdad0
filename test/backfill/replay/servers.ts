import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a target received, in the order of the ends of the requests. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** How a target behaves to its n-th request, from 1. */
export type Behaviour = (response: ServerResponse, received: Received, request: number) => void;

export interface TargetServer {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Every connection, whether or not anything came by it. */
  readonly connections: () => number;
  /** Refuses connections and breaks those that there are. */
  stop(): Promise<void>;
  /** Takes connections again, at the same port. */
  restart(): Promise<void>;
}

const open: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

/** To be called after each test. */
export async function closeServers(): Promise<void> {
  await Promise.all(open.splice(0).map(close));
}

function close({
  server,
  sockets,
}: {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function listen(
  server: Server,
  port = 0,
): Promise<{ readonly port: number; readonly entry: (typeof open)[number]; connections: () => number }> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('connection', (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const entry = { server, sockets };
  open.push(entry);
  return { port: (server.address() as AddressInfo).port, entry, connections: () => count };
}

/** A real HTTP server on loopback; everything it was sent is kept. */
export async function target(
  behave: Behaviour,
  tls?: { readonly key: string; readonly cert: string },
): Promise<TargetServer> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers, rawHeaders } = request;
      const one = { method, path, headers, rawHeaders, body: Buffer.concat(chunks).toString('utf8') };
      received.push(one);
      behave(response, one, received.length);
    });
  };
  const create = (): Server =>
    tls === undefined ? createHttpServer(listener) : createHttpsServer({ ...tls }, listener);
  let current = await listen(create());
  const { port } = current;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    received,
    connections: () => current.connections(),
    stop: () => close(current.entry),
    restart: async () => {
      current = await listen(create(), port);
    },
  };
}

/** A server that does what it likes with the bytes; `talk` is told of each connection when its first bytes are there. */
export async function rawTarget(talk: (socket: Socket, bytes: Buffer, connection: number) => void): Promise<{
  readonly url: string;
  readonly port: number;
  /** Everything that came in, of all connections. */
  readonly bytes: () => string;
}> {
  let text = '';
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    const mine = count;
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      talk(socket, bytes, mine);
    });
  });
  const { port } = await listen(server);
  return { url: `http://127.0.0.1:${port}`, port, bytes: () => text };
}

/** A closed port. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer();
  const { port, entry } = await listen(server);
  await close(entry);
  return port;
}

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = 'ok'): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);
