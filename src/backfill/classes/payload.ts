/** What is looked into for single values; a longer body is only compared as a whole. */
export const MOST_BODY_BYTES = 1_048_576;
/** So many names of a query or a form are looked at. */
const MOST_PARAMETERS = 10_000;

/** The first value of every name, decoded; what is not valid percent-encoding is taken as it stands. Never throws. */
export function parametersOf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let start = 0;
  while (start <= text.length && values.size < MOST_PARAMETERS) {
    const next = text.indexOf('&', start);
    const end = next === -1 ? text.length : next;
    if (end > start) {
      const pair = text.slice(start, end);
      const equals = pair.indexOf('=');
      const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
      if (!values.has(name)) values.set(name, equals === -1 ? '' : decoded(pair.slice(equals + 1)));
    }
    start = end + 1;
  }
  return values;
}

function decoded(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not an error: hostile and old clients write such things, and a value that is compared need not be valid.
    return spaced;
  }
}

/** An object or array written in JSON; `undefined` for anything else. Never throws. */
export function jsonOf(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The JSON that web analytics put into one parameter, as it stands or in base64, of either alphabet. */
export function packedJsonOf(text: string): object | undefined {
  const plain = jsonOf(text);
  if (plain !== undefined) return plain;
  // A plus sign that was not encoded has become a space.
  const packed = text.trim().replaceAll(' ', '+');
  if (packed.length < 4 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return undefined;
  return jsonOf(Buffer.from(packed, 'base64').toString('utf8'));
}

/** `a.b.0.c` in parsed JSON: text, number or truth value as text; `undefined` for what is none or not there. */
export function valueIn(document: unknown, path: string): string | undefined {
  let value = document;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
