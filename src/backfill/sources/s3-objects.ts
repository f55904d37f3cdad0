import { performance } from 'node:perf_hooks';
import { GetObjectCommand, ListObjectsV2Command, type _Object as Listed } from '@aws-sdk/client-s3';
import type { Sender } from '../../aws/clients.ts';
import { sanitise } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { LIMITS, RETRIES } from '../../facts/retries.ts';
import { backoffMs, type RetryPolicy } from '../../retry.ts';
import { pause } from '../../pause.ts';
import { failureOfCall, mayPass, patiently, statusOf } from '../base/aws-calls.ts';
import type { ObjectStore } from './object-store.ts';

/** A log may take hours to read: only the wait for its next piece is bounded. */
const SILENCE_MS = 30_000;
/** A piece of an object. A connection that delivers less in that time counts as broken: one byte a second is not progress. */
const PROGRESS_BYTES = 16_384;
/** Ten million objects: beyond them the endpoint is broken. */
const MOST_PAGES = 10_000;

export interface S3ObjectsOptions {
  /** How often and how fast a request, and a broken object without progress, is asked for again. */
  readonly policy?: RetryPolicy;
  readonly silenceMs?: number;
  readonly mostPages?: number;
}

/**
 * Objects of S3 and of what speaks its protocol.
 *
 * @param s3 a client of the bucket's Region
 * @example for await (const { key, etag } of createS3Objects(s3).list('logs', 'alb/')) ...
 */
export function createS3Objects(s3: Sender<'s3'>, options: S3ObjectsOptions = {}): ObjectStore {
  return {
    list: (bucket, prefix) => listed(s3, bucket, prefix, options),
    open: (bucket, key, etag, bytes) => opened(new OpenObject(s3, { bucket, key, etag, bytes }, options)),
  };
}

async function* listed(s3: Sender<'s3'>, bucket: string, prefix: string, options: S3ObjectsOptions) {
  const { policy, mostPages = MOST_PAGES } = options;
  const explain = (failure: Failure, error: unknown) => explained(bucket, undefined, failure, error);
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const page = await patiently(
      'ListObjectsV2',
      () =>
        s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            OptionalObjectAttributes: ['RestoreStatus'],
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      {
        name: bucket,
        policy: policy ?? (token === undefined ? RETRIES.firstContact : RETRIES.backfillCall),
        explain,
      },
    );
    for (const object of page.Contents ?? []) {
      const { Key: key, Size: bytes = 0, ETag: etag } = object;
      if (key === undefined || etag === undefined) throw notS3(bucket);
      if (bytes === 0) continue;
      if (isArchived(object)) throw archived(bucket, key);
      yield { key, bytes, etag };
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    // A repeated token would make the list endless.
    if (page.IsTruncated === true && (next === undefined || tokens.has(next))) throw notS3(bucket);
    if (tokens.size >= mostPages) throw endlessList(bucket, tokens.size);
    if (next !== undefined) tokens.add(next);
    token = next;
  } while (token !== undefined);
}

function isArchived({ StorageClass, RestoreStatus }: Listed): boolean {
  const away = StorageClass === 'GLACIER' || StorageClass === 'DEEP_ARCHIVE';
  return away && RestoreStatus?.RestoreExpiryDate === undefined;
}

async function* opened(object: OpenObject): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = await object.next(); chunk !== undefined; chunk = await object.next()) yield chunk;
  } finally {
    object.close();
  }
}

/** An object as it was listed. */
interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

/** One object on its way, over as many connections as it takes. */
class OpenObject {
  readonly #s3: Sender<'s3'>;
  readonly #bucket: string;
  readonly #key: string;
  readonly #etag: string;
  readonly #bytes: number;
  readonly #policy: RetryPolicy;
  readonly #silenceMs: number;
  #body: Body | undefined;
  #read = 0;
  #total: number | undefined;
  #failures = 0;
  #resumptions = 0;
  /** Since the last progress: bytes that have come, and milliseconds that were waited for them. */
  #piece = 0;
  #waitedMs = 0;

