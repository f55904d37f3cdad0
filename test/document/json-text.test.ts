import { jsonText } from '../../src/document/json-text.ts';

test.each([
  ['C1 controls', '\u009b31m\u0085\u007f', '\\u009b31m\\u0085\\u007f'],
  ['marks of the reading direction', '\u202eevil\u2066\u200f\u061c', '\\u202eevil\\u2066\\u200f\\u061c'],
  ['what has no width', 'a\u200b\u2060\ufeffb\u00ad', 'a\\u200b\\u2060\\ufeffb\\u00ad'],
  ['ends of lines', '\u2028\u2029', '\\u2028\\u2029'],
  ['tags beyond the first plane', '\u{e0041}', '\\udb40\\udc41'],
])('%s are escaped, and mean the same', (_, text, expected) => {
  const json = jsonText(JSON.stringify({ text }));
  expect(json).toBe(`{"text":"${expected}"}`);
  expect(JSON.parse(json)).toEqual({ text });
});

test('everything else stays as it is', () => {
  const json = JSON.stringify({ text: 'Größe 日本 🛟 \u001b[2J\n' }, null, 2);
  expect(jsonText(json)).toBe(json);
});
