import { createHash, createHmac } from 'node:crypto';
import type { WireRequest } from './wire.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Why the signature in the URL of a request is refused, as AWS says it; undefined when it fits. After AWS's description of Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html), not after the SDK that makes such requests.
 *
 * @param secret of every caller
 * @param now the real time, which the client has signed with
 */
export function whyRefused(
  { method, path, query, headers }: WireRequest,
  secret: string,
  now: number,
): string | undefined {
  const [, date = '', region = '', service = ''] = (query.get('X-Amz-Credential') ?? '').split('/');
  const stamp = query.get('X-Amz-Date') ?? '';
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const expiresAt = Date.parse(iso) + Number(query.get('X-Amz-Expires')) * 1_000;
  if (!(expiresAt > now)) return `Signature expired: ${stamp} is now earlier than the time of the server.`;
  const parameters = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const signed = query.get('X-Amz-SignedHeaders') ?? '';
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = [method, path, parameters, lines.join(''), signed, hash('')].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(mac, mac(`AWS4${secret}`, date));
  if (mac(key, toSign).toString('hex') === query.get('X-Amz-Signature')) return undefined;
  return 'The request signature we calculated does not match the signature you provided.';
}
