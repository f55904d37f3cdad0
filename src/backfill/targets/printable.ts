const MOST_CHARACTERS = 500;
/** Control characters, those that reorder or hide text, and what is no character at all: a terminal would obey them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\ufffd]/gu;

/** The beginning of what the other side sent, fit for a terminal: one line, nothing in it that a terminal obeys. */
export function printable(text: string, most = MOST_CHARACTERS): string {
  const beginning = text
    .slice(0, most * 2)
    .replaceAll(/[\t\r\n ]+/g, ' ')
    .trim();
  const escaped = beginning.replaceAll(
    UNPRINTABLE,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return escaped.length <= most ? escaped : `${escaped.slice(0, most)}...`;
}
