const INSTEAD = '[redacted]';
/** Shorter ones are words that an answer may hold by chance; so are short parts, such as a scheme or the name of a cookie. */
const SHORTEST = 4;
const SHORTEST_PART = 8;

/**
 * Removes secrets from answers and messages, in each form in which a server may return them: as they are, in JSON,
 * percent-encoded, as base64; and the parts of one with a scheme, such as `Bearer TOKEN`. Call it before truncation: half a secret is not found.
 *
 * @example redactor(['Bearer s3cret'])('invalid token s3cret') // 'invalid token [redacted]'
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const parts = (secret: string) => secret.split(/[\s:=,;]+/).filter((part) => part.length >= SHORTEST_PART);
  const forms = new Set([...secrets].flatMap((secret) => [secret, ...parts(secret)]).flatMap(formsOf));
  const found = [...forms]
    .filter((form) => form.length >= SHORTEST)
    .sort((one, other) => other.length - one.length);
  if (found.length === 0) return (text) => text;
  const pattern = new RegExp(found.map(escaped).join('|'), 'gi');
  return (text) => text.replace(pattern, INSTEAD);
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return [];
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    percentEncoded(bytes),
    encodeURIComponent(secret.toWellFormed()),
    base64,
    bytes.toString('base64url'),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ];
}

/** Every byte that is no letter and no digit: what the strictest encoder makes of it. */
function percentEncoded(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
