import type { Rewrite } from '../../runbook/backfill-schema.ts';
import { withoutOrigin } from '../base/request-form.ts';

export interface PathSettings {
  /** Path of the target, without the slash at its end. */
  readonly basePath: string;
  /** Query of the target, without its question mark; goes with every request. */
  readonly query: string;
  readonly path: Rewrite['path'];
}

/** A request that cannot be sent without becoming another one. */
export interface Refusal {
  readonly refused: string;
}

const CONTROL = /[\u0000-\u001f\u007f]/;
/** Besides what is not ASCII, two characters that no URL may hold as they are, because readers differ: `\` is a slash to some, `#` ends the URL. */
const NOT_IN_URL = /[^\u0021-\u007e]|[\\#]/;
const DOT_SEGMENT = /\/(\.|%2e){1,2}(?=\/|$)/i;
/** Rounds of decoding; no client nests encodings deeper. */
const MOST_ENCODINGS = 4;

/**
 * The path and query to ask the target for, below its own path. Scheme and host of the URL decide nothing. Dot segments are resolved, before `rewrite.path` and after it; every other
 * character and percent-encoding stays as it was, but for characters that no URL may hold: those are percent-encoded. Pure.
 *
 * @example rewritePath('GET', 'http://old.example/a\\b', { basePath: '/in', query: '', path: {} }) // '/in/a%5Cb'
 */
export function rewritePath(method: string, url: string, settings: PathSettings): string | Refusal {
  const { basePath, query } = settings;
  if (CONTROL.test(url)) return { refused: 'its URL holds a control character' };
  if (url === '*' && method === 'OPTIONS') {
    return basePath === ''
      ? url
      : { refused: 'OPTIONS * asks about the whole server, and the target is only a part of one' };
  }
  const origin = withoutOrigin(url);
  if (origin === undefined) return { refused: 'its URL has no path' };
  const mark = origin.indexOf('?');
  const pathname = percentEncode(mark < 0 ? origin : origin.slice(0, mark));
  const ownQuery = percentEncode(mark < 0 ? '' : origin.slice(mark + 1));
  if (pathname === undefined || ownQuery === undefined) return { refused: 'its URL is not Unicode text' };
  const path = belowTarget(pathname, settings);
  if (typeof path !== 'string') return path;
  const whole = [ownQuery, query].filter((part) => part !== '').join('&');
  const marked = whole !== '' || mark >= 0 ? `?${whole}` : '';
  return basePath + path + marked;
}

/** The result stays below the path of the target, whatever the log and the rewrite contain. */
function belowTarget(pathname: string, { basePath, path: prefixes }: PathSettings): string | Refusal {
  // Servers resolve surplus `..` at the root to the root.
  const own = withoutDots(pathname, 'stay');
  const replaced = own === undefined ? undefined : withoutDots(replacePrefix(own, prefixes), 'leave');
  if (replaced === undefined)
    return { refused: 'with rewrite.path its path leads out of the path of the target' };
  if (basePath !== '' && mayClimb(replaced))
    return { refused: 'its path may lead out of the path of the target: it hides dots or slashes' };
  return replaced;
}

/** @param atRoot what `..` does there: it has no effect, or leads out, which gives `undefined` */
function withoutDots(pathname: string, atRoot: 'stay' | 'leave'): string | undefined {
  if (!DOT_SEGMENT.test(pathname)) return pathname;
  const kept: string[] = [];
  const segments = pathname.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const plain = segment.toLowerCase().replaceAll('%2e', '.');
    if (plain === '..' && kept.pop() === undefined && atRoot === 'leave') return undefined;
    if (plain !== '.' && plain !== '..') kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** Whether a careless server could be led out of the path: one that decodes more than once, takes `\` for `/`, merges slashes, or cuts off what follows `;`. */
function mayClimb(path: string): boolean {
  let text = path;
  for (let round = 0; round < MOST_ENCODINGS; round += 1) {
    if (climbs(text)) return true;
    const decoded = text.replace(/%(25|2e|2f|3b|5c)/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}

function climbs(path: string): boolean {
  let depth = 0;
  for (const segment of path.split(/[/\\]/)) {
    const name = segment.split(';', 1)[0];
    if (name === '..') depth -= 1;
    else if (name !== '' && name !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** The longest prefix that fits is replaced. */
function replacePrefix(pathname: string, prefixes: Rewrite['path']): string {
  let longest = '';
  let replacement: string | undefined;
  for (const [from, to] of Object.entries(prefixes)) {
    const prefix = encodedPath(from);
    if (!pathname.startsWith(prefix) || prefix.length <= longest.length) continue;
    longest = prefix;
    replacement = encodedPath(to);
  }
  if (replacement === undefined) return pathname;
  const rest = pathname.slice(longest.length);
  // `{ "/old": "/" }` makes of `/old/a` the path `/a`.
  return replacement.endsWith('/') && rest.startsWith('/') ? replacement + rest.slice(1) : replacement + rest;
}

/** As paths of a runbook stand in a URL: a question mark in one begins no query. */
function encodedPath(text: string): string {
  return (percentEncode(text.toWellFormed()) ?? text).replaceAll('?', '%3F');
}

/** What cannot stand in a URL is percent-encoded, the rest stays as it is. */
function percentEncode(text: string): string | undefined {
  if (!NOT_IN_URL.test(text)) return text;
  if (!text.isWellFormed()) return undefined;
  return text.replaceAll(/[^\u0021-\u007e]+|[\\#]/g, (part) => encodeURIComponent(part));
}
