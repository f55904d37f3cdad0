import { formatMark, isOfRun, parseMark, tagRecord, tagsFor } from '../../src/aws/tags.ts';
import { MARK, MARK_TAG, RUN } from './fixtures.ts';

const made = { resource: 'events/vol-1', name: 'vol-1-run', identity: 'token-1', mark: MARK };
const OUR_KEYS = [
  ...['lifeboat:run', 'lifeboat:runbook', 'lifeboat:resource', 'lifeboat:identity', 'lifeboat:make'],
  'Name',
];
const keys = (source: Record<string, string>, service: 'ec2' | 'rds' = 'ec2') =>
  tagsFor(service, RUN, made, source).map(({ Key }) => Key);

test('ours come first, then those of the source in a stable order', () => {
  expect(tagsFor('ec2', RUN, made, { b: '2', a: '1' })).toEqual([
    { Key: 'lifeboat:run', Value: RUN.runId },
    { Key: 'lifeboat:runbook', Value: 'orders' },
    { Key: 'lifeboat:resource', Value: 'events/vol-1' },
    { Key: 'lifeboat:identity', Value: 'token-1' },
    { Key: 'lifeboat:make', Value: MARK_TAG },
    { Key: 'Name', Value: 'vol-1-run' },
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ]);
});

test('reserved tags, tags of another run and the Name of the source are left out', () => {
  const source = {
    'aws:cloudformation:stack-name': 'x',
    'AWS:other': 'x',
    'lifeboat:run': 'old',
    Name: 'old',
    '': 'x',
  };
  expect(keys(source)).toEqual(OUR_KEYS);
});

test('no more than 50, ours never dropped', () => {
  const source = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`!tag-${index}`, '']));
  expect(keys(source)).toHaveLength(50);
  expect(keys(source).slice(0, 6)).toEqual(OUR_KEYS);
});

test('keys and values are cut to what AWS takes', () => {
  const tag = tagsFor('ec2', RUN, made, { ['k'.repeat(200)]: 'v'.repeat(300) }).at(-1);
  expect(tag?.Key).toHaveLength(128);
  expect(tag?.Value).toHaveLength(256);
});

test('a cut never leaves half a character', () => {
  const value = tagsFor('ec2', RUN, made, { a: `${'v'.repeat(255)}😀` }).at(-1)?.Value;
  expect(value).toBe('v'.repeat(255));
});

test('keys that become the same when cut are given once', () => {
  expect(keys({ [`${'k'.repeat(128)}1`]: 'first', [`${'k'.repeat(128)}2`]: 'second' })).toHaveLength(7);
});

test('RDS takes fewer characters than EC2', () => {
  expect(tagsFor('ec2', RUN, made, { 'team(a)': 'x|y' }).at(-1)).toEqual({ Key: 'team(a)', Value: 'x|y' });
  expect(tagsFor('rds', RUN, made, { 'team(a)': 'x|y' }).at(-1)).toEqual({ Key: 'team_a_', Value: 'x_y' });
  expect(tagsFor('rds', RUN, made, { Ärger: 'a_b.c:d/e=f+g-h@i j' }).at(-1)).toEqual({
    Key: 'Ärger',
    Value: 'a_b.c:d/e=f+g-h@i j',
  });
});

test.each<[Readonly<Record<string, string>> | undefined, boolean]>([
  [{ run: RUN.runId, runbook: 'orders' }, true],
  [{ run: RUN.runId, runbook: 'orders', make: MARK_TAG }, true],
  [{ run: RUN.runId, runbook: 'orders', mode: 'restore' }, true],
  // A journal that was copied or edited may carry the id of another run.
  [{ run: RUN.runId, runbook: 'payments' }, false],
  [{ run: RUN.runId }, false],
  [{ run: RUN.runId, runbook: 'orders', make: 'drill/fsr/0.0.1' }, false],
  [{ run: RUN.runId, runbook: 'orders', mode: 'drill' }, false],
  [{ run: 'other', runbook: 'orders' }, false],
  [{ runbook: RUN.runId }, false],
  [undefined, false],
])('a thing is of the run only by its tags for run, runbook and mode: %j is %s', (given, isOurs) => {
  const tags =
    given === undefined
      ? undefined
      : Object.entries(given).map(([key, Value]) => ({ Key: `lifeboat:${key}`, Value }));
  expect(isOfRun(tags, RUN)).toBe(isOurs);
});

test('tags of an answer become a record', () => {
  expect(tagRecord([{ Key: 'a', Value: '1' }, { Key: 'b' }, { Value: 'x' }])).toEqual({ a: '1', b: '' });
});

test.each(['forensics', 'protection'] as const)('a snapshot for %s says so, and in which mode', (purpose) => {
  const { resource, name, identity } = made;
  const tags = tagsFor('rds', RUN, { resource, name, identity, purpose }, { app: 'events' });
  expect(tagRecord(tags)).toEqual({
    'lifeboat:run': RUN.runId,
    'lifeboat:runbook': 'orders',
    'lifeboat:resource': 'events/vol-1',
    'lifeboat:identity': 'token-1',
    'lifeboat:purpose': purpose,
    'lifeboat:mode': 'restore',
    ...(purpose === 'forensics' && { 'lifeboat:forensics': RUN.runId }),
    Name: 'vol-1-run',
    app: 'events',
  });
});

test('a source at its limit, with hostile names, is copied as far as AWS takes it', () => {
  const source = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [
      `k${index}\u0007${'x'.repeat(255)}`,
      `\u0000${'v'.repeat(300)}`,
    ]),
  );
  const tags = tagsFor('ec2', RUN, { ...made, name: 'n'.repeat(255) }, source);
  expect(tags).toHaveLength(50);
  for (const { Key, Value } of tags) {
    expect(`${Key}${Value}`).not.toMatch(/\p{Cc}/u);
    expect([Key.length <= 128, Value.length <= 256]).toEqual([true, true]);
  }
});

describe('mark of a make', () => {
  test.each([
    [MARK, MARK_TAG],
    [
      { mode: 'drill', strategy: 'point-in-time', round: 2, copy: 11, generation: 3 } as const,
      'drill/point-in-time/2.11.3',
    ],
  ])('%j is written %s and read again', (mark, text) => {
    expect(formatMark(mark)).toBe(text);
    expect(parseMark(text)).toEqual(mark);
  });

  test.each([
    undefined,
    '',
    'restore/fsr/0.0',
    'restore/fsr/0.0.1.2',
    'rehearsal/fsr/0.0.1',
    'restore//0.0.1',
    'restore/fsr/-1.0.1',
    'restore/fsr/0.0.1 ',
    'restore/fsr/0.0.99999999999999999999',
  ])('%j is none', (text) => {
    expect(parseMark(text)).toBeUndefined();
  });
});

test('the instant of the data survives the tag, and is what RDS takes', () => {
  const mark = { ...MARK, strategy: 'point-in-time', pointAt: Date.parse('2026-11-20T02:57:00Z') };
  const [tag] = tagsFor('rds', RUN, { ...made, mark }, {}).filter(({ Key }) => Key === 'lifeboat:make');
  expect(tag?.Value).toBe('restore/point-in-time/0.0.1/2026-11-20T02:57:00Z');
  expect(parseMark(tag?.Value)).toEqual(mark);
});