  constructor(s3: Sender<'s3'>, { bucket, key, etag, bytes }: Wanted, options: S3ObjectsOptions) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#key = key;
    this.#etag = etag;
    this.#bytes = bytes;
    this.#policy = options.policy ?? RETRIES.backfillCall;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#total !== undefined && this.#read >= this.#total) return undefined;
      try {
        this.#body ??= await this.#connect();
        const chunk = await this.#chunk(this.#body);
        if (chunk === undefined) throw cutShort();
        this.#read += chunk.length;
        this.#progress(chunk.length);
        return chunk;
      } catch (error) {
        this.close();
        await this.#afterBreak(error);
      }
    }
  }

  close(): void {
    this.#body?.stream.destroy();
    this.#body = undefined;
    this.#waitedMs = 0;
  }

  async #connect(): Promise<Body> {
    const {
      Body: stream,
      ContentLength,
      ContentRange,
    } = await this.#s3.send(
      new GetObjectCommand({
        Bucket: this.#bucket,
        Key: this.#key,
        IfMatch: this.#etag,
        ...(this.#read > 0 && { Range: `bytes=${this.#read}-` }),
      }),
    );
    if (!isStream(stream) || ContentLength === undefined) throw notS3(this.#bucket);
    if (this.#read > 0 && ContentRange?.startsWith(`bytes ${this.#read}-`) !== true) {
      stream.destroy();
      throw new LifeboatError(
        'AWS_FAILED',
        `${this.#name} broke off after ${this.#read} bytes, and the object store does not support Range requests.`,
        'Copy the object to a file and scan that, or use an endpoint that answers Range requests.',
      );
    }
    this.#total = this.#read + ContentLength;
    // The same version has the length that was listed; another length may be one that never ends.
    if (this.#total !== this.#bytes) {
      stream.destroy();
      throw notS3(this.#bucket);
    }
    return { stream, chunks: stream[Symbol.asyncIterator]() };
  }

  async #chunk({ stream, chunks }: Body): Promise<Uint8Array | undefined> {
    const since = performance.now();
    const timer = setTimeout(() => stream.destroy(cutShort()), Math.max(0, this.#silenceMs - this.#waitedMs));
    try {
      const { done, value } = await chunks.next();
      return done === true ? undefined : value;
    } finally {
      clearTimeout(timer);
      this.#waitedMs += performance.now() - since;
    }
  }

  #progress(bytes: number): void {
    this.#piece += bytes;
    if (this.#piece < PROGRESS_BYTES) return;
    this.#piece = 0;
    this.#waitedMs = 0;
    this.#failures = 0;
  }

  /** Waits before the next attempt, or throws when there is none. */
  async #afterBreak(error: unknown): Promise<void> {
    if (error instanceof LifeboatError) throw error;
    const failure = isBrokenStream(error) ? BROKEN : failureOfCall(error);
    this.#failures += 1;
    this.#resumptions += 1;
    const isOver = this.#failures >= this.#policy.attempts || this.#resumptions >= LIMITS.objectResumptions;
    if (!mayPass(failure) || isOver)
      throw explained(this.#bucket, this.#key, failure, error) ?? this.#gaveUp(failure, error);
    await pause(backoffMs(this.#policy, this.#name, this.#failures));
  }

  get #name(): string {
    return nameOf(this.#bucket, this.#key);
  }

  #gaveUp({ code, message }: Failure, cause: unknown): LifeboatError {
    return new LifeboatError(
      'AWS_FAILED',
      `${this.#name} could not be read beyond byte ${this.#read}: ${code}: ${message}`,
      'Check the network to S3, then run the command again.',
      { cause },
    );
  }
}

interface Body {
  readonly stream: ByteStream;
  readonly chunks: AsyncIterator<Uint8Array>;
}

interface ByteStream extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

function isStream(body: unknown): body is ByteStream {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'destroy' in body;
}

const BROKEN: Failure = {
  class: 'transient',
  code: 'BrokenConnection',
  message: 'The connection broke before all had come.',
};
const CUT_SHORT = 'LIFEBOAT_CUT_SHORT';

function cutShort(): Error {
  return Object.assign(new Error(BROKEN.message), { code: CUT_SHORT });
}

/** What Node says of a body that ended too early; the SDK has nothing to do with it. */
const STREAM_CODES: ReadonlySet<unknown> = new Set([
  ...[CUT_SHORT, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT'],
]);

function isBrokenStream(error: unknown): boolean {
  return STREAM_CODES.has((error as NodeJS.ErrnoException | undefined)?.code);
}

function nameOf(bucket: string, key: string | undefined): string {
  return sanitise(key === undefined ? `s3://${bucket}` : `s3://${bucket}/${key}`);
}

function archived(bucket: string, key: string): LifeboatError {
  return new LifeboatError(
    'AWS_FAILED',
    `${nameOf(bucket, key)} is archived and cannot be read as it is.`,
    'Restore the object from its archive, or leave it out by a narrower prefix, then run the command again.',
  );
}

function notS3(bucket: string): LifeboatError {
  return new LifeboatError(
    'AWS_FAILED',
    `What answered for ${nameOf(bucket, undefined)} is not S3: a part of the answer is missing or contradicts another.`,
    'Check AWS_ENDPOINT_URL and any proxy in between, then run the command again.',
  );
}

function endlessList(bucket: string, pages: number): LifeboatError {
  return new LifeboatError(
    'AWS_FAILED',
    `The list of ${nameOf(bucket, undefined)} does not end: Lifeboat stopped reading it after ${pages} pages.`,
    'Choose a narrower prefix, or check AWS_ENDPOINT_URL and any proxy in between, then run the command again.',
  );
}

/** Errors of S3 that name the bucket and the object. */
function explained(
  bucket: string,
  key: string | undefined,
  failure: Failure,
  cause: unknown,
): LifeboatError | undefined {
  const { code, class: kind } = failure;
  const name = nameOf(bucket, key);
  const say = (message: string, next: string) => new LifeboatError('AWS_FAILED', message, next, { cause });
  const region = otherRegion(failure, cause);
  if (region !== undefined)
    return say(
      `The bucket '${bucket}' is in ${region === '' ? 'another Region' : `the Region ${region}`}.`,
      `Give the Region of the bucket${region === '' ? '' : `: AWS_REGION=${region}`}, or copy the objects to where the command reads.`,
    );
  if (code === 'NoSuchBucket')
    return say(
      `There is no bucket '${bucket}'.`,
      'Correct the s3:// path of the source, then run the command again.',
    );
  if (statusOf(cause) === 412 || code === 'PreconditionFailed')
    return say(
      `${name} was changed while it was read.`,
      'Scan again, once nothing writes to the object any more.',
    );
  if (key !== undefined && (code === 'NoSuchKey' || statusOf(cause) === 404))
    return say(
      `${name} was deleted before it was read.`,
      'Scan again: the objects have changed since they were listed.',
    );
  if (key !== undefined && code === 'InvalidObjectState') return archived(bucket, key);
  if (kind === 'denied')
    return new LifeboatError(
      'AWS_DENIED',
      `${name} may not be read: ${code}: ${failure.message}`,
      `Give the role s3:ListBucket on the bucket and s3:GetObject on its objects (and kms:Decrypt on their key), then run the command again.`,
      { cause },
    );
  return undefined;
}

/** The Region in which the bucket is; empty where the answer does not name it. */
function otherRegion({ code, message }: Failure, error: unknown): string | undefined {
  if (code === 'AuthorizationHeaderMalformed') return /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  if (code !== 'PermanentRedirect' && statusOf(error) !== 301) return undefined;
  const { headers = {} } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
  return headers['x-amz-bucket-region'] ?? '';
}
