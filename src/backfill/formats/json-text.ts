import { BYTE } from '../lines/bytes.ts';
import { isObject } from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import { closingQuote } from '../lines/quoted.ts';

/** An object of JSON, or of what log formats write for it; undefined for anything else. */
export function objectIn(text: string): JsonObject | undefined {
  const object = parsed(text);
  if (object !== undefined) return object;
  const other = mended(text);
  return other === text ? undefined : parsed(other);
}

/**
 * What is left of an object whose line was cut, by a limit of syslog or of a container runtime, or because the writer had not finished: the members before the last comma. Undefined: nothing is.
 */
export function cutObjectIn(text: string): JsonObject | undefined {
  const open: string[] = [];
  let end = 0;
  let closing = '';
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === BYTE.quote) {
      at = endOfString(text, at);
      continue;
    }
    if (code === BYTE.brace) open.push('}');
    else if (code === BYTE.bracket) open.push(']');
    else if (code === BYTE.closingBrace || code === BYTE.closing) open.pop();
    else if (code === BYTE.comma && open.length <= MOST_DEPTH) {
      end = at;
      closing = open.toReversed().join('');
    }
    at += 1;
  }
  return closing === '' ? undefined : objectIn(text.slice(0, end) + closing);
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A value that servers write without quotes: `000` for no status, `-` or nothing for what they do not know, times of several upstreams. */
const BARE = /[-0-9., :]/;
/** Of members that are kept from a cut line: what is looked for does not stand deeper. */
const MOST_DEPTH = 4;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Text with `\xHH` in its strings, which is no JSON and what nginx (without escape=json) and Apache write, and with bare values that are none. One pass, whatever the text
 * holds: regular expressions over a hostile line could take as long as its square.
 */
function mended(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === BYTE.quote) {
      const end = endOfString(text, at);
      const quoted = text.slice(at, end);
      if (quoted.includes('\\x')) {
        pieces.push(text.slice(from, at), withoutHex(quoted));
        from = end;
      }
      at = end;
    } else if (code === BYTE.colon) {
      const end = endOfBare(text, at + 1);
      const bare = text.slice(at + 1, end).trim();
      if ((text[end] === ',' || text[end] === '}') && !NUMBER.test(bare)) {
        pieces.push(text.slice(from, at), `:"${bare}"`);
        from = end;
      }
      at = Math.max(end, at + 1);
    } else at += 1;
  }
  return from === 0 ? text : pieces.join('') + text.slice(from);
}

/** Past the quote that closes the string which begins at `quote`. */
function endOfString(text: string, quote: number): number {
  const end = closingQuote(text, quote + 1);
  return end < 0 ? text.length : end + 1;
}

/** Up to the comma or brace after a bare value; a comma followed by a space and a digit or a dash is a part of it. */
function endOfBare(text: string, from: number): number {
  let at = from;
  while (at < text.length && BARE.test(text[at] as string)) {
    if (text[at] === ',' && !/^, [-\d]/.test(text.slice(at, at + 3))) break;
    at += 1;
  }
  return at;
}

/** Bytes as `\xHH`, in a row: they are UTF-8; bytes that are not are lost, and U+FFFD stands for them. */
function withoutHex(quoted: string): string {
  if (!quoted.includes('\\x')) return quoted;
  return quoted.replace(/\\(?:x((?:[0-9A-Fa-f]{2})(?:\\x[0-9A-Fa-f]{2})*)|[^x])/g, (whole, hex?: string) => {
    if (hex === undefined) return whole;
    const bytes = Buffer.from(hex.replaceAll('\\x', ''), 'hex');
    return JSON.stringify(bytes.toString('utf8')).slice(1, -1);
  });
}
