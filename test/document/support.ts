import { LifeboatError } from '../../src/errors.ts';

/** The error that `attempt` throws; anything but a `LifeboatError` is a bug and thrown on. */
export function refusal(attempt: () => unknown): LifeboatError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof LifeboatError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `line:column message [suggestion]` of every complaint. */
export function complaintsOf(attempt: () => unknown): readonly string[] {
  return refusal(attempt).complaints.map(
    ({ place, message, suggestion }) =>
      `${place.line}:${place.column} ${message}${suggestion === undefined ? '' : ` [${suggestion}]`}`,
  );
}

/** Text with a `§` before every place that is expected to be complained about: the text without them, and the places, `line:column`. */
export function marked(text: string): { readonly text: string; readonly places: readonly string[] } {
  const places: string[] = [];
  const lines = text.split('\n').map((line, index) => {
    let rest = line;
    for (let at = rest.indexOf('§'); at >= 0; at = rest.indexOf('§')) {
      places.push(`${index + 1}:${at + 1}`);
      rest = rest.slice(0, at) + rest.slice(at + 1);
    }
    return rest;
  });
  return { text: lines.join('\n'), places };
}
