import { optionsHere, placeOf, sessionOptions } from '../../../src/cli/session/session-options.ts';
import type { RunsOptions } from '../../../src/cli/session/options.ts';

test.each<[readonly string[], string]>([
  [['runs'], '.lifeboat'],
  [['runs', '--state', 'a'], 'a'],
  [['runs', '--state=b'], 'b'],
  [['runs', '--state', 'a', '--state=b'], 'b'],
  [['runs', '--state'], '.lifeboat'],
  [['runs', '--state', ''], '.lifeboat'],
  [['check', '--', '--state', 'a'], '.lifeboat'],
])('%j', (args, state) => {
  expect(placeOf(args)).toEqual({ state });
});

test.each<[readonly string[], Omit<RunsOptions, 'state'>]>([
  [['runs', '--journal', 'dynamodb://a-table'], { journal: { table: 'a-table' } }],
  [
    ['runs', '--journal=dynamodb://a.table?region=us-west-2'],
    { journal: { table: 'a.table', region: 'us-west-2' } },
  ],
  [
    ['--region', 'eu-central-1', 'runs', '--journal', 'dynamodb://a_table'],
    { journal: { table: 'a_table' }, region: 'eu-central-1' },
  ],
  [['runs', '--journal', 'nonsense'], {}],
  [['runs', '--journal'], {}],
])('%j', (args, place) => {
  expect(placeOf(args)).toEqual({ state: '.lifeboat', ...place });
});

test('commands need --state only where it is not the default', () => {
  expect(sessionOptions({ state: '.lifeboat' })).toEqual([]);
  expect(sessionOptions({ state: '/mnt/dr' })).toEqual(['--state', '/mnt/dr']);
});

test('commands name the table with its Region, wherever that was given', () => {
  const journal = { table: 'lifeboat' };
  const state = '.lifeboat';
  expect(sessionOptions({ state, journal })).toEqual(['--journal', 'dynamodb://lifeboat', '--cloud']);
  for (const place of [
    { state, journal, region: 'us-west-2' },
    { state, journal: { ...journal, region: 'us-west-2' } },
  ])
    expect(sessionOptions(place)).toEqual(['--journal', 'dynamodb://lifeboat?region=us-west-2', '--cloud']);
  expect(optionsHere({ state, journal })).toEqual(['--journal', 'dynamodb://lifeboat']);
});
