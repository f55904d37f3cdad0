import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** How a receiver behaves to its n-th request, from 1. */
export type Behaviour = (request: number, response: ServerResponse, received: IncomingMessage) => void;

export interface Receiver {
  readonly url: URL;
  readonly received: readonly Received[];
}

const open: { close(): void; closeAllConnections(): void }[] = [];

/** To be called after each test. */
export function closeReceivers(): void {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
}

/** A real HTTP server on loopback; everything it was sent is kept. */
export async function receiver(behave: Behaviour): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ method, path, contentType: headers['content-type'], body });
      behave(received.length, response, request);
    });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/services/secret`), received };
}

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_, response) =>
    response.writeHead(status, headers).end('whatever');

/** One behaviour after the other, then the last for ever. */
export const inTurn =
  (...behaviours: readonly Behaviour[]): Behaviour =>
  (request, response, received) =>
    behaviours[Math.min(request, behaviours.length) - 1]?.(request, response, received);

export const resets: Behaviour = (_, __, received) => received.socket.destroy();
export const neverAnswers: Behaviour = () => undefined;
/** Sends a beginning, and goes on for ever. */
export const neverEnds: Behaviour = (_, response) => {
  response.writeHead(200);
  response.write('x'.repeat(1_000));
};
