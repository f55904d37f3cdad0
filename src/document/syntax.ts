import { Composer, LineCounter } from 'yaml';
import type { CST, Document, ParsedNode } from 'yaml';
import type { Complaint, Place } from '../errors.ts';
import { documentError, MAX_COMPLAINTS } from './complaints.ts';
import { readTokens } from './tokens.ts';

export type ParsedDocument = Document.Parsed<ParsedNode>;

/** One well-formed YAML document and its lines. */
export interface Syntax {
  readonly document: ParsedDocument;
  /** The place of a character, counted from the beginning of the text. */
  placeAt(offset: number): Place;
}

/** What the composer says of a text. */
interface Remark {
  readonly pos: readonly [number, number];
  readonly code: string;
  readonly message: string;
}

/**
 * Text to one YAML 1.2 document of the core schema, without merge keys and without custom tags' meaning.
 * Throws `INVALID_DOCUMENT` with every syntax error, and for several documents, deep nesting or a text of signs only.
 * @param maxBytes how long a text of this kind may be
 */
export function parseSyntax(text: string, file: string, maxBytes: number): Syntax {
  const lines = new LineCounter();
  const limits = { maxBytes, maxErrors: MAX_COMPLAINTS };
  const { tokens, secondAt, refusedAt } = readTokens(text, limits, lines.addNewLine);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (complaints: readonly Complaint[]) =>
    documentError('INVALID_DOCUMENT', 'YAML document', file, complaints);

  if (refusedAt !== undefined) {
    throw refuse([{ place: placeAt(refusedAt.offset), message: refusedAt.why }]);
  }
  const { document, remarks } = compose(tokens, text.length);
  const complaints: Complaint[] = remarks.map(({ pos, message }) => ({
    place: placeAt(pos[0]),
    message: `not valid YAML: ${message}`,
  }));
  if (secondAt !== undefined) {
    complaints.push({
      place: placeAt(secondAt),
      message: `expected one document, but '---' begins another one here`,
    });
  }
  if (complaints.length > 0 || document === undefined) throw refuse(complaints);
  return { document, placeAt };
}

function compose(
  tokens: readonly CST.Token[],
  length: number,
): { readonly document: ParsedDocument | undefined; readonly remarks: readonly Remark[] } {
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
  const { errors, warnings } = composer.streamInfo();
  errors.push = onlySoMany(errors, () => {
    throw new TooManyRemarks();
  });
  // The composer reports an exception thrown at a warning as a fault of a tag.
  warnings.push = onlySoMany(warnings, () => undefined);
  try {
    const [document] = composer.compose(tokens, true, length);
    const unknownTag = ({ code }: Remark): boolean => code === 'TAG_RESOLVE_FAILED';
    // Tags are judged with the tree, where also the known ones are seen.
    const all = [
      ...(document?.errors ?? []),
      ...(document?.warnings ?? []).filter((each) => !unknownTag(each)),
    ];
    return { document, remarks: all.slice(0, MAX_COMPLAINTS) };
  } catch (error) {
    if (!(error instanceof TooManyRemarks)) throw error;
    return { document: undefined, remarks: [...errors, ...warnings] };
  }
}

/** Thrown through the composer, which would go on to the end of a file in which everything is wrong. */
class TooManyRemarks extends Error {
  override readonly name = 'TooManyRemarks';
}

function onlySoMany<T>(remarks: T[], full: () => void): (...more: readonly T[]) => number {
  return (...more) => {
    if (remarks.length < MAX_COMPLAINTS) return Array.prototype.push.apply(remarks, [...more]);
    full();
    return remarks.length;
  };
}
