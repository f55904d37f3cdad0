import { redactor } from '../../../src/backfill/targets/redaction.ts';

const TOKEN = 's3cr3t/to+ken="42"';
const bytes = Buffer.from(TOKEN);

test.each([
  ['as it is', TOKEN],
  ['without its scheme', `invalid: ${TOKEN}`],
  ['in JSON', JSON.stringify({ got: TOKEN })],
  ['in JSON as PHP writes it', JSON.stringify({ got: TOKEN }).replaceAll('/', '\\/')],
  ['percent-encoded', encodeURIComponent(TOKEN)],
  ['percent-encoded in lower case', encodeURIComponent(TOKEN).toLowerCase()],
  ['as base64', bytes.toString('base64')],
  ['as base64url', bytes.toString('base64url')],
  ['in HTML', TOKEN.replaceAll('"', '&quot;')],
  ['in capitals', TOKEN.toUpperCase()],
])('a secret is taken out %s', (_, said) => {
  const told = redactor([`Bearer ${TOKEN}`, TOKEN])(`<${said}> and ${said}`);
  expect(told).toContain('[redacted]');
  expect(told.toLowerCase()).not.toContain('s3cr3t');
  expect(told).not.toContain(bytes.toString('base64').slice(0, 12));
});

test('the longest goes first: nothing of it is left over', () => {
  expect(redactor(['token-1', 'token-1-long'])('token-1-long token-1')).toBe('[redacted] [redacted]');
});

test('what is no secret stays, short words and schemes too', () => {
  const redact = redactor(['Bearer abc', 'xyz']);
  expect(redact('Bearer of xyz')).toBe('Bearer of xyz');
  expect(redactor([])('anything')).toBe('anything');
});
