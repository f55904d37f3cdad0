import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Attempt } from '../base/replay-ports.ts';
import { printable } from '../base/printable.ts';
import type { OutgoingRequest } from './rewrite.ts';

export interface AsteriskOptions {
  readonly url: URL;
  readonly servername: string;
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
  /** Why it ends then, for people. */
  readonly late: string;
}

/** Sends `OPTIONS *`, on a connection of its own: undici takes no target but a path. Never rejects. */
export function sendAsterisk(outgoing: OutgoingRequest, options: AsteriskOptions): Promise<Attempt> {
  const { url, servername, ca, timeoutMs, late } = options;
  const { method, path, headers, body } = outgoing;
  const hasHost = headers.some((name, index) => index % 2 === 0 && name === 'host');
  const request: RequestOptions & { servername: string; ca?: string } = {
    method,
    path,
    // Brackets of IPv6 belong to the URL.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    headers: hasHost ? headers : ['host', url.host, ...headers],
    agent: false,
    servername,
    ...(ca !== undefined && { ca }),
  };
  return new Promise((resolve) => {
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(request);
    const timer = setTimeout(() => sent.destroy(new Error(late)), timeoutMs);
    let isConnected = false;
    const end = (attempt: Attempt): void => {
      clearTimeout(timer);
      resolve(attempt);
    };
    sent.once('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (isConnected = true)),
    );
    sent.once('response', (response) => {
      const { statusCode: status = 0 } = response;
      response.destroy();
      end({ kind: 'answered', status, answer: status < 300 ? '' : `status ${status} for OPTIONS *` });
    });
    sent.once('error', ({ message }) =>
      end({ kind: isConnected ? 'unknown' : 'unsent', why: printable(message, 200) }),
    );
    sent.end(body);
  });
}
