import type { Header, RequestRecord } from './record.ts';

/** The headers of a request, with those that access logs have in places of their own: host and user agent. Values are bytes, a character each. */
export function replayHeaders({ headers, host, userAgent }: RequestRecord): readonly Header[] {
  const own = [
    ['host', host],
    ['user-agent', userAgent],
  ] as const;
  const added = own.flatMap(([name, value]): Header[] => {
    // What is no text any more is not what was sent.
    if (value === undefined || value.includes('\ufffd') || headers.some(([known]) => known === name))
      return [];
    return [[name, Buffer.from(value, 'utf8').toString('latin1')]];
  });
  return added.length === 0 ? headers : [...added, ...headers];
}

/**
 * Path and query of a URL, or the `*` of OPTIONS. A record is only ever sent to the declared target, so scheme and host go. Whatever else has no path gets one:
 * then it is a request that the target answers as it likes, and can be no address of another host.
 *
 * @example originForm('http://shop.example:80?q=1') // '/?q=1'
 */
export function originForm(url: string): string {
  if (url === '*') return url;
  return withoutOrigin(url) ?? `/${url}`;
}

/** Path, query and fragment of a URL, or `undefined` if it has neither a scheme nor a path. */
export function withoutOrigin(url: string): string | undefined {
  if (url.startsWith('/')) return url;
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0];
  if (origin === undefined) return undefined;
  const rest = url.slice(origin.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
