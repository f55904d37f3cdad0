import { parseTableAddress, tableAddressText } from '../../src/journal/table-address.ts';

test.each([
  ['dynamodb://lifeboat', { table: 'lifeboat' }],
  ['dynamodb://My_table.v2-x?region=us-gov-west-1', { table: 'My_table.v2-x', region: 'us-gov-west-1' }],
])('%s is an address, and is written as it was', (text, address) => {
  expect(parseTableAddress(text)).toEqual(address);
  expect(tableAddressText(address)).toBe(text);
});

test.each([
  '',
  'lifeboat',
  'dynamodb:lifeboat',
  'dynamodb://',
  'dynamodb://ab',
  `dynamodb://${'a'.repeat(256)}`,
  'dynamodb://a table',
  'dynamodb://user:secret@lifeboat',
  'dynamodb://lifeboat/path',
  'dynamodb://lifeboat:8000',
  'dynamodb://lifeboat?region=',
  'dynamodb://lifeboat?region=nowhere',
  'dynamodb://lifeboat?zone=us-east-1',
  'dynamodb://lifeboat?region=us-east-1&region=us-west-2',
  'dynamodb://lifeboat?region=us-east-1?region=us-west-2',
  's3://lifeboat',
])('%j is none', (text) => {
  expect(parseTableAddress(text)).toBeUndefined();
});
