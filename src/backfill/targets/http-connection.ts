import type { Client, Dispatcher } from 'undici';
import type { Attempt } from '../base/replay-ports.ts';
import { printable } from '../base/printable.ts';
import type { OutgoingRequest } from './rewrite.ts';

/** Bytes read of an answer's body; a longer one closes the connection, because the status is known. */
export const MOST_READ_BYTES = 256 * 1_024;
/** Bytes kept of it for messages. */
const MOST_KEPT_BYTES = 2_048;

/**
 * One connection, one request at a time: a broken connection leaves at most one unknown outcome. It is its own handler, so that a request allocates none.
 */
export class HttpConnection implements Dispatcher.DispatchHandler {
  readonly #connect: () => Client;
  readonly #now: () => number;
  readonly #isFree: (connection: HttpConnection) => void;
  readonly #redact: (text: string) => string;
  #client: Client;
  #resolve: ((attempt: Attempt) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  /** Milliseconds of the monotonic clock. */
  #deadlineMs = Infinity;
  #status = 0;
  #location: string | undefined;
  #retryAfter: string | undefined;
  #received = 0;
  #kept: Buffer[] | undefined;

  /**
   * @param now wall clock, for a `Retry-After` that is a date
   * @param isFree told when it can take another request
   * @param redact removes secrets
   */
  constructor(
    connect: () => Client,
    now: () => number,
    isFree: (connection: HttpConnection) => void,
    redact: (text: string) => string = (text) => text,
  ) {
    this.#redact = redact;
    this.#connect = connect;
    this.#now = now;
    this.#isFree = isFree;
    this.#client = connect();
  }

  send({ method, path, headers, body }: OutgoingRequest, deadlineMs: number): Promise<Attempt> {
    this.#deadlineMs = deadlineMs;
    this.#controller = undefined;
    this.#status = 0;
    this.#location = undefined;
    this.#retryAfter = undefined;
    this.#received = 0;
    this.#kept = undefined;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      const options = {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: headers as string[],
        body: body ?? null,
      };
      this.#client.dispatch(options, this);
    });
  }

  /** Ends a request at its deadline, even while its answer is arriving. @returns whether it did */
  expire(nowMs: number, why: string): boolean {
    if (this.#resolve === undefined || nowMs < this.#deadlineMs) return false;
    const error = new Error(why);
    if (this.#controller !== undefined) this.#controller.abort(error);
    else {
      // Still connecting: nothing of it is written.
      const client = this.#client;
      this.#client = this.#connect();
      void client.destroy(error);
    }
    return true;
  }

  get deadline(): number {
    return this.#resolve === undefined ? Infinity : this.#deadlineMs;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // From here on the request may arrive. A second start is a retry of undici's own, which would send twice.
    if (this.#controller !== undefined) controller.abort(new Error('the connection broke'));
    this.#controller = controller;
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    if (status < 300) return;
    this.#kept = [];
    this.#location = first(headers['location']);
    this.#retryAfter = first(headers['retry-after']);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#kept !== undefined && this.#received < MOST_KEPT_BYTES)
      this.#kept.push(Buffer.from(chunk.subarray(0, MOST_KEPT_BYTES - this.#received)));
    this.#received += chunk.length;
    if (this.#received > MOST_READ_BYTES) controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    this.#finish(this.#answered());
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    const reason = (): string => reasonOf(error, this.#redact);
    if (this.#status !== 0) this.#finish(this.#answered());
    else if (this.#controller !== undefined) this.#finish({ kind: 'unknown', why: reason() });
    else if (isRefusal(error)) this.#finish({ kind: 'unsendable', why: reason() });
    else this.#finish({ kind: 'unsent', why: reason() });
  }

  #finish(attempt: Attempt): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    this.#isFree(this);
    resolve(attempt);
  }

  #answered(): Attempt {
    const [status, kept, location, retryAfter] = [this.#status, this.#kept, this.#location, this.#retryAfter];
    if (kept === undefined) return taken(status);
    const text = printable(this.#redact(Buffer.concat(kept).toString('utf8')));
    const answer =
      location !== undefined && status < 400
        ? `redirects to ${printable(this.#redact(location), 200)}, not followed`
        : text;
    const seconds = retryAfter === undefined ? undefined : retryAfterSeconds(retryAfter, this.#now());
    return { kind: 'answered', status, answer, ...(seconds !== undefined && { retryAfterSeconds: seconds }) };
  }
}

const TAKEN = new Map<number, Attempt>();

/** Millions of answers are equal: one object for each status. */
function taken(status: number): Attempt {
  let attempt = TAKEN.get(status);
  if (attempt === undefined) TAKEN.set(status, (attempt = { kind: 'answered', status, answer: '' }));
  return attempt;
}

/**
 * @param value seconds, or an HTTP date
 * @returns `undefined` for what is neither
 */
export function retryAfterSeconds(value: string, now: number): number | undefined {
  if (/^\s*\d{1,10}\s*$/.test(value)) return Number(value);
  if (!/^[A-Z][a-z]{2,8},/.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1_000);
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** Undici itself refuses it: nothing was written. */
function isRefusal(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED';
}

/** Printable, without secrets. */
function reasonOf(error: Error, redact: (text: string) => string): string {
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return printable(redact(inner.message === '' ? inner.name : inner.message), 200);
}
