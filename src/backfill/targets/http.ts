import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { buildConnector, Client } from 'undici';
import { LifeboatError } from '../../errors.ts';
import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import { formatDuration, SECOND_MS, type Instant } from '../../time.ts';
import type { RecordKey } from '../base/record.ts';
import type { Attempt, ReplayRequest, ReplayTarget } from '../base/replay-ports.ts';
import { sendAsterisk, type AsteriskOptions } from './asterisk.ts';
import { HttpConnection } from './http-connection.ts';
import { idempotencyKeys } from './idempotency-key.ts';
import { rewriteRequest, type RewriteSettings } from './rewrite.ts';

/** A connection that is not made in this time counts as one that cannot be made. */
const LONGEST_CONNECT_SECONDS = 10;
/** Shorter than the 5 s after which servers begin to close idle connections. */
const KEEP_ALIVE_MS = 4_000;
const IDEMPOTENCY_HEADER = 'idempotency-key';

export interface HttpTargetOptions {
  /** The name of the backfill: part of the key of each record. */
  readonly backfill: string;
  /** `rewrite.headers` with what stood elsewhere put in; names in lower case. */
  readonly headers: ReadonlyMap<string, string | null>;
  /** Removes secrets from answers. */
  readonly redact?: (text: string) => string;
  /** Certificates that are trusted beside those of the system, PEM. */
  readonly ca?: string;
  /** Wall clock. */
  readonly now?: () => Instant;
}

/**
 * The one HTTP server that requests are sent to: to the declared origin and below the declared path, whatever a record says. Redirects are answers. Proxies named in the environment are not used.
 *
 * @throws LifeboatError when the target is not an HTTP URL, or a header to set cannot be sent
 * @example const target = createHttpTarget(spec.replay, { backfill: 'orders-1', headers: new Map() });
 */
export function createHttpTarget(settings: ReplaySettings, options: HttpTargetOptions): ReplayTarget {
  if (typeof settings.target !== 'string') throw new Error('the target is not an HTTP server');
  return new HttpTarget(new URL(settings.target), settings, options);
}

class HttpTarget implements ReplayTarget {
  readonly name: string;
  readonly #settings: ReplaySettings;
  readonly #rewriting: RewriteSettings;
  readonly #now: () => Instant;
  readonly #connect: () => Client;
  readonly #connections: HttpConnection[] = [];
  readonly #free: HttpConnection[] = [];
  readonly #isFree = (connection: HttpConnection): void => void this.#free.push(connection);
  readonly #keyOf: (key: RecordKey) => string;
  readonly #timeoutMs: number;
  readonly #redact: HttpTargetOptions['redact'];
  readonly #asterisk: AsteriskOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(url: URL, settings: ReplaySettings, options: HttpTargetOptions) {
    this.name = `${url.origin}${url.pathname}`;
    this.#settings = settings;
    this.#now = options.now ?? Date.now;
    this.#redact = options.redact;
    this.#timeoutMs = settings.timeout * SECOND_MS;
    this.#rewriting = rewritingOf(url, settings, options);
    this.#keyOf =
      this.#rewriting.idempotencyHeader === undefined ? () => '' : idempotencyKeys(options.backfill);
    const servername = servernameOf(url);
    const timeoutMs = this.#timeoutMs;
    this.#asterisk = { url, servername, ca: options.ca, timeoutMs, late: lateReason(settings) };
    const connect = connector(servername, timeoutMs, options.ca);
    this.#connect = () =>
      new Client(url.origin, {
        connect,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // These two restart with every byte: the target keeps a deadline for the whole request itself.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
  }

  send(request: ReplayRequest): Promise<Attempt> {
    const outgoing = rewriteRequest(request, this.#rewriting, this.#keyOf(request), this.#now());
    if ('refused' in outgoing) return Promise.resolve({ kind: 'unsendable', why: outgoing.refused });
    if (outgoing.path === '*') return sendAsterisk(outgoing, this.#asterisk);
    const connection = this.#free.pop() ?? this.#open();
    this.#watch();
    return connection.send(outgoing, performance.now() + this.#timeoutMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #open(): HttpConnection {
    if (this.#connections.length >= this.#settings.connections)
      throw new Error(`more than ${this.#settings.connections} requests under way`);
    const connection = new HttpConnection(this.#connect, this.#now, this.#isFree, this.#redact);
    this.#connections.push(connection);
    return connection;
  }

  /** One timer for all connections. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#expire(), this.#timeoutMs);
  }

  #expire(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    const why = lateReason(this.#settings);
    for (const connection of this.#connections) connection.expire(nowMs, why);
    const next = Math.min(...this.#connections.map(({ deadline }) => deadline));
    if (next < Infinity) this.#timer = setTimeout(() => this.#expire(), Math.max(1, next - nowMs));
  }
}

function lateReason({ timeout }: ReplaySettings): string {
  return `no answer within ${formatDuration(timeout)}`;
}

/** The certificate is that of the declared host, whatever the Host header says. */
function servernameOf({ hostname }: URL): string {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? host : '';
}

function connector(servername: string, timeoutMs: number, ca: string | undefined): buildConnector.connector {
  const connect = buildConnector({
    timeout: Math.min(timeoutMs, LONGEST_CONNECT_SECONDS * SECOND_MS),
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) => connect({ ...options, servername }, callback);
}

function rewritingOf(url: URL, settings: ReplaySettings, options: HttpTargetOptions): RewriteSettings {
  const { rewrite, idempotencyKey: wanted } = settings;
  const { headers } = options;
  for (const [name, value] of headers) if (value !== null) assertSendable(name, value);
  return {
    basePath: url.pathname.replace(/\/$/, ''),
    query: url.search.slice(1),
    host: rewrite.host,
    headers,
    path: rewrite.path,
    time: rewrite.time,
    idempotencyHeader: wanted === true ? IDEMPOTENCY_HEADER : wanted === false ? undefined : wanted,
  };
}

function assertSendable(name: string, value: string): void {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
  throw new LifeboatError(
    'USAGE',
    `The value for the header '${name}' holds a character that no header can hold, such as a line break.`,
    `Correct the value under 'rewrite.headers', or where it comes from.`,
  );
}
