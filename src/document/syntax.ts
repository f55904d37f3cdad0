import { Composer, LineCounter, Parser } from 'yaml';
import type { CST, Document, ParsedNode } from 'yaml';
import type { Complaint, Place } from '../errors.ts';
import { documentError } from './complaints.ts';

/** Mappings and lists within each other. Far more than any document needs, far less than a stack holds. */
export const MAX_DEPTH = 64;

export type ParsedDocument = Document.Parsed<ParsedNode>;

/** One well-formed YAML document and its lines. */
export interface Syntax {
  readonly document: ParsedDocument;
  /** The place of a character, counted from the beginning of the text. */
  placeAt(offset: number): Place;
}

/**
 * Text to one YAML 1.2 document of the core schema, without merge keys and without custom tags' meaning.
 * Throws `INVALID_DOCUMENT` with every syntax error, and for several documents or deep nesting.
 */
export function parseSyntax(text: string, file: string): Syntax {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (complaints: readonly Complaint[]) =>
    documentError('INVALID_DOCUMENT', 'YAML document', file, complaints);

  const tooDeep = deeperThan(tokens, MAX_DEPTH);
  if (tooDeep !== undefined) {
    throw refuse([{ place: placeAt(tooDeep), message: `nested deeper than ${MAX_DEPTH} levels` }]);
  }
  const composer = new Composer<ParsedNode>({
    version: '1.2',
    schema: 'core',
    strict: true,
    merge: false,
    resolveKnownTags: false,
    // Compared one by one the keys of a large mapping would take minutes; the tree looks them up instead.
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const documents = [...composer.compose(tokens, true, text.length)];
  const complaints: Complaint[] = [];
  for (const { errors, warnings } of documents) {
    for (const error of errors) complaints.push(syntaxComplaint(error, placeAt));
    for (const warning of warnings) {
      // Tags are judged with the tree, where also the known ones are seen.
      if (warning.code !== 'TAG_RESOLVE_FAILED') complaints.push(syntaxComplaint(warning, placeAt));
    }
  }
  const [document, second] = documents;
  if (second !== undefined) {
    complaints.push({
      place: placeAt(second.range[0]),
      message: `expected one document, but '---' begins another one here`,
    });
  }
  if (complaints.length > 0 || document === undefined) throw refuse(complaints);
  return { document, placeAt };
}

function syntaxComplaint(
  error: { readonly pos: readonly [number, number]; readonly message: string },
  placeAt: (offset: number) => Place,
): Complaint {
  return { place: placeAt(error.pos[0]), message: `not valid YAML: ${error.message}` };
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
