import { plainValues } from '../../../src/backfill/ledger/plain-line.ts';
import { fc } from '../../property.ts';

function read(json: string): readonly unknown[] | undefined {
  // Something before and after it: only what is between counts.
  const bytes = Buffer.from(`7]${json}9]`, 'utf8');
  return plainValues(bytes, 2, bytes.length - 2);
}

test.each(['["i",1,2,3,4,5]', '["o",1,0,999999999999999,4,1792000000000,"succeeded",200]', '["i",0]'])(
  '%s is plain',
  (json) => {
    expect(read(json)).toEqual(JSON.parse(json));
  },
);

test.each([
  ['["f",1,2,3,4,5,"known","x"]', 'another kind'],
  ['["i",1,"m-1",null,1,5]', 'a message'],
  ['["o",1,2,3,4,5,"rejected",404,""]', 'another fate'],
  ['["i",1,9007199254740991,3,4,5]', 'too many digits to be sure'],
  ['["i",1,-2,3,4,5]', 'below zero'],
  ['["i",1,2.5,3,4,5]', 'a fraction'],
  ['["i",01,2,3,4,5]', 'no JSON'],
  ['["i",1,,3]', 'no JSON'],
  ['["i",1,2,3', 'unfinished'],
  ['["i",]', 'no JSON'],
  ['["i",1,2,3,4,5,"succeeded"]', 'unfinished'],
  ['["i",1]]', 'no JSON'],
  ['["i"', 'unfinished'],
  ['', 'nothing'],
])('%s is not: %s', (json) => {
  expect(read(json)).toBeUndefined();
});

test('whatever it reads, JSON reads the same', () => {
  const part = fc.constantFrom(
    '1',
    '0',
    '17',
    '[',
    ']',
    ',',
    '"',
    '"succeeded"',
    '"i"',
    '["o",',
    '["i",',
    '-',
    ' ',
    'null',
    '123456789012345678',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }), fc.boolean(), (parts, isBegun) => {
      const json = (isBegun ? '["i",' : '') + parts.join('');
      const values = read(json);
      if (values !== undefined) expect(values).toEqual(JSON.parse(json));
    }),
    { numRuns: 2_000 },
  );
});
