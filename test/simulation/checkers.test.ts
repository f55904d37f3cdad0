import type { Journal } from '../../src/journal/journal.ts';
import type { Effect } from '../../src/workflow/base/effects.ts';
import { made } from '../things.ts';
import { checkers, violationsOf } from './checkers/index.ts';
import { effectsBeforeJournal } from './checkers/effects-before-journal.ts';
import { checkSameOutcome } from './checkers/same-outcome.ts';
import { madeBy } from './checkers/made.ts';
import { runScenario, type Outcome } from './outcome.ts';
import { scenarioOf, type SeededScenario } from './scenario.ts';
import { entryAt } from '../../src/workflow/timeline/timeline.ts';

// A guard that cannot fail is no guard: each checker is shown an outcome with exactly the defect that it is there for.

/** A restore with a database, volumes and fast snapshot restore that was on before; a drill with both, too. */
const RESTORE = 23;
const DRILL = 8;

let restore: Outcome;
let drill: Outcome;

beforeAll(async () => {
  const calm = { faults: 'none', crashRate: 0 } as const;
  restore = await runScenario(RESTORE, scenarioOf(RESTORE), calm);
  drill = await runScenario(DRILL, scenarioOf(DRILL), calm);
});

type Volume = Outcome['after']['volumes'][number];
type Doctor = (outcome: Outcome) => Outcome;

const withVolumes = (
  outcome: Outcome,
  change: (volumes: readonly Volume[]) => readonly Volume[],
): Outcome => ({
  ...outcome,
  after: { ...outcome.after, volumes: change(outcome.after.volumes) },
});

/** Changes the first volume that the run made, or (`own` false) that was there before. */
function doctored(outcome: Outcome, own: boolean, change: Partial<Volume>): Outcome {
  const made = new Set(madeBy(outcome).map(({ id }) => id));
  const patient = outcome.after.volumes.find(({ id }) => made.has(id) === own);
  expect(patient).toBeDefined();
  return withVolumes(outcome, (volumes) =>
    volumes.map((volume) => (volume === patient ? { ...volume, ...change } : volume)),
  );
}

function withTwin(outcome: Outcome): Outcome {
  const made = new Set(madeBy(outcome).map(({ id }) => id));
  return withVolumes(outcome, (volumes) => [
    ...volumes,
    ...volumes.filter(({ id }) => made.has(id)).map((volume) => ({ ...volume, id: `${volume.id}-twin` })),
  ]);
}

const LONG_AGO = Date.parse('2026-11-20T03:30:00Z');
const hour = (count: number): number => count * 3_600_000;

