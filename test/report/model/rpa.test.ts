import { LiveSchedule, type ResourceProgress } from '../../../src/objectives/forecast.ts';
import { actualRpa } from '../../../src/report/model/judgement.ts';
import { viewRun } from '../../../src/report/model/run-view.ts';
import { inventoryOf, planOf as planFrom, volumeWithSnapshot } from '../../plan/builders.ts';
import { after, HandRun, planOf, resource, strategy } from '../fixtures.ts';

// The data that a recovery loses is that of its oldest recovery point, wherever that is told: in the plan, while it runs, and in the report.

const AGES = [3_600, 5_400, 600];
const ORDERS = [
  [0, 1, 2],
  [1, 0, 2],
  [2, 0, 1],
] as const;

const resourcesIn = (order: readonly number[]) =>
  order.map((n) => resource(`data-${n}`, { strategies: [strategy('provisioned-rate', AGES[n] ?? 0)] }));

describe.each(ORDERS)('recovery points of 60, 90 and 10 minutes, in the order %i %i %i', (...order) => {
  test('the report tells 90 minutes', () => {
    const run = new HandRun(planOf(resourcesIn(order)));
    const view = viewRun(run.record, run.state);
    const ready = view.resources.map((each) => ({ ...each, state: 'ready' as const }));
    expect(actualRpa({ ...view, resources: ready })).toBe(5_400);
    // One that did not come back lost everything.
    expect(actualRpa({ ...view, resources: [...ready.slice(1), ...view.resources.slice(0, 1)] })).toBeNull();
  });

  test('the live view tells 90 minutes, and of which resource', () => {
    const { rpo, oldest } = new LiveSchedule(planOf(resourcesIn(order))).forecast(new Map(), after(60));
    expect(rpo).toMatchObject({ elapsedSeconds: 5_400, forecastSeconds: 5_400 });
    expect(oldest).toBe('data-1');
  });

  test('the plan tells 90 minutes', () => {
    const things = order.map((n) =>
      volumeWithSnapshot(`vol-${n}`, 100, {
        startedAt: new Date(Date.parse('2026-11-20T03:00:00Z') - (AGES[n] ?? 0) * 1_000).toISOString(),
      }),
    );
    const inventory = inventoryOf({
      volumes: things.map(({ volume }) => volume),
      snapshots: things.map(({ snapshot }) => snapshot),
    });
    const plan = planFrom(
      order.map((n) => ({ id: `data-${n}`, type: 'ebs-volume', source: `vol-${n}` })),
      inventory,
    );
    expect(plan.forecast.rpaSeconds).toBe(5_400);
  });
});

test('the point that counts is that of the strategy in use, not of the first', () => {
  const strategies = [strategy('provisioned-rate', 600), strategy('read-through', 7_200)];
  const plan = planOf([resource('data', { strategies })]);
  const seen: ResourceProgress = { strategy: 1, step: 'restoring', since: after(0), startedAt: after(0) };
  const { rpo } = new LiveSchedule(plan).forecast(new Map([['data', seen]]), after(60));
  expect(rpo.elapsedSeconds).toBe(7_200);
  const run = new HandRun(plan);
  const view = viewRun(run.record, run.state);
  const [data] = view.resources;
  if (data === undefined) throw new Error('no resource');
  const fallenBack = { ...data, state: 'ready' as const, context: { ...data.context, strategy: 1 } };
  expect(actualRpa({ ...view, resources: [fallenBack] })).toBe(7_200);
});
