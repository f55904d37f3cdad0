import { setJsonValue } from '../../../src/backfill/targets/json-splice.ts';
import { fc } from '../../property.ts';

test.each([
  ['{"a":1}', 'a', '{"a":9}'],
  ['{"a" : {"b":[1,{"c": "x" }]}, "d":2}', 'a.b.1.c', '{"a" : {"b":[1,{"c": 9 }]}, "d":2}'],
  ['{"a":{}}', 'a.b', '{"a":{"b":9}}'],
  ['{"a":{ }}', 'a.b', '{"a":{"b":9 }}'],
  ['{"x":1}', 'a', '{"a":9,"x":1}'],
  ['{"a":1,"a":2}', 'a', '{"a":1,"a":9}'],
  ['{"\\u0061":1}', 'a', '{"\\u0061":9}'],
  ['{"b":"}\\"],{","a":[[1,"]"],2]}', 'a.1', '{"b":"}\\"],{","a":[[1,"]"],9]}'],
  [' [1, 2] ', '0', ' [9, 2] '],
  ['{"a":12345678901234567890,"b":1.10}', 'b', '{"a":12345678901234567890,"b":9}'],
  ['{"a":-1.5e+10}', 'a', '{"a":9}'],
  ['{"a":null,"b":true}', 'a', '{"a":9,"b":true}'],
])('%s at %s', (text, path, expected) => {
  expect(setJsonValue(text, path, '9')).toBe(expected);
});

test.each([
  ['not JSON', 'a'],
  ['{"a":1', 'a'],
  ['{"a":1}', 'b.c'],
  ['{"a":1}', 'a.b'],
  ['[1]', '1'],
  ['[1]', 'x'],
  ['[1]', '01'],
  ['7', 'a'],
  ['[]', '0'],
])('nowhere: %s at %s', (text, path) => {
  expect(setJsonValue(text, path, '9')).toBeUndefined();
});

test.each([
  ['digits', '7'.repeat(5_000)],
  ['a fraction', `0.${'3'.repeat(1_200)}`],
  ['an exponent', `1e${'0'.repeat(1_100)}5`],
])('a value of more than a thousand characters is replaced whole: %s', (_, number) => {
  expect(setJsonValue(`{"a":${number},"b":${number}}`, 'a', '9')).toBe(`{"a":9,"b":${number}}`);
  expect(setJsonValue(`{"b":[${number},${number} ]}`, 'b.1', '9')).toBe(`{"b":[${number},9 ]}`);
  expect(setJsonValue(number, 'a', '9')).toBeUndefined();
});

test('it changes that value and nothing else, whatever the document', () => {
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('.') && text !== '__proto__');
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
      fc.nat(),
      fc.constantFrom(undefined, 1, '\t'),
      (document, pick, blanks) => {
        const names = Object.keys(document);
        const chosen = names[pick % names.length] ?? '';
        const text = JSON.stringify(document, undefined, blanks);
        const changed = setJsonValue(text, chosen, '"new"') ?? '';
        expect(JSON.parse(changed)).toEqual({ ...JSON.parse(text), [chosen]: 'new' });
      },
    ),
  );
});
