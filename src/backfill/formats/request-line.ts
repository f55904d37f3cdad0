import { unescaped } from './quoted.ts';

/** What a request is asked with. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** What nearly all are like, in one look: ASCII without escapes, with a path or all of a URL. */
const PLAIN = /^([A-Za-z]{1,64}) ((?:https?:\/\/[^/?#\s\\]|\/)[\x21-\x5b\x5d-\x7e]*) HTTP\/\d(?:\.\d)?$/;
const VERSION = /^HTTP\/\d(\.\d)?$/;
const ABSOLUTE = /^https?:\/\/([^/?#\s]+)/i;
/** With one of them in its URL a request says something else than its log. */
const UNSENDABLE = /[\p{Cc} ]/u;
/** The first bytes of a TLS handshake, as servers write them and raw. */
const TLS_HELLO = /^(\\x16\\x03|\x16\x03|\\u0016\\u0003)/;

/** Why there can be no request with this method and URL; undefined: there can. */
export function requestFault(method: string, url: string): string | undefined {
  if (!METHOD.test(method)) return 'the method is no token';
  if (url === '') return 'the URL is empty';
  if (UNSENDABLE.test(url)) return 'the URL holds a space or a control character';
  if (!url.startsWith('/') && url !== '*' && !ABSOLUTE.test(url)) {
    return "the URL begins neither with '/' nor with http:// or https://";
  }
  return undefined;
}

/**
 * Takes `METHOD URL VERSION` apart, as access logs have it between quotes.
 * @param text Latin-1, a character a byte; with the escapes of the log
 * @returns why it is no request, where it is none
 */
export function requestLine(text: string): RequestLine | string {
  const plain = PLAIN.exec(text);
  if (plain !== null) return { method: plain[1] as string, url: plain[2] as string };
  if (text === '-' || text === '') return 'it holds no request';
  const hello = tlsHelloFault(text);
  if (hello !== undefined) return hello;
  const first = text.indexOf(' ');
  const last = text.lastIndexOf(' ');
  if (first <= 0 || first === last) return "the request is not made of a method, a URL and 'HTTP/x'";
  const method = text.slice(0, first);
  const url = percentEncoded(unescaped(text.slice(first + 1, last)));
  const version = text.slice(last + 1);
  if (method === '-' && version === '-') return 'the load balancer could not read the request';
  if (!VERSION.test(version)) return "the request does not end with 'HTTP/x'";
  const fault = requestFault(method, url);
  return fault ?? { method, url };
}

/** What is wrong with a request that is none because its client began to speak TLS. */
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
