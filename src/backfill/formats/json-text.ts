import { isObject } from './json-values.ts';
import type { JsonObject } from './json-values.ts';

/** An object of JSON, or of what log formats write for it; undefined for anything else. */
export function objectIn(text: string): JsonObject | undefined {
  return parsed(text) ?? parsed(mended(text));
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
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * Text with `\xHH` in its strings, which is no JSON and what nginx (without escape=json) and Apache write, and with bare values that are none. One pass, whatever the text
 * holds: regular expressions over a hostile line could take as long as its square.
 */
function mended(text: string): string {
  let out = '';
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      out += text.slice(from, at) + withoutHex(text.slice(at, end));
      from = at = end;
    } else if (character === ':') {
      const end = endOfBare(text, at + 1);
      const bare = text.slice(at + 1, end).trim();
      const isWrong = (text[end] === ',' || text[end] === '}') && !NUMBER.test(bare);
      if (isWrong) out += `${text.slice(from, at)}:"${bare}"`;
      if (isWrong) from = end;
      at = Math.max(end, at + 1);
    } else at += 1;
  }
  return out + text.slice(from);
}

function endOfString(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
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

/** Bytes as `\xHH`, in a row: they are UTF-8, or else what nobody can restore and U+FFFD says so. */
function withoutHex(quoted: string): string {
  if (!quoted.includes('\\x')) return quoted;
  return quoted.replace(/\\(?:x((?:[0-9A-Fa-f]{2})(?:\\x[0-9A-Fa-f]{2})*)|[^x])/g, (whole, hex?: string) => {
    if (hex === undefined) return whole;
    const bytes = Buffer.from(hex.replaceAll('\\x', ''), 'hex');
    return JSON.stringify(bytes.toString('utf8')).slice(1, -1);
  });
}
