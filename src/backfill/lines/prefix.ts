/** Client and host, as far as the beginning of a line contains them. */
export interface Origin {
  readonly client?: string;
  readonly host?: string;
  /** There is something before or in place of the client that no known program writes. */
  readonly isUnknown?: true;
}

const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`;
const SYSLOG_TIME = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`;
const STRUCTURED_DATA = String.raw`(?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\]){1,20})`;

/** What programs put before a line, each as often as it comes. Only beginnings of at most a few hundred bytes are looked at. */
const KNOWN = [
  // The mark of UTF-8, as Latin-1; colors.
  /^(?:\xef\xbb\xbf|\x1b\[[\d;]{0,20}m)/,
  // CRI, as Kubernetes keeps what containers write; then syslog by RFC 5424 and RFC 3164, and journalctl.
  new RegExp(`^${TIME} (?:stdout|stderr) [FP] `),
  new RegExp(`^<\\d{1,3}>1 (?:${TIME}|-) (?:\\S{1,255} ){4}${STRUCTURED_DATA} ?`),
  new RegExp(
    `^(?:<\\d{1,3}>)?(?:${SYSLOG_TIME}|${TIME}) (?:[\\w.:-]{1,255} )?[\\w./()-]{1,64}(?:\\[[\\w.-]{1,64}\\])?: +`,
  ),
  /^<\d{1,3}>(?! )/,
  new RegExp(`^${TIME} +`),
  // docker compose, foreman, kubectl logs --prefix.
  /^(?:\d\d:\d\d:\d\d )?[\w.@-]{1,100} *\|(?:\x1b\[[\d;]{0,20}m)? /,
  /^\[pod\/[\w.-]{1,253}\/[\w.-]{1,253}\] /,
  // A line in quotes.
  /^"/,
];
/** No known log nests prefixes deeper. */
const MOST_PREFIXES = 6;

const HOST_NAME = /^(?=.{1,253}$)\w[\w-]{0,62}(?:\.\w[\w-]{0,62})*\.?$/;

/**
 * @param text what stands before ` [time]` in a line of the common format: `client ident user`, with what may come before
 *
 * @example originIn('shop.example:443 203.0.113.21 - -') // { client: '203.0.113.21', host: 'shop.example' }
 */
export function originIn(text: string): Origin {
  const plain = plainClient(text);
  if (plain !== undefined) return { client: plain };
  const words = withoutPrefixes(text).split(' ');
  const ident = identIndex(words);
  if (ident < 1) return { isUnknown: true };
  const before = words.slice(0, ident);
  const forwarded = forwardedClient(before);
  if (forwarded !== undefined) return { client: forwarded };
  const host = virtualHost(before.slice(0, -1));
  const client = clientIn(before.at(-1) ?? '');
  if (host === undefined || client === undefined) return { isUnknown: true };
  return { ...(client !== '' && { client }), ...(host !== '' && { host }) };
}

/** Of nearly all lines: an address and two words. */
function plainClient(text: string): string | undefined {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  if (second < 0 || text.lastIndexOf(' ') !== second) return undefined;
  const client = text.slice(0, first);
  return isAddress(client) ? client : undefined;
}

function withoutPrefixes(text: string): string {
  let rest = text;
  for (let count = 0; count < MOST_PREFIXES; count += 1) {
    const before = rest;
    for (const known of KNOWN) rest = rest.replace(known, '');
    if (rest === before) break;
  }
  return rest;
}

/** Where `ident` stands, mostly `-`: before the user, who may be of several words. */
function identIndex(words: readonly string[]): number {
  if (words.length <= 3 || words.at(-1) === '-') return words.length - 2;
  const dash = words.indexOf('-', 1);
  return dash < words.length - 1 ? dash : -1;
}

/** The first of several addresses that a request came through. */
function forwardedClient(words: readonly string[]): string | undefined {
  if (words.length < 2 || !words.slice(0, -1).every((word) => word.endsWith(','))) return undefined;
  const addresses = words.map((word) => word.replace(/,$/, ''));
  return addresses.every((address) => isAddress(address)) ? addresses[0] : undefined;
}

/** `shop.example:443` or `shop.example 443`, without the ports that schemes have anyway; '' for none, undefined for what is no such thing. A bare address is none: it may be a proxy, or the client behind one. */
function virtualHost(words: readonly string[]): string | undefined {
  const [first = '', port, ...more] = words;
  if (more.length > 0 || (port !== undefined && !/^\d{1,5}$/.test(port))) return undefined;
  if (/^[-_*]?$/.test(first)) return '';
  const whole = port === undefined ? first : `${first}:${port}`;
  const parts = /^(\[[0-9A-Fa-f:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(whole);
  const [, name = '', numbered] = parts ?? [];
  const isName = name.startsWith('[') ? isIpv6(name.slice(1, -1)) : HOST_NAME.test(name);
  if (!isName) return undefined;
  const isTelling =
    numbered !== undefined || name === 'localhost' || (name.includes('.') && !isAddress(name));
  if (!isTelling) return undefined;
  return numbered === undefined || numbered === '80' || numbered === '443' ? name : `${name}:${numbered}`;
}

/** An address without its port, or a host name; '' for none, undefined for anything else. */
function clientIn(word: string): string | undefined {
  const bare = word.replace(/^"|"$/g, '');
  if (isNoClient(bare)) return '';
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(bare)?.[1];
  const address = bracketed ?? bare.replace(/^([\d.]+):\d{1,5}$/, '$1');
  return isAddress(address) || HOST_NAME.test(address) ? address : undefined;
}

/** `192.0.2.1:443`, `[2001:db8::1]:443` and `2001:db8::1:443` without the port; undefined for none. */
export function withoutPort(client: string): string | undefined {
  if (client === '-' || client === '') return undefined;
  const colon = client.lastIndexOf(':');
  const address = colon < 0 ? client : client.slice(0, colon);
  return address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
}

/** How logs and proxies write an unknown client. It must not count as one client that many requests share. */
export function isNoClient(client: string): boolean {
  return /^(?:[-_]?|unix:.*|unknown|none|null|nil|undefined|n\/a|@)$/i.test(client);
}

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Private addresses: such a client is mostly a proxy. */
const PRIVATE =
  /^(?:::ffff:)?(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(?:::1$|f[cd][\da-f]{2}:|fe80:)/i;

export function isPrivate(address: string): boolean {
  return PRIVATE.test(address);
}

export function isAddress(text: string): boolean {
  if (!IPV4.test(text)) return isIpv6(text);
  return !/[3-9]\d\d|2[6-9]\d|25[6-9]/.test(text);
}

function isIpv6(text: string): boolean {
  const bare = text.replace(/%[\w.-]{1,32}$/, '');
  return (
    bare.length <= 45 && /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare) && URL.canParse(`http://[${bare}]`)
  );
}

/** The text within a line that was quoted as a whole, as JSON or CSV has it; undefined for any other line. */
export function unquotedLine(line: Buffer): Buffer | undefined {
  const text = line.toString('utf8');
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return undefined;
  const inner = text.slice(1, -1);
  if (/^(?:[^"]|"")*$/.test(inner) && inner.includes('""')) return Buffer.from(inner.replaceAll('""', '"'));
  try {
    return Buffer.from(JSON.parse(text) as string);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
