const MOST_CHARACTERS = 500;
/** Control characters, those that reorder or hide text, and what is no character at all: a terminal would obey them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]/gu;

/** The beginning of what the other side sent, fit for a terminal: one line, nothing in it that a terminal obeys. */
export function printable(text: string, most = MOST_CHARACTERS): string {
  const beginning = text
    .slice(0, most * 2)
    .replaceAll(/[\t\r\n ]+/g, ' ')
    .trim();
  const escaped = beginning.replaceAll(UNPRINTABLE, escapedCharacter);
  return escaped.length <= most ? escaped : `${escaped.slice(0, most)}...`;
}

const LINE_CHARACTERS = 200;
/** Enough bytes for that many characters of UTF-8. */
const LINE_BYTES = LINE_CHARACTERS * 4;

/** The beginning of a line of a log, fit for a terminal: control and formatting characters are escaped. */
export function printableLine(line: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = line;
  const text = Buffer.from(buffer, byteOffset, Math.min(byteLength, LINE_BYTES)).toString();
  const visible = text
    .slice(0, LINE_CHARACTERS)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapedCharacter);
  const isWhole =
    visible.length <= LINE_CHARACTERS && byteLength <= LINE_BYTES && text.length <= LINE_CHARACTERS;
  return isWhole ? visible : `${visible.slice(0, LINE_CHARACTERS - 3)}...`;
}

function escapedCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