const DEFECTS: readonly (readonly [keyof typeof checkers, string, 'restore' | 'drill', Doctor])[] = [
  ['at most one of anything survives', 'a twin', 'restore', withTwin],
  [
    'at most one of anything survives',
    'too few after a completed restore',
    'restore',
    (outcome) => doctored(outcome, true, { deletedAt: LONG_AGO }),
  ],
  [
    'nothing is left after a drill or an abort',
    'a volume of a drill',
    'drill',
    (outcome) => doctored(outcome, true, { deletedAt: undefined }),
  ],
  [
    'nothing is left after a drill or an abort',
    'a volume of an aborted restore',
    'restore',
    (outcome) => ({ ...outcome, end: { ...outcome.end, phase: 'aborted' } }),
  ],
  [
    'nothing is left after a drill or an abort',
    'fast snapshot restore left on',
    'drill',
    (outcome) => ({
      ...outcome,
      after: { ...outcome.after, fsr: outcome.after.fsr.map((each) => ({ ...each, state: 'enabled' })) },
    }),
  ],
  [
    'nothing is left after a drill or an abort',
    'fast snapshot restore of others switched off',
    'restore',
    (outcome) => ({
      ...outcome,
      after: { ...outcome.after, fsr: outcome.after.fsr.map((each) => ({ ...each, state: 'disabled' })) },
    }),
  ],
  [
    'nothing outside the blast radius is touched',
    'a volume of others deleted',
    'drill',
    (outcome) => doctored(outcome, false, { deletedAt: LONG_AGO }),
  ],
  [
    'nothing outside the blast radius is touched',
    'a volume of others changed',
    'drill',
    (outcome) => doctored(outcome, false, { sizeGiB: 1 }),
  ],
  [
    'nothing outside the blast radius is touched',
    'something made without a tag',
    'restore',
    (outcome) => doctored(outcome, true, { tags: {} }),
  ],
  [
    'no effect before its journal entry',
    'one',
    'drill',
    (outcome) => ({ ...outcome, unjournalled: ['run/volume-0/create.0#1'] }),
  ],
  [
    'what was recovered is protected, evidence is kept',
    'a fresh recovery point that is gone',
    'restore',
    (outcome) => withPoints(outcome, () => ({ deletedAt: LONG_AGO })),
  ],
  [
    'what was recovered is protected, evidence is kept',
    'one that never became complete',
    'restore',
    (outcome) => withPoints(outcome, () => ({ state: 'pending' })),
  ],
  [
    'what was recovered is protected, evidence is kept',
    'one more than wanted',
    'restore',
    (outcome) => ({
      ...outcome,
      after: {
        ...outcome.after,
        snapshots: outcome.after.snapshots.flatMap((each) => [each, { ...each, id: `${each.id}-twin` }]),
      },
    }),
  ],
  [
    'what was recovered is protected, evidence is kept',
    'one that is left after an abort',
    'restore',
    (outcome) => ({ ...outcome, end: { ...outcome.end, phase: 'aborted' } }),
  ],
  [
    'what was recovered is protected, evidence is kept',
    'evidence that is gone',
    'restore',
    (outcome) => ({
      ...outcome,
      view: {
        ...outcome.view,
        recovery: {
          ...outcome.view.recovery!,
          evidence: [{ resource: 'volume-0', of: 'vol-0', snapshotId: 'snap-never' }],
        },
      },
    }),
  ],
  [
    'the account is not marked for ever',
    'a mark',
    'drill',
    (outcome) => ({
      ...outcome,
      after: { ...outcome.after, parameters: [{ name: '/lifeboat/storm/run', value: '{}' }] },
    }),
  ],
  [
    'quotas are never exceeded',
    'a peak above the limit',
    'restore',
    (outcome) => withQuota(outcome, ({ limit = 0 }) => ({ peak: limit + 1 })),
  ],
  [
    'quotas are never exceeded',
    'a refusal',
    'restore',
    (outcome) => withQuota(outcome, () => ({ refused: 1 })),
  ],
  [
    'every run ends',
    'waiting for a person',
    'restore',
    (outcome) => ({ ...outcome, end: { phase: 'restore', paused: false, waitsFor: [{ for: 'resume' }] } }),
  ],
  [
    'every run ends',
    'too long',
    'restore',
    (outcome) => ({ ...outcome, after: { ...outcome.after, at: outcome.plan.incidentAt + hour(73) } }),
  ],
  [
    'every run ends',
    'aborted though nobody asked',
    'drill',
    (outcome) => ({
      ...outcome,
      timeline: [
        ...outcome.timeline,
        entryAt(LONG_AGO, 'run', { code: 'signal.aborted', data: { by: 'operator' } }),
      ],
    }),
  ],
  [
    'a resource waits for all that it depends on',
    'one that started too early',
    'restore',
    (outcome) => dependent(outcome, (readyAt) => ({ startedAt: readyAt - 1 })),
  ],
  [
    'a resource waits for all that it depends on',
    'one whose dependency never was ready',
    'restore',
    (outcome) => dependent(outcome, () => ({}), { readyAt: undefined }),
  ],
  [
    'the report equals the world',
    'a call too many',
    'drill',
    (outcome) => ({
      ...outcome,
      report: { ...outcome.report, apiCalls: { ...outcome.report.apiCalls, total: 1 } },
    }),
  ],
  [
    'the report equals the world',
    'a throttle too few',
    'drill',
    (outcome) => ({
      ...outcome,
      report: { ...outcome.report, apiCalls: { ...outcome.report.apiCalls, throttled: 7 } },
    }),
  ],
  [
    'the report equals the world',
    'an id that never existed',
    'restore',
    (outcome) => withResources(outcome, ({ createdIds }) => ({ createdIds: [...createdIds, 'vol-never'] })),
  ],
  [
    'the report equals the world',
    'something alive that it does not know',
    'restore',
    (outcome) => withResources(outcome, () => ({ createdIds: [] })),
  ],
  [
    'the report equals the world',
    'something kept that is gone',
    'restore',
    (outcome) => doctored(outcome, true, { deletedAt: LONG_AGO }),
  ],
  [
    'the report equals the world',
    'something called warm that is cold',
    'restore',
    (outcome) => withVolumes(outcome, (volumes) => volumes.map((volume) => ({ ...volume, hydration: 50 }))),
  ],
  [
    'the report equals the world',
    'completed with a resource that is not ready',
    'restore',
    (outcome) => withResources(outcome, () => ({ status: 'failed' })),
  ],
];

type Point = Outcome['after']['snapshots'][number];

function withPoints(outcome: Outcome, change: (point: Point) => Partial<Point>): Outcome {
  const doctor = (points: readonly Point[]): readonly Point[] =>
    points.map((point) =>
      point.tags['lifeboat:purpose'] === 'protection' ? { ...point, ...change(point) } : point,
    );
  const { snapshots, dbSnapshots } = outcome.after;
  return {
    ...outcome,
    after: { ...outcome.after, snapshots: doctor(snapshots), dbSnapshots: doctor(dbSnapshots) },
  };
}

type Context = Outcome['view']['resources'][number]['context'];

