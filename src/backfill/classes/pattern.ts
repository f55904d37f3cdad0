/** Whether a text is one of several patterns in which `*` stands for anything. Upper and lower case do not matter. */
export type Matcher = (text: string) => boolean;

/**
 * Compiles patterns. No regular expressions: the time grows with the text, whatever the pattern.
 *
 * @example matcherOf(['/api/*'])('/API/orders') // true
 */
export function matcherOf(patterns: readonly string[]): Matcher {
  const whole = new Set<string>();
  const parts: (readonly string[])[] = [];
  for (const pattern of patterns) {
    const pieces = pattern.toLowerCase().split(/\*+/);
    if (pieces.length === 1) whole.add(pieces[0] ?? '');
    else parts.push(pieces);
  }
  return (text) => {
    const lower = text.toLowerCase();
    return whole.has(lower) || parts.some((pieces) => fits(lower, pieces));
  };
}

/** The pieces between the stars, in order, the first at the beginning and the last at the end: taking each as early as possible never rules out a fit. */
function fits(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
    if (at > end) return false;
  }
  return true;
}
