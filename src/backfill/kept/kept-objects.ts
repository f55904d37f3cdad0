import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Sender } from '../../aws/clients.ts';
import { RequestFailure, sanitise } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import { RETRIES } from '../../facts/retries.ts';
import type { RetryPolicy } from '../../retry.ts';
import { SECOND_MS } from '../../time.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { patiently, statusOf } from '../base/aws-calls.ts';

/** Where objects are kept. */
export interface KeptPlace {
  readonly bucket: string;
  /** Without a slash at its end. */
  readonly prefix: string;
}

export interface KeptObjectsOptions {
  /** A client of the bucket's Region. */
  readonly s3: Sender<'s3'>;
  readonly policy?: RetryPolicy;
  /** Ends the repeating of requests that fail. */
  readonly stop?: AbortSignal;
}

const PRECONDITION_FAILED = 412;
const CONFLICT = 409;
const NOT_FOUND = 404;
/** A part, and room for what does not compress. */
const MOST_BYTES = 32 * 1_024 * 1_024;
const WHOLE_MS = 60 * SECOND_MS;

/** Small objects of a bucket. Reads are strongly consistent, as S3's are. */
export class KeptObjects {
  readonly #place: KeptPlace;
  readonly #options: KeptObjectsOptions;

  constructor(place: KeptPlace, options: KeptObjectsOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** For messages. */
  nameOf(object: string): string {
    const { bucket, prefix } = this.#place;
    return sanitise(`s3://${bucket}/${prefix}/${object}`);
  }

  /** `undefined`: there is none of this name. */
  get(name: string): Promise<Buffer | undefined> {
    return this.#ask('GetObject', name, async (target) => {
      try {
        const { Body, ETag } = await this.#options.s3.send(new GetObjectCommand(target));
        assertS3(ETag);
        return await bytesOf(Body);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#ask('PutObject', name, (target) => this.#put({ ...target, Body: bytes }));
  }

  /**
   * Writes the object unless there is one of this name. A request whose answer was lost is repeated: what is there then may be these bytes.
   * @returns whether the object with these bytes is there; false: there is another one
   */
  async putIfAbsent(name: string, bytes: Uint8Array): Promise<boolean> {
    const isWritten = await this.#ask('PutObject', name, async (target) => {
      try {
        await this.#put({ ...target, Body: bytes, IfNoneMatch: '*' });
        return true;
      } catch (error) {
        if (statusOf(error) === PRECONDITION_FAILED) return false;
        throw error;
      }
    });
    return isWritten || (await this.get(name))?.equals(bytes) === true;
  }

  async #put(input: PutObjectCommandInput): Promise<void> {
    const { ETag } = await this.#options.s3.send(new PutObjectCommand(input));
    assertS3(ETag);
  }

  #ask<T>(
    operation: string,
    name: string,
    run: (target: { readonly Bucket: string; readonly Key: string }) => Promise<T>,
  ): Promise<T> {
    const { bucket, prefix } = this.#place;
    const { policy = RETRIES.keptObject, stop } = this.#options;
    const target = { Bucket: bucket, Key: `${prefix}/${name}` };
    return patiently(operation, () => run(target).catch(repeatedAfterConflict), {
      name: `${bucket} ${name}`,
      policy,
      ...(stop !== undefined && { stop }),
      explain: (failure, cause) => explained(this.nameOf(name), failure, cause),
    });
  }
}

/** Another request for this name is under way: S3 asks for a repetition. */
function repeatedAfterConflict(error: unknown): never {
  throw statusOf(error) === CONFLICT ? passing('ConditionalRequestConflict', error) : error;
}

/** A proxy's page has the status of success, too: what it got is not kept. S3 answers with the tag of the object. */
function assertS3(tag: string | undefined): void {
  if (tag === undefined) throw passing('NotAnswerOfS3');
}

function isMissing(error: unknown): boolean {
  return statusOf(error) === NOT_FOUND && (error as Error).name !== 'NoSuchBucket';
}

function explained(name: string, { class: kind, code, message }: Failure, cause: unknown) {
  const told = `The backfill is kept in S3, and ${name} cannot be reached: ${code}: ${message}`;
  if (kind === 'denied')
    return new LifeboatError(
      'AWS_DENIED',
      told,
      'Give the role s3:GetObject and s3:PutObject on the objects, and s3:ListBucket on the bucket. Then resume the run.',
      { cause },
    );
  return new LifeboatError('AWS_FAILED', told, 'Check the bucket, then resume the run.', { cause });
}

/** Reads a whole body. The SDK's own limits end with the headers. */
async function bytesOf(body: unknown): Promise<Buffer> {
  if (!isStream(body)) throw passing('NoBody');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const timer = setTimeout(() => body.destroy(passing('BodyTooSlow')), WHOLE_MS);
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw passing('BodyTooLong');
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof RequestFailure ? error : passing('BrokenBody', error);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

interface ByteStream extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

function isStream(body: unknown): body is ByteStream {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body && 'destroy' in body;
}

function passing(code: string, cause?: unknown): RequestFailure {
  const message = cause instanceof Error ? cause.message : 'What answered is not a complete answer of S3.';
  return new RequestFailure({ class: 'transient', code, message });
}
