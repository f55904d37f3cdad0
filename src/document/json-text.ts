/** What JSON leaves as it is and a terminal obeys, or hides: C1 controls, marks of the reading direction, characters without a width, ends of lines. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The same JSON with nothing in it that a terminal could obey: such characters stand in strings only, and are escaped there.
 *
 * @example jsonText(JSON.stringify('a\u202eb')) // '"a\\u202eb"'
 */
export function jsonText(json: string): string {
  return json.replace(UNSEEN, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
