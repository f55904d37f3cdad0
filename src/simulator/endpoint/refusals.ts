import { NormalizedSchema, TypeRegistry } from '@smithy/core/schema';
import type { Refusal } from './wire.ts';

/** A request that is refused before a service sees it; the fields are those of the SDK's errors. */
export class RefusedRequest extends Error {
  readonly $fault = 'client';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode: status };
  }
}

/** What the SDK's errors, which the simulated services throw, say. */
interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly Code?: string;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * An error as AWS tells it; undefined for one that is no answer of a service.
 *
 * @param namespace of the shapes of the service
 */
export function refusalOf(error: unknown, namespace: string): Refusal | undefined {
  const { name, message, Code, $fault, $metadata, $response } = error as SdkError;
  if ($fault === undefined) return undefined;
  return {
    ...{ name, code: Code ?? queryCode(namespace, name), message, status: $metadata?.httpStatusCode ?? 400 },
    headers: $response?.headers ?? {},
  };
}

/** The code that a shape has in XML, e.g. `InvalidParameter` of `InvalidParameterException`. */
function queryCode(namespace: string, name: string): string {
  const shape = TypeRegistry.for(namespace).find((schema) => NormalizedSchema.of(schema).getName() === name);
  if (shape === undefined) return name;
  const { awsQueryError } = NormalizedSchema.of(shape).getMergedTraits();
  return Array.isArray(awsQueryError) ? String(awsQueryError[0]) : name;
}

/** The client closed the connection before there was an answer. */
export class ClientGone extends Error {}

/** There is no answer: the client is gone, or a simulated fault struck after the request was carried out. The client sees a connection that breaks. */
export function isUnanswered(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return error instanceof ClientGone || name === 'TimeoutError' || code === 'ECONNRESET';
}

export const INTERNAL_FAILURE: Refusal = {
  ...{ name: 'InternalFailure', code: 'InternalFailure', status: 500, headers: {} },
  message: 'The simulated service failed: this is a bug in Lifeboat.',
};
