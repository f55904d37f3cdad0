import { coerceVersion, versionTest } from '../../../src/backfill/classes/version.ts';
import { captured, logged } from './requests.ts';

test.each<[string, string | undefined]>([
  ['6.8.1', '6.8.1'],
  ['6.8', '6.8.0'],
  ['7', '7.0.0'],
  ['v7', '7.0.0'],
  ['V7.1', '7.1.0'],
  [' 7.1.2 ', '7.1.2'],
  ['6.8.1.4', '6.8.1'],
  ['2020.08.21', '2020.8.21'],
  ['7.0.0-beta.2', '7.0.0-beta.2'],
  ['7.0-rc1', '7.0.0-rc1'],
  ['7.1.0+build.5', '7.1.0'],
  ['', undefined],
  ['x', undefined],
  ['7.x', undefined],
  ['7.', undefined],
  ['.7', undefined],
  ['7 0', undefined],
  ['-1', undefined],
  ['99999999999999999999', undefined],
  ['1'.repeat(2_000), undefined],
])('the version %j is %s', (text, expected) => {
  expect(coerceVersion(text)?.version).toBe(expected);
});

const agent =
  'Shop/5.2 (com.shop; build:9; iOS 13.6.0; Analytics-iOS/6.8.1) CFNetwork/1121.2 My-Analytics-iOS/9.0';

describe('where the version stands', () => {
  test.each<[string, string | undefined, string, string, boolean]>([
    ['a product', 'Analytics-iOS', '6.8.1', agent, true],
    ['a product, whatever its case', 'analytics-ios', '6.8.1', agent, true],
    ['a product whose name ends another', 'Analytics-iOS', '9.x', agent, false],
    ['a product after a space', 'iOS', '13.6.x', agent, true],
    ['a product in the midst of a word', 'Network', '*', agent, false],
    ['a product that is not there', 'Analytics-Android', '*', agent, false],
    ['a product without a version, and then with one', 'sdk', '2.x', 'sdk (x) sdk/two sdk/2.1', true],
    ['the first product', undefined, '5.2.x', agent, true],
    ['the first product, not in a comment', undefined, '2.x', '(x/1.0 (y/1.1)) z/2.0', true],
    ['the first product that has a version', undefined, '3.x', 'a b/c d/3', true],
    ['a user agent without any', undefined, '*', 'curl', false],
    ['brackets that do not match', undefined, '1.x', ')) a/1', true],
  ])('%s', (_, sdk, range, userAgent, expected) => {
    const test = versionTest(sdk, range);
    expect(test(logged({ userAgent }))).toBe(expected);
    expect(test(logged({ userAgent }))).toBe(expected);
  });

  test('a header, a query, a cookie, a body', () => {
    const body = Buffer.from('{"sdk":{"version":"v7.1"}}');
    const request = captured({
      url: '/?lib_version=7.0.3',
      headers: [
        ['x-sdk', 'ios/6.8'],
        ['cookie', 'v=5'],
      ],
      body,
    });
    const ranges: [string, string][] = [
      ['header:x-sdk', '6.8.x'],
      ['query:lib_version', '>=7.0.0 <7.1'],
      ['cookie:v', '^5'],
      ['body:sdk.version', '~7.1'],
    ];
    expect(ranges.map(([sdk, range]) => versionTest(sdk, range)(request))).toEqual([true, true, true, true]);
    expect(ranges.map(([sdk]) => versionTest(sdk, '>=8')(request))).toEqual([false, false, false, false]);
  });

  test('a request without any of it', () => {
    expect(versionTest('header:x-sdk', '*')(logged())).toBe(false);
    expect(versionTest(undefined, '*')(logged())).toBe(false);
  });
});

test.each<[string, string, boolean]>([
  ['7.0.0-beta.1', '>=7.0.0', false],
  ['7.0.0-beta.1', '<7.0.0', true],
  ['7.1.0-beta.1', '>=7.0.0', true],
  ['6.8.1', '<=6.8.1', true],
  ['6.8.2', '<=6.8.1', false],
  ['6.10.0', '<=6.8.1', false],
  ['6.8.1', '6.x || >=8', true],
])('%s is in %s: %s', (version, range, expected) => {
  expect(versionTest('sdk', range)(logged({ userAgent: `sdk/${version}` }))).toBe(expected);
});

test('more user agents than it remembers', () => {
  const isNew = versionTest('a', '>=5000');
  const count = Array.from({ length: 10_000 }, (_, index) => logged({ userAgent: `a/${index}` })).filter(
    isNew,
  );
  expect(count).toHaveLength(5_000);
});
