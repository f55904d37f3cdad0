import { PassThrough, pipeline, type Readable } from 'node:stream';
import { SECOND_MS } from '../time.ts';
import { RequestFailure } from './request-failures.ts';

/** What one request may take. */
export interface CallLimits {
  /** From `send` to the last byte of the answer, waiting for credentials and for a connection included; milliseconds. */
  readonly wholeMs: number;
  /** The longest body that is read into memory. */
  readonly mostBytes: number;
}

/**
 * ? No source gives a limit that is right for every network. The slowest reads take some ten seconds until their headers; SQS waits up to 20 s for
 * messages. The longest legitimate answers are ten messages of 1 MiB each, escaped, and a page of 1,000 instances: about 20 MiB.
 */
export const CALL_LIMITS: CallLimits = { wholeMs: 60 * SECOND_MS, mostBytes: 32 * 1_024 * 1_024 };

/** Commands whose body the caller reads as a stream, and bounds there. Every other body is read into memory by the SDK. */
const STREAMED: ReadonlySet<string | undefined> = new Set(['GetObjectCommand']);
const FIRST_ERROR_STATUS = 300;

interface Options {
  readonly abortSignal?: AbortSignal;
}

type Send = (command: unknown, options?: Options) => Promise<unknown>;

interface Arrived {
  readonly response: unknown;
}

type BodyMiddleware = <Request, Answer extends Arrived>(
  next: (request: Request) => Promise<Answer>,
  context: { readonly commandName?: string },
) => (request: Request) => Promise<Answer>;

/** What a client of the SDK lets others change. */
interface Limitable {
  send: unknown;
  readonly middlewareStack: {
    add(
      middleware: BodyMiddleware,
      options: {
        readonly step: 'deserialize';
        readonly priority: 'low';
        readonly name: string;
        readonly override: true;
      },
    ): void;
  };
}

/**
 * Bounds every request of `client` in time and in memory. The SDK's own `requestTimeout` ends with the headers of an answer: a body that stalls, comes
 * one byte a second or never ends would hold up its caller for good.
 *
 * @returns the same client
 * @example const ec2 = limitCalls(new EC2Client(config));
 */
export function limitCalls<Client extends Limitable>(
  client: Client,
  { wholeMs, mostBytes }: CallLimits = CALL_LIMITS,
): Client {
  const send = (client.send as Send).bind(client);
  const limited: Send = (command, options) =>
    withinTime((abortSignal) => send(command, { ...options, abortSignal }), wholeMs, options?.abortSignal);
  client.send = limited;
  client.middlewareStack.add(boundBody(mostBytes), {
    step: 'deserialize',
    // Inside of the SDK's own deserializer, which reads the body.
    priority: 'low',
    name: 'lifeboatBodyLimit',
    override: true,
  });
  return client;
}

/**
 * Ends the wait itself, not only the request: credentials that are fetched by another process are not the SDK's to abort.
 *
 * @throws RequestFailure of code `TimeoutError` when the time is over; `AbortError` once `stop` has spoken
 */
async function withinTime<T>(
  run: (abortSignal: AbortSignal) => Promise<T>,
  wholeMs: number,
  stop: AbortSignal | undefined,
): Promise<T> {
  const late = new AbortController();
  const ended = stop === undefined ? late.signal : AbortSignal.any([late.signal, stop]);
  const timer = setTimeout(() => late.abort(), wholeMs);
  let tell: (() => void) | undefined;
  try {
    return await Promise.race([
      new Promise<never>((_, reject) => {
        tell = () => reject(late.signal.aborted ? tooLate(wholeMs) : stopped());
        if (ended.aborted) tell();
        else ended.addEventListener('abort', tell, { once: true });
      }),
      run(ended),
    ]);
  } finally {
    clearTimeout(timer);
    if (tell !== undefined) ended.removeEventListener('abort', tell);
  }
}

function boundBody(mostBytes: number): BodyMiddleware {
  return (next, { commandName }) =>
    async (request) => {
      const answer = await next(request);
      const response = answer.response as { statusCode: number; body?: unknown };
      const isStreamed = STREAMED.has(commandName) && response.statusCode < FIRST_ERROR_STATUS;
      if (!isStreamed && isReadable(response.body)) response.body = atMost(response.body, mostBytes);
      return answer;
    };
}

/** The same bytes; breaks off with an error beyond `mostBytes`. */
function atMost(body: Readable, mostBytes: number): Readable {
  let bytes = 0;
  const counted = new PassThrough();
  body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > mostBytes) body.destroy(tooLong(mostBytes));
  });
  // The reader of `counted` gets the failure; without a callback it would be thrown.
  pipeline(body, counted, () => undefined);
  return counted;
}

function isReadable(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body && 'destroy' in body;
}

function tooLate(wholeMs: number): RequestFailure {
  const message = `AWS did not answer in full within ${wholeMs / SECOND_MS} s. Whether the request was carried out is unknown.`;
  return new RequestFailure({ class: 'transient', code: 'TimeoutError', message });
}

function tooLong(mostBytes: number): RequestFailure {
  const message = `The answer is longer than ${mostBytes / 1_048_576} MiB, which no answer of AWS is. A proxy or a wrong endpoint may be in between.`;
  return new RequestFailure({ class: 'transient', code: 'AnswerTooLong', message });
}

function stopped(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}
