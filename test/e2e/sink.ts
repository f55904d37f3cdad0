import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly key: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server that counts effects: by key, as one that honours the Idempotency-Key does, and plainly, as one that does not. */
export interface Sink {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** How often each request took effect where keys count for nothing, by its URL. */
  effects(): ReadonlyMap<string, number>;
  /** What was done at all where a key is honoured. */
  keys(): ReadonlySet<string>;
  close(): Promise<void>;
}

export type Answering = (arrival: Arrival, response: ServerResponse, nth: number) => void;

const fine: Answering = (_arrival, response) => void response.end('taken');

export async function openSink(answer: Answering = fine): Promise<Sink> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const arrival = {
        method: request.method ?? '',
        url: request.url ?? '',
        key: String(request.headers['idempotency-key'] ?? ''),
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      arrivals.push(arrival);
      answer(arrival, response, arrivals.length);
    });
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    effects: () => {
      const effects = new Map<string, number>();
      for (const { url } of arrivals) effects.set(url, (effects.get(url) ?? 0) + 1);
      return effects;
    },
    keys: () => new Set(arrivals.map(({ key }) => key)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
