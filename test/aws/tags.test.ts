import { isOfRun, tagRecord, tagsFor } from '../../src/aws/tags.ts';
import { RUN } from './fixtures.ts';

const made = { resource: 'events/vol-1', name: 'vol-1-run' };
const keys = (source: Record<string, string>, service: 'ec2' | 'rds' = 'ec2') =>
  tagsFor(service, RUN, made, source).map(({ Key }) => Key);

test('ours come first, then those of the source in a stable order', () => {
  expect(tagsFor('ec2', RUN, made, { b: '2', a: '1' })).toEqual([
    { Key: 'lifeboat:run', Value: RUN.runId },
    { Key: 'lifeboat:runbook', Value: 'orders' },
    { Key: 'lifeboat:resource', Value: 'events/vol-1' },
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
  expect(keys(source)).toEqual(['lifeboat:run', 'lifeboat:runbook', 'lifeboat:resource', 'Name']);
});

test('no more than 50, ours never dropped', () => {
  const source = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`!tag-${index}`, '']));
  expect(keys(source)).toHaveLength(50);
  expect(keys(source).slice(0, 4)).toEqual(['lifeboat:run', 'lifeboat:runbook', 'lifeboat:resource', 'Name']);
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
  expect(keys({ [`${'k'.repeat(128)}1`]: 'first', [`${'k'.repeat(128)}2`]: 'second' })).toHaveLength(5);
});

test('RDS takes fewer characters than EC2', () => {
  expect(tagsFor('ec2', RUN, made, { 'team(a)': 'x|y' }).at(-1)).toEqual({ Key: 'team(a)', Value: 'x|y' });
  expect(tagsFor('rds', RUN, made, { 'team(a)': 'x|y' }).at(-1)).toEqual({ Key: 'team_a_', Value: 'x_y' });
  expect(tagsFor('rds', RUN, made, { Ärger: 'a_b.c:d/e=f+g-h@i j' }).at(-1)).toEqual({
    Key: 'Ärger',
    Value: 'a_b.c:d/e=f+g-h@i j',
  });
});

test('a thing is of the run only by its tag', () => {
  expect(isOfRun([{ Key: 'lifeboat:run', Value: RUN.runId }], RUN)).toBe(true);
  expect(isOfRun([{ Key: 'lifeboat:run', Value: 'other' }], RUN)).toBe(false);
  expect(isOfRun([{ Key: 'lifeboat:runbook', Value: RUN.runId }], RUN)).toBe(false);
  expect(isOfRun(undefined, RUN)).toBe(false);
});

test('tags of an answer become a record', () => {
  expect(tagRecord([{ Key: 'a', Value: '1' }, { Key: 'b' }, { Value: 'x' }])).toEqual({ a: '1', b: '' });
});
