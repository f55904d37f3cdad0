import { longestCopySeconds, copyStep, initializeStep } from '../../src/kinds/ebs-volume/steps.ts';
import { VERIFY } from '../../src/kinds/verify-step.ts';
import type { PlannedResource, VolumeSpec } from '../../src/plan/types.ts';
import { adoptRun, type FoundThing } from '../../src/workflow/adoption.ts';
import { needsOf } from '../../src/workflow/resource/grants.ts';
import type { MakeMark } from '../../src/workflow/base/effects.ts';
import { made } from '../things.ts';
import { without } from '../aws/fixtures.ts';
import { held, minutes, planned, strategy, Subject, T0, volumeSpec } from './support.ts';

// Goal: a volume has one copy in progress at a time, and no place of the Region is taken for longer than that.

const SPEC: VolumeSpec = { ...without(volumeSpec(), 'snapshotId'), sourceVolumeId: 'vol-1' };
const OF_SOURCE = 'only:copy of vol-1' as const;

function resource(change: Partial<PlannedResource> = {}): PlannedResource {
  const { copies = 2, readyWhen = 'hydrated' } = change;
  const steps = [copyStep(SPEC, copies, readyWhen), initializeStep(SPEC), VERIFY];
  const recoveryPoint = { id: 'vol-1@2026-11-20T03:00:00Z', at: T0, ageSeconds: 0 };
  const copying = strategy('volume-copy', { spec: SPEC, recoveryPoint });
  return planned([{ ...copying, steps }, strategy('lazy')], { copies, readyWhen, ...change });
}

const needs = (subject: Subject) => needsOf(subject.context, [], subject.at);

/** The first copy exists and loads. */
function loading(change: Partial<PlannedResource> = {}): Subject {
  const subject = new Subject(resource(change), { mode: 'restore' });
  subject.grant();
  subject.answer('copyVolume', { id: 'vol-a' });
  subject.see('vol-a', { progress: 10 });
  return subject;
}

describe('copies in turn', () => {
  test('take one place of the Region and their source once, and are asked for one at a time', () => {
    const subject = new Subject(resource(), { mode: 'restore' });
    expect(needs(subject)).toEqual([
      { pool: 'volumeCopies', amount: 1 },
      { pool: OF_SOURCE, amount: 1 },
      { pool: 'storageTiB.gp3', amount: 200 / 1_024 },
    ]);
    subject.grant();
    expect(subject.requests).toEqual(['copyVolume']);
    subject.answer('copyVolume', { id: 'vol-a' });
    subject.see('vol-a', { progress: 99 });
    expect(subject.requests).toEqual([]);
    expect(held(subject, 'volumeCopies')).toEqual([{ pool: 'volumeCopies', amount: 1 }]);
    subject.see('vol-a', { progress: 100 });
    expect(subject.requests).toEqual(['copyVolume']);
    expect(held(subject, OF_SOURCE)).toEqual([{ pool: OF_SOURCE, amount: 1 }]);
    subject.answer('copyVolume', { id: 'vol-b' });
    subject.see('vol-b', { progress: 100 });
    expect([subject.state, held(subject, 'volumeCopies')[0]?.until]).toEqual(['verifying', subject.at]);
  });

  test('where no endpoint tells of the progress, follow at the longest that a copy may take', () => {
    const subject = new Subject(resource(), { mode: 'restore' });
    subject.grant();
    subject.answer('copyVolume', { id: 'vol-a' });
    subject.see('vol-a');
    for (let fired = 0; subject.requests.length === 0 && fired < 100; fired += 1)
      subject.fire('restoreLimit');
    expect(subject.at).toBe(T0 + longestCopySeconds(SPEC) * 1_000);
    expect(subject.requests).toEqual(['copyVolume']);
  });

  test('one that is lost is asked for again only once the deletion is accepted, without a second place', () => {
    const subject = loading();
    subject.see('vol-a', { status: 'error' });
    expect([subject.state, subject.requests]).toEqual(['queued', ['delete']]);
    expect(needs(subject)).toEqual([{ pool: 'storageTiB.gp3', amount: 100 / 1_024 }]);
    subject.grant();
    expect(subject.requests).toEqual(['delete']);
    subject.answer('delete');
    expect(subject.requests).toEqual(['copyVolume']);
    expect(subject.effect('copyVolume')).toMatchObject({ mark: { copy: 0, generation: 2 } });
  });

  test('one that stalls waits for an operator, also while another one waits for its turn', () => {
    const subject = loading();
    for (let fired = 0; subject.state === 'restoring' && fired < 100; fired += 1)
      subject.fire('restoreLimit');
    expect(subject.state).toBe('halted');
    expect(subject.context.halt?.differences).toMatchObject([
      { code: 'hydration-stalled', data: { thing: 'vol-a' } },
    ]);
    expect(subject.at).toBeLessThan(T0 + minutes(60));
    expect(subject.requests).toEqual([]);
  });

  test('of a resource that is ready when they are available hold their place until they must be done', () => {
    const subject = loading({ copies: 1, readyWhen: 'available' });
    subject.answer('inspect', { findings: [] });
    expect(subject.state).toBe('ready');
    const until = T0 + longestCopySeconds(SPEC) * 1_000;
    expect(held(subject, 'volumeCopies')).toEqual([{ pool: 'volumeCopies', amount: 1, until }]);
    subject.at += minutes(5);
    subject.send({ type: 'CLEAN', at: subject.at });
    subject.answer('delete');
    expect(held(subject, 'volumeCopies').filter(({ until: end = Infinity }) => end > subject.at)).toEqual([]);
  });
});

test('a source that is gone is given up for a strategy by snapshots, and a copy that exists stays', () => {
  const subject = loading();
  subject.see('vol-a', { progress: 100 });
  subject.refuse('copyVolume', 'gone', 'InvalidVolume.NotFound');
  expect(subject.context.strategy).toBe(1);
  subject.grant();
  expect(subject.requests).toEqual(['createVolume']);
  expect(subject.copies.map(({ thing }) => thing?.id)).toEqual(['vol-a', undefined]);
});

describe('an adopted copy', () => {
  const plan = { resources: [resource({ copies: 1 })], forecast: { rpaSeconds: 0 }, incidentAt: T0 };
  const found = (from: string, madeBy: string): FoundThing => ({
    thing: made('volume', 'vol-a'),
    resource: 'events',
    mark: { mode: 'restore', strategy: madeBy, round: 0, copy: 0, generation: 1 } as MakeMark,
    createdAt: T0 + minutes(7),
    from,
  });
  const adopt = (thing: FoundThing) =>
    adoptRun(
      { ...plan, objectives: { rpoSeconds: 60 }, meets: {} } as unknown as Parameters<typeof adoptRun>[0],
      [thing],
      { snapshots: [], dbSnapshots: [] },
    );

  test('has the data of the instant at which it was made', () => {
    const { plan: adopted, taken } = adopt(found('vol-1', 'volume-copy'));
    expect(taken.map(({ id }) => id)).toEqual(['vol-a']);
    expect(adopted.resources[0]?.strategies[0]?.recoveryPoint).toMatchObject({
      ...{ id: 'vol-1@2026-11-20T03:07:00Z', at: T0 + minutes(7) },
    });
  });

  test.each([
    ['vol-2', 'volume-copy'],
    ['vol-1', 'lazy'],
  ])('of %s by %s does not go on', (from, madeBy) => {
    expect(adopt(found(from, madeBy))).toMatchObject({ taken: [], strangers: [{ id: 'vol-a' }] });
  });
});
