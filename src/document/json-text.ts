/** Characters that JSON does not escape and that control a terminal or are invisible: C1 controls, marks of the reading direction, characters without a width, ends of lines. */
const UNSEEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The same JSON without terminal control characters: they occur in strings only, and are escaped there.
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
