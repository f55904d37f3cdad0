import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Everybody has the same secret here; who signs is the access key. */
export const SECRET = 'secret';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Why the signature of a presigned request does not fit, as AWS says it; `undefined` when it does. After AWS's description of Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html), not after the SDK that made the request.
 */
export function whyRefused({ method, url, headers }: IncomingMessage, now: number): string | undefined {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://peer');
  const [, date = '', region = '', service = ''] = (searchParams.get('X-Amz-Credential') ?? '').split('/');
  const stamp = searchParams.get('X-Amz-Date') ?? '';
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const expiresAt = Date.parse(iso) + Number(searchParams.get('X-Amz-Expires')) * 1_000;
  if (!(expiresAt > now)) return `Signature expired: ${stamp} is now earlier than the time of the server.`;
  const query = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const signed = searchParams.get('X-Amz-SignedHeaders') ?? '';
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = [method, pathname, query, lines.join(''), signed, hash('')].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(mac, mac(`AWS4${SECRET}`, date));
  if (mac(key, toSign).toString('hex') === searchParams.get('X-Amz-Signature')) return undefined;
  return 'The request signature we calculated does not match the signature you provided.';
}
