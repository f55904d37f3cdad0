import { Lexer, Parser } from 'yaml';
import type { CST } from 'yaml';

/** Mappings and lists within each other. Far more than any document needs, far less than a stack holds. */
export const MAX_DEPTH = 64;
/** A level of nesting lies on the parser's stack as at most two tokens, beside the document and the scalar at the end. */
const MAX_STACK = 2 * MAX_DEPTH + 8;
/**
 * Pieces of text that the parser may tell apart, in each 1 MiB that is read: what parsing costs follows their number, not that of the
 * bytes. The densest useful files have one to two bytes, a file of commas only has one to one.
 */
const LEXEMES_PER_BYTE = 0.6;

/** The tokens of a text, or where it was given up and why. */
export interface Tokens {
  readonly tokens: readonly CST.Token[];
  /** Where a second document begins; nothing after it was read. */
  readonly secondAt?: number;
  readonly refusedAt?: { readonly offset: number; readonly why: string };
}

/**
 * Splits a text into tokens, and stops where it becomes clear that no useful document has so many, so deeply nested or so many wrong ones.
 * @param maxBytes how long a text of this kind may be
 */
export function readTokens(
  text: string,
  limits: { readonly maxBytes: number; readonly maxErrors: number },
  onLine: (offset: number) => void,
): Tokens {
  const maxLexemes = Math.floor(limits.maxBytes * LEXEMES_PER_BYTE);
  const tokens: CST.Token[] = [];
  if (hasMoreLexemes(text, maxLexemes)) {
    const why = `more than ${maxLexemes} words and signs, which no useful file of this size has`;
    return { tokens, refusedAt: { offset: 0, why } };
  }
  const parser = new Parser(onLine);
  let errors = 0;
  let documents = 0;
  onLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document' && ++documents > 1) return { tokens, secondAt: token.offset };
      tokens.push(token);
      // The complaints so far are enough to correct.
      if (token.type === 'error' && ++errors >= limits.maxErrors) return { tokens };
    }
    if (parser.stack.length > MAX_STACK) return { tokens, refusedAt: tooDeep(parser.offset) };
  }
  for (const token of parser.end()) {
    if (token.type === 'document' && ++documents > 1) return { tokens, secondAt: token.offset };
    tokens.push(token);
  }
  const deep = deeperThan(tokens, MAX_DEPTH);
  return deep === undefined ? { tokens } : { tokens, refusedAt: tooDeep(deep) };
}

/** Telling them apart is cheap beside making sense of them, and only a text of more characters can have more. */
function hasMoreLexemes(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  const lexemes = new Lexer().lex(text);
  let count = 0;
  while (count <= limit && lexemes.next().done !== true) count += 1;
  return count > limit;
}

function tooDeep(offset: number): NonNullable<Tokens['refusedAt']> {
  return { offset, why: `nested deeper than ${MAX_DEPTH} levels` };
}

/** Where tokens are nested deeper than `limit`, walked without recursion: the composer that comes next does recurse. */
function deeperThan(tokens: readonly CST.Token[], limit: number): number | undefined {
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of tokens) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > limit) return token.offset;
    if (token.type === 'document') {
      if (token.value !== undefined) waiting.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key != null) waiting.push({ token: key, depth: depth + 1 });
        if (value != null) waiting.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
