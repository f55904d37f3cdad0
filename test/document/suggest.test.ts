import { guesser, nearest } from '../../src/document/suggest.ts';

const KEYS = ['objectives', 'owner', 'provisioned-rate', 'restore-snapshot', 'fsr', 'sql', 'http'];

test.each([
  ['objectve', 'objectives'],
  ['Objectives', 'objectives'],
  ['onwer', 'owner'],
  ['provisionedRate', 'provisioned-rate'],
  ['provisioned_rate', 'provisioned-rate'],
  ['sqll', 'sql'],
  ['htpt', 'http'],
  ['restore-snapshots', 'restore-snapshot'],
])('%s was probably meant to be %s', (word, expected) => {
  expect(nearest(word, KEYS)).toBe(expected);
});

test.each(['', 'x', 'lambda', 'owner', 'completely-different', 'o'.repeat(10_000)])(
  '%j has no near name',
  (word) => {
    expect(nearest(word, KEYS)).toBe(undefined);
  },
);

test('the nearest of several wins', () => {
  expect(nearest('vol-12', ['vol-99', 'vol-124', 'vol-13456'])).toBe('vol-124');
});

test('many words get a limited number of guesses', () => {
  const guess = guesser(['objectives']);
  const guesses = Array.from({ length: 60 }, () => guess('objectve')).filter((word) => word !== undefined);
  expect(guesses).toEqual(Array.from({ length: 50 }, () => 'objectives'));
});