/** The last resource depends on the first, which was made once; both are changed. */
function dependent(
  outcome: Outcome,
  ofLast: (readyAt: number) => Partial<Context>,
  ofFirst: { readonly readyAt?: undefined } = {},
): Outcome {
  const { resources } = outcome.view;
  const [first, last] = [resources.at(0), resources.at(-1)];
  if (first === undefined || last === undefined || first === last)
    throw new Error('two resources are needed');
  const { readyAt = 0, spec, createdIds } = first.context;
  expect(createdIds).toHaveLength(spec.copies);
  const changed = (each: typeof first): Context => {
    if (each === first) return { ...each.context, ...ofFirst } as Context;
    if (each !== last) return each.context;
    return {
      ...each.context,
      spec: { ...each.context.spec, dependsOn: [first.id] },
      ...ofLast(readyAt),
    };
  };
  return {
    ...outcome,
    view: { ...outcome.view, resources: resources.map((each) => ({ ...each, context: changed(each) })) },
  };
}

type Quota = Outcome['after']['quotas'][number];

function withQuota(outcome: Outcome, change: (quota: Quota) => Partial<Quota>): Outcome {
  const bound = outcome.after.quotas.find(({ limit }) => limit !== undefined);
  expect(bound).toBeDefined();
  const quotas = outcome.after.quotas.map((quota) =>
    quota === bound ? { ...quota, ...change(quota) } : quota,
  );
  return { ...outcome, after: { ...outcome.after, quotas } };
}

type Reported = Outcome['report']['resources'][number];

function withResources(outcome: Outcome, change: (resource: Reported) => Partial<Reported>): Outcome {
  const resources = outcome.report.resources.map((resource) => ({ ...resource, ...change(resource) }));
  return { ...outcome, report: { ...outcome.report, resources } };
}

test('outcomes as they are have no violation, and every checker has a defect here', () => {
  expect(violationsOf(restore)).toEqual([]);
  expect(violationsOf(drill)).toEqual([]);
  expect(new Set(DEFECTS.map(([name]) => name))).toEqual(new Set(Object.keys(checkers)));
});

test.each(DEFECTS)('%s: finds %s', (name, _defect, which, doctor) => {
  const patient = doctor(which === 'restore' ? restore : drill);
  expect(checkers[name]?.(patient)).not.toEqual([]);
  expect(violationsOf(patient).some((violation) => violation.startsWith(`${name}: `))).toBe(true);
});

test('an abort that keeps may leave what was made, and no fast snapshot restore', () => {
  const { recovery } = restore.view;
  if (recovery === undefined) throw new Error('it has begun');
  const keptAll: Outcome = {
    ...restore,
    end: { ...restore.end, phase: 'aborted' },
    view: { ...restore.view, recovery: { ...recovery, keepsMade: true } },
  };
  const nothingLeft = checkers['nothing is left after a drill or an abort'];
  expect(nothingLeft?.(keptAll)).toEqual([]);
  const on = restore.after.fsr.map((each) => ({ ...each, zone: 'us-east-1c', state: 'enabled' as const }));
  expect(on.length).toBeGreaterThan(0);
  expect(
    nothingLeft?.({ ...keptAll, after: { ...keptAll.after, fsr: [...restore.after.fsr, ...on] } }),
  ).toEqual(on.map(({ snapshotId }) => `fast snapshot restore of ${snapshotId}@us-east-1c was left on`));
});

test('the seeds of the storm hold what the checkers are to see', () => {
  const scenarios = Array.from({ length: 120 }, (_, index) => scenarioOf(index + 1));
  const those = (is: (scenario: SeededScenario) => boolean): number => scenarios.filter(is).length;
  expect(those(({ operator }) => operator?.made === 'keep')).toBeGreaterThan(3);
  expect(
    those(({ runbook }) => runbook.resources.some(({ dependsOn }) => dependsOn.length > 1)),
  ).toBeGreaterThan(3);
});

test('a run that was disturbed and ends otherwise is found, whatever figure differs', () => {
  expect(checkSameOutcome(restore, restore)).toEqual([]);
  const later = withResources(restore, ({ actualSeconds }) => ({ actualSeconds: (actualSeconds ?? 0) + 1 }));
  expect(checkSameOutcome(later, restore)).toEqual([expect.stringContaining('actualSeconds')]);
  const failed: Outcome = { ...restore, report: { ...restore.report, status: 'failed' } };
  expect(checkSameOutcome(failed, restore)).toEqual([expect.stringContaining('"failed"')]);
});

test('an effect that the journal has otherwise, or not at all, is noted', async () => {
  const effect: Effect = {
    ...{ id: 'run/a/delete.vol-1#1', aggregate: 'resource:a', attempt: 1 },
    ...{ type: 'delete', thing: made('volume', 'vol-1'), resource: 'a' },
  };
  const journal = { load: async () => ({ outbox: [effect] }) } as unknown as Journal;
  const found: string[] = [];
  const watched = effectsBeforeJournal(
    { batchOf: () => undefined, perform: async () => [], observe: async () => [] },
    journal,
    found,
  );
  await watched.perform([effect]);
  expect(found).toEqual([]);
  await watched.perform([
    { ...effect, attempt: 2 },
    { ...effect, id: 'run/a/delete.vol-2#1' },
  ]);
  expect(found).toEqual(['run/a/delete.vol-1#1', 'run/a/delete.vol-2#1']);
});
