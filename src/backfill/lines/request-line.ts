import { unescaped } from './quoted.ts';

/** Method and URL of a request. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Nearly all request lines, in one match: ASCII without escapes, with a path or an absolute URL. */
const PLAIN = /^([A-Za-z]{1,64}) ((?:https?:\/\/[^/?#\s\\]|\/)[\x21-\x5b\x5d-\x7e]*) HTTP\/\d(?:\.\d)?$/;
const VERSION = / HTTP\/\d(\.\d)?$/i;
const ABSOLUTE = /^https?:\/\/([^/?#\s]+)/i;
/** Characters that no URL can contain. */
const UNSENDABLE = /\p{Cc}/u;
/** U+FFFD in UTF-8, as Latin-1: a program that took bytes for UTF-8 put it in their place. Servers escape what clients send. */
export const LOST = '\xef\xbf\xbd';
export const LOST_BYTES = 'the URL holds bytes that are not UTF-8, and the log has lost them';
/** The first bytes of a TLS handshake, as servers write them and raw. */
const TLS_HELLO = /^(\\x16\\x03|\x16\x03|\\u0016\\u0003)/;

/** A request with this method and URL, or why there can be none. Servers accept a space in a URL: it is sent as `%20`, which means the same. */
export function sendable(method: string, url: string): RequestLine | string {
  const spaced = url.includes(' ') ? url.replaceAll(' ', '%20') : url;
  return requestFault(method, spaced) ?? { method, url: spaced };
}

function requestFault(method: string, url: string): string | undefined {
  if (!METHOD.test(method)) return 'the method is not a token';
  if (url === '') return 'the URL is empty';
  if (UNSENDABLE.test(url)) return 'the URL holds a control character';
  if (!url.startsWith('/') && url !== '*' && !ABSOLUTE.test(url)) {
    return "the URL begins neither with '/' nor with http:// or https://";
  }
  return undefined;
}

/**
 * Takes `METHOD URL VERSION` apart, as access logs have it between quotes. Without a version it is HTTP/0.9, which has no spaces in its URL.
 * @param text Latin-1, a character a byte; with the escapes of the log
 * @returns why it is no request, where it is none
 */
export function requestLine(text: string): RequestLine | string {
  const plain = PLAIN.exec(text);
  if (plain !== null) return { method: plain[1] as string, url: plain[2] as string };
  if (text === '-' || text === '') return 'it holds no request';
  const hello = tlsHelloFault(text);
  if (hello !== undefined) return hello;
  const [, method = '', rest = ''] = /^(\S+) +(.*)$/s.exec(text) ?? [];
  if (rest === '') return "the request is not made of a method, a URL and 'HTTP/x'";
  if (method === '-' && rest.endsWith(' -')) return 'the load balancer could not read the request';
  const version = VERSION.exec(rest);
  if (version === null && rest.includes(' ')) return "the request does not end with 'HTTP/x'";
  const url = version === null ? rest : withoutSpacesAfter(rest.slice(0, version.index));
  return url.includes(LOST) ? LOST_BYTES : sendable(method, percentEncoded(unescaped(url)));
}

function withoutSpacesAfter(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

/** The fault of a line in which the client began a TLS handshake. */
export function tlsHelloFault(text: string): string | undefined {
  return TLS_HELLO.test(text) ? 'a TLS handshake came where plain HTTP was expected' : undefined;
}

/** The host of an absolute URL, without the port that its scheme has anyway. */
export function hostOf(url: string): string | undefined {
  const authority = ABSOLUTE.exec(url)?.[1];
  if (authority === undefined) return undefined;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = url.startsWith('s', 4) || url.startsWith('S', 4) ? ':443' : ':80';
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

/** Bytes beyond ASCII as `%HH`, the only form in which a URL may carry them. */
function percentEncoded(url: string): string {
  return url.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
