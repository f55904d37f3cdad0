import type { IncomingMessage } from 'node:http';
import { parseJson, type Input } from './input.ts';

/** Parameters of a request to S3 by their names in its API: path-style addresses, query and headers. */
export function inputOfRest({ url = '/', headers }: IncomingMessage): Input {
  const { pathname, searchParams } = new URL(url, 'http://peer');
  const [, bucket = '', ...key] = pathname.split('/').map(decodeURIComponent);
  const given = {
    Bucket: bucket,
    Key: key.join('/') || undefined,
    ListType: searchParams.get('list-type'),
    Prefix: searchParams.get('prefix'),
    ContinuationToken: searchParams.get('continuation-token'),
    MaxKeys: searchParams.get('max-keys'),
    IfMatch: headers['if-match'],
    Range: headers.range,
  };
  return parseJson(JSON.stringify(given));
}

export function operationOfRest(method: string | undefined, input: Input): string {
  if (method !== 'GET') return `${method}Object`;
  if (input.text('Key') !== undefined) return 'GetObject';
  return input.text('ListType') === '2' ? 'ListObjectsV2' : 'ListObjects';
}
