import type { IncomingHttpHeaders } from 'node:http';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import type { Operation } from '../service/operation.ts';

/** A request with its whole body. */
export interface WireRequest {
  readonly method: string;
  /** Still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer as bytes. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An operation with the shapes of its input and output. */
export interface WireOperation {
  readonly operation: Operation;
  readonly schema: StaticOperationSchema;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

export function wireOperation(operation: Operation): WireOperation {
  const schema = operation.schema();
  const [, , , , input, output] = schema;
  return { operation, schema, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) };
}

/** What a service answers instead of an output. */
export interface Refusal {
  /** The name of the shape, e.g. `DBInstanceNotFoundFault`. */
  readonly name: string;
  /** The code in XML, e.g. `DBInstanceNotFound`. */
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** One of AWS's protocols: finds the operation of a request, reads its input, and writes the answer, all by the schema. */
export interface Protocol {
  /** The operation that is asked for, which the service may not have. */
  operationOf(request: WireRequest, known: ReadonlyMap<string, WireOperation>): string;
  /** @throws Refusal-like errors for a request that cannot be read */
  read(request: WireRequest, operation: WireOperation): object | Promise<object>;
  write(output: object, operation: WireOperation, requestId: string): Reply | Promise<Reply>;
  writeRefusal(refusal: Refusal, requestId: string): Reply;
}
