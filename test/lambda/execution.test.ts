import { evidenceKey } from '../../src/hosts/lambda/durable/evidence.ts';
import { buildReport, type Report } from '../../src/report/model/report.ts';
import { viewRun } from '../../src/report/model/run-view.ts';
import { NEVER, reference, rehearse, type Scenario } from '../hosts/support.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { scenarioOf } from '../simulation/scenario.ts';
import { BUDGET } from '../../src/hosts/lambda/durable/budget.ts';
import type { ExecutionState } from './durable/state.ts';
import { hurry } from './durable/hurry.ts';
import { SimulatedCloud } from './simulated-cloud.ts';

hurry();

/** Seconds by which a function that leaves out looks may see later that a resource is ready. */
const SEEN_LATER_SECONDS = 60;

function evidenceOf(cloud: SimulatedCloud): Report {
  return JSON.parse(cloud.evidence.get(evidenceKey(cloud.runId, 'report.json'))?.at(-1) ?? 'null') as Report;
}

/** What became of the run and its resources, without times. */
function endOf({ status, resources, leftovers }: Report): object {
  return {
    status,
    leftovers,
    resources: resources.map(({ id, strategy, status: state, removed, createdIds }) => ({
      ...{ id, strategy, state, removed },
      created: createdIds.length,
    })),
  };
}

async function localReport(scenario: Scenario, mode: 'drill' | 'restore'): Promise<Report> {
  const { host, journal } = await rehearse(scenario, { mode, yes: true });
  await host.drive(NEVER);
  const view = viewRun(journal.record, await journal.load());
  return buildReport(view, await journal.timeline(), await journal.apiCalls());
}

describe.each(['drill', 'restore'] as const)('a %s of the reference runbook in the cloud', (mode) => {
  let cloud: SimulatedCloud;
  beforeAll(async () => {
    // Replays are quadratic in the SDK: the long restore is handed over on its way.
    cloud = new SimulatedCloud(reference('orders'), {
      mode,
      yes: true,
      budget: { ...BUDGET, operations: 500 },
    });
    await cloud.run();
  });

  test('ends as on a laptop, and breaks no invariant', async () => {
    const local = await localReport(reference('orders'), mode);
    const report = evidenceOf(cloud);
    expect(endOf(report)).toEqual(endOf(local));
    expect(report.status).toBe('completed');
    const later = (report.objectives.rto.actualSeconds ?? 0) - (local.objectives.rto.actualSeconds ?? 0);
    expect(later).toBeLessThanOrEqual(SEEN_LATER_SECONDS);
    expect(violationsOf(await cloud.outcome())).toEqual([]);
  });

  test('ends its execution with what became of the run, and leaves report and figures as evidence', () => {
    const ends = cloud.service.executions.map(({ result }) => JSON.parse(result ?? '') as { kind: string });
    expect(ends.at(-1)).toEqual({ kind: 'ended', outcome: 'completed' });
    const earlier = new Set(ends.slice(0, -1).map(({ kind }) => kind));
    expect([...earlier]).toEqual(mode === 'drill' ? [] : ['handed-over']);
    const [markdown] = cloud.evidence.get(evidenceKey(cloud.runId, 'report.md')) ?? [];
    expect(markdown).toContain(cloud.runId);
    const { objectives } = evidenceOf(cloud);
    expect(cloud.metrics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ RunCompleted: 1, Runbook: 'orders', Mode: mode }),
        expect.objectContaining({ RtaSeconds: objectives.rto.actualSeconds }),
        expect.objectContaining({ Objective: 'rto', ObjectiveSeconds: 21_600 }),
        expect.objectContaining({ Leftovers: 0 }),
      ]),
    );
  });

  test('tells each entry of the timeline once in the log', async () => {
    const timeline = await cloud.read((journal) => journal.timeline());
    expect(cloud.codes).toEqual(timeline.map(({ code }) => code));
  });

  test('stays far below the quotas, and looks less often than a laptop while nothing is expected', async () => {
    const sum = (of: (state: ExecutionState) => number): number =>
      cloud.service.executions.reduce((total, state) => total + of(state), 0);
    expect(sum(({ operationCount }) => operationCount)).toBeLessThan(1_200);
    expect(sum(({ checkpointBytes }) => checkpointBytes)).toBeLessThan(1_000_000);
    const local = await localReport(reference('orders'), mode);
    expect(evidenceOf(cloud).apiCalls.total).toBeLessThan(local.apiCalls.total);
  });
});

test('small runs of many kinds end as on a laptop', async () => {
  for (const seed of [1, 3, 5, 6]) {
    const scenario = scenarioOf(seed);
    const { mode } = scenario;
    const cloud = new SimulatedCloud(scenario, { mode, yes: true });
    await cloud.run();
    expect([seed, endOf(evidenceOf(cloud))]).toEqual([seed, endOf(await localReport(scenario, mode))]);
    expect(violationsOf(await cloud.outcome())).toEqual([]);
  }
});

test('under every fault of the simulator a run ends, and breaks no invariant', async () => {
  for (const seed of [6, 7]) {
    const scenario = scenarioOf(seed);
    const cloud = new SimulatedCloud(scenario, { mode: scenario.mode, yes: true, seed, faults: 'storm' });
    cloud.begin();
    await cloud.untilEnded();
    expect([seed, violationsOf(await cloud.outcome())]).toEqual([seed, []]);
  }
});
