import {
  changeOf,
  LiveSchedule,
  remainingSeconds,
  type ResourceProgress,
} from '../../src/objectives/forecast.ts';
import { judge } from '../../src/objectives/objectives.ts';
import type { Plan } from '../../src/plan/types.ts';
import { minutes, planned, strategy, T0 } from '../workflow/support.ts';

const RATE = 'provisionedInitMiBps' as const;

function planOf(count: number, rtoSeconds: number, change: Partial<Plan> = {}): Plan {
  const resources = Array.from({ length: count }, (_, n) =>
    planned([strategy('provisioned-rate')], { id: `volume-${n}` }),
  );
  return {
    incidentAt: T0,
    objectives: { rtoSeconds, rpoSeconds: 7_200 },
    resources,
    schedule: resources.map(({ id }, n) => ({
      resource: id,
      strategy: 'provisioned-rate',
      startSeconds: n,
      readySeconds: 0,
      hydratedSeconds: 0,
      uses: {},
    })),
    pools: { [RATE]: 300 },
    ...change,
  } as Plan;
}

describe('what a step still needs', () => {
  test.each([
    ['as planned', 100, undefined, 500],
    ['overdue: up to the p90', 700, undefined, 500],
    ['beyond the p90: a share of what it took', 2_000, undefined, 200],
    ['measured hydration beats the plan', 100, 50, 100],
    ['the first percents say little', 100, 2, 500],
  ])('%s', (_name, elapsed, percent, expected) => {
    expect(remainingSeconds({ p50Seconds: 600, p90Seconds: 1_200 }, 'p50Seconds', elapsed, percent)).toBe(
      expected,
    );
  });
});

describe('the live forecast', () => {
  const queued: ResourceProgress = { strategy: 0, step: 'queued', since: T0 };

  test('counts what waits for a quota behind what runs', () => {
    const schedule = new LiveSchedule(planOf(2, 86_400));
    const end = schedule.end(new Map(), 'p50Seconds', T0);
    // Each: 20 s to restore, 600 s to warm, 5 s to verify; the second starts when the first is hydrated.
    expect(end).toEqual({ seconds: 620 + 625, resource: 'volume-1' });
  });

  test('announces a breach before it happens, and names the step that causes it', () => {
    const schedule = new LiveSchedule(planOf(1, 1_000));
    const onTrack = schedule.forecast(new Map([['volume-0', queued]]), T0);
    expect(onTrack.rto.state).toBe('at-risk');
    expect(onTrack.rto.forecastSeconds).toBe(625);
    const slow: ResourceProgress = {
      strategy: 0,
      step: 'warming',
      since: T0 + minutes(1),
      startedAt: T0,
      availableAt: T0 + minutes(1),
      percent: 10,
    };
    const at = T0 + minutes(4);
    const forecast = schedule.forecast(new Map([['volume-0', slow]]), at);
    // 10 % in 3 minutes: 27 more.
    expect(forecast.rto).toMatchObject({
      state: 'at-risk',
      elapsedSeconds: 240,
      forecastSeconds: 240 + 27 * 60 + 5,
    });
    expect(forecast.cause).toEqual({ resource: 'volume-0', step: 'warming' });
    expect(changeOf('rto', forecast)).toEqual({ ...forecast.rto, cause: forecast.cause });
    expect(at - T0).toBeLessThan(1_000_000);
  });

  test('is breached once the objective is over, whatever the forecast', () => {
    const schedule = new LiveSchedule(planOf(1, 60));
    expect(schedule.forecast(new Map(), T0 + minutes(2)).rto.state).toBe('breached');
  });

  test('a fallback to an older recovery point shows in the RPO', () => {
    const older = strategy('lazy', { recoveryPoint: { id: 'snap-0', at: T0, ageSeconds: 10_000 } });
    const resources = [planned([strategy('provisioned-rate'), older], { id: 'volume-0' })];
    const schedule = new LiveSchedule({ ...planOf(1, 86_400), resources });
    expect(schedule.forecast(new Map(), T0).rpo.state).toBe('on-track');
    expect(schedule.forecast(new Map([['volume-0', { ...queued, strategy: 1 }]]), T0).rpo).toMatchObject({
      state: 'breached',
      forecastSeconds: 10_000,
    });
  });
});

describe('the verdict', () => {
  const objectives = {
    rtoSeconds: 3_600,
    rpoSeconds: 600,
    dataCompleteSeconds: 86_400,
    availabilityPercent: 99.99,
  };

  test('met and missed, each for itself', () => {
    expect(judge(objectives, { incidentAt: T0, recoveredAt: T0 + minutes(60), rpaSeconds: 601 })).toEqual({
      rto: { objectiveSeconds: 3_600, actualSeconds: 3_600, met: true },
      rpo: { objectiveSeconds: 600, actualSeconds: 601, met: false },
      dataComplete: { objectiveSeconds: 86_400, actualSeconds: null, met: null },
      availability: {
        objectivePercent: 99.99,
        actualPercent: expect.closeTo(100 * (1 - 3_600 / 31_536_000), 9),
        met: false,
      },
    });
  });

  test('what never recovered has missed its RTO', () => {
    expect(judge(objectives, { incidentAt: T0, rpaSeconds: null }).rto).toEqual({
      objectiveSeconds: 3_600,
      actualSeconds: null,
      met: false,
    });
  });
});
