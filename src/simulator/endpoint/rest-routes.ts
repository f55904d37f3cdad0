import type { StaticOperationSchema } from '@smithy/types';
import type { WireOperation, WireRequest } from './wire.ts';

/** `/BUCKET/KEY`. */
export interface RestPath {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

export function pathOf({ path }: Pick<WireRequest, 'path'>): RestPath {
  const [, bucket = '', ...rest] = path.split('/');
  const key = rest.map(decodeURIComponent).join('/');
  return { bucket: decodeURIComponent(bucket) || undefined, key: key || undefined };
}

/** Method, path with its fixed parameters, and the status of an answer, e.g. `['GET', '/{Key+}?x-id=GetObject', 200]`. */
export function httpOf(schema: StaticOperationSchema): readonly [string, string, number] {
  const [, , name, traits] = schema;
  const http = typeof traits === 'object' && 'http' in traits ? traits.http : undefined;
  if (http === undefined) throw new Error(`${name} has no HTTP binding`);
  return http as unknown as readonly [string, string, number];
}

/** The operation that a request asks for: of those that fit, the one with most fixed parameters. */
export function routeTo(request: WireRequest, operations: Iterable<WireOperation>): string | undefined {
  // The same address as PutObject, and another operation.
  if ('x-amz-copy-source' in request.headers) return undefined;
  let best: string | undefined;
  let most = -1;
  for (const operation of operations) {
    const fixed = fixedIn(request, operation);
    if (fixed === undefined || fixed <= most) continue;
    [best, most] = [operation.operation.name, fixed];
  }
  return best;
}

/** How many fixed parameters a request has that fits; undefined when it does not. */
function fixedIn({ method, path, query }: WireRequest, { schema, input }: WireOperation): number | undefined {
  const [wantedMethod, template] = httpOf(schema);
  const [templatePath = '', templateQuery = ''] = template.split('?');
  const { bucket, key } = pathOf({ path });
  const members = [...input.structIterator()];
  const hasBucket = members.some(([name]) => name === 'Bucket');
  if (method !== wantedMethod || hasBucket !== (bucket !== undefined)) return undefined;
  if (templatePath.endsWith('{Key+}') !== (key !== undefined)) return undefined;
  const fixed = [...new URLSearchParams(templateQuery)].filter(([name]) => name !== 'x-id');
  if (fixed.some(([name, value]) => query.get(name) !== value)) return undefined;
  const known = new Set([
    ...fixed.map(([name]) => name),
    ...members.map(([, one]) => one.getMergedTraits().httpQuery),
  ]);
  const isKnown = (name: string): boolean => known.has(name) || /^(x-id|x-amz-.*)$/i.test(name);
  return [...query.keys()].every(isKnown) ? fixed.length : undefined;
}
