import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import type { Sender } from '../../../src/aws/clients.ts';

/** What becomes of one request: `lost` was carried out, but its answer is lost; `refused` was not. */
export type Outcome = 'answered' | 'lost' | 'refused' | 'throttled' | 'conflict';

const ETAG = '"tag"';

export interface Request {
  readonly operation: 'get' | 'put';
  readonly key: string;
  /** Counts the requests of this process, from 0. */
  readonly number: number;
}

/** A bucket of S3 that several processes use. Reads see every write before them, and conditional writes are kept, as in S3. */
export class Bucket {
  readonly objects = new Map<string, Buffer>();
  /** False: `If-None-Match` is ignored, as by older object stores. */
  isConditional = true;

  keys(part = ''): readonly string[] {
    return [...this.objects.keys()].filter((key) => key.includes(part)).sort();
  }

  /** A client of one process. */
  client(fate: (request: Request) => Outcome | Promise<Outcome> = () => 'answered'): Sender<'s3'> & {
    readonly requests: Request[];
  } {
    const s3 = new S3Client({ region: 'us-east-1' });
    const requests: Request[] = [];
    const answer = async <T>(operation: 'get' | 'put', key: string, perform: () => T): Promise<T> => {
      const request = { operation, key, number: requests.length };
      requests.push(request);
      const outcome = await fate(request);
      if (outcome === 'refused' || outcome === 'throttled') throw refusals[outcome]();
      if (outcome === 'conflict') throw refusal(409, 'ConditionalRequestConflict');
      const result = perform();
      if (outcome === 'lost') throw refusals.lost();
      return result;
    };
    mockClient(s3)
      .on(GetObjectCommand)
      .callsFake(({ Key }: { Key: string }) =>
        answer('get', Key, () => {
          const body = this.objects.get(Key);
          if (body === undefined) throw refusal(404, 'NoSuchKey');
          return { Body: Readable.from([body]), ETag: ETAG };
        }),
      )
      .on(PutObjectCommand)
      .callsFake(({ Key, Body, IfNoneMatch }: { Key: string; Body: Uint8Array; IfNoneMatch?: string }) =>
        answer('put', Key, () => {
          if (this.isConditional && IfNoneMatch === '*' && this.objects.has(Key))
            throw refusal(412, 'PreconditionFailed');
          this.objects.set(Key, Buffer.from(Body));
          return { ETag: ETAG };
        }),
      );
    return Object.assign(s3, { requests });
  }
}

/** Ends a process at one of its requests, or of its writes: neither that one nor any later request is answered. */
export function killedAt(
  number: number,
  {
    isCarriedOut = false,
    ofWrites = false,
  }: { readonly isCarriedOut?: boolean; readonly ofWrites?: boolean } = {},
): (request: Request) => Outcome {
  let seen = -1;
  return ({ operation }) => {
    if (!ofWrites || operation === 'put' || seen >= number) seen += 1;
    if (seen < number) return 'answered';
    return seen === number && isCarriedOut && (!ofWrites || operation === 'put') ? 'lost' : 'refused';
  };
}

function refusal(status: number, name: string): Error {
  return Object.assign(new Error(`S3 says ${name}`), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });
}

const refusals = {
  lost: () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
  refused: () => refusal(403, 'AccessDenied'),
  throttled: () => refusal(503, 'SlowDown'),
};
