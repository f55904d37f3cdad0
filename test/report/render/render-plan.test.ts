import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderPlan } from '../../../src/report/render/render-plan.ts';
import { displayWidth } from '../../../src/report/layout/text.ts';
import { INCIDENT, planOf, resource } from '../fixtures.ts';
import { MARKS } from '../palette-marks.ts';

function longest(text: string): number {
  return Math.max(...text.split('\n').map(displayWidth));
}

describe('a plan', () => {
  test('says what, by what, from when, and whether it is enough', () => {
    const text = renderPlan(planOf([resource('orders-db'), resource('events/vol-1')]), PLAIN_PALETTE);
    const lines = text.split('\n');
    expect(lines[0]).toBe('Plan of orders: drill (in isolation, removed at the end), us-east-1');
    expect(lines).toContain('  RTO (time to recover)  2 h 00 min      19 min  22 min  would be met');
    expect(lines).toContain('  RPO (data lost)        2 h 00 min  1 h 00 min          would be met');
    expect(text).toMatch(/orders-db +provisioned-rate +19 min +22 min +\+0:18:37 +1\.16 USD/);
    expect(text).toMatch(/orders-db +snap-of-orders-db +2026-11-20 02:00:00 UTC +1 h 00 min/);
    expect(text).toMatch(/ {2}all:\n( {4}.*\n)* {4}fsr is not possible: the snapshot is too large/);
    expect(lines).toContain('  wave 1  orders-db, events/vol-1');
    expect(lines).toContain('  makes     2 volumes, 0 DB instances, 1000 GiB of storage');
    expect(text).not.toContain('PROBLEMS');
    expect(longest(text)).toBeLessThanOrEqual(96);
  });

  test('that restores nothing has no forecast: not one of 0 s', () => {
    const none = {
      ...planOf([resource('data', { strategies: [] })]).forecast,
      rtaSeconds: { p50: 0, p90: 0 },
    };
    const problem = {
      severity: 'error',
      code: 'NO_RECOVERY_POINT',
      message: 'no',
      next: 'Take one.',
    } as const;
    const text = renderPlan(
      planOf([resource('data', { strategies: [] })], {
        forecast: { ...none, rpaSeconds: null, criticalPath: [], lowerBoundSeconds: 0 },
        meets: { rto: false, rpo: false },
        problems: [problem],
      }),
      PLAIN_PALETTE,
    );
    expect(text).toMatch(/RTO \(time to recover\) +2 h 00 min +unknown +WOULD BE MISSED/);
    expect(text).toContain('  This plan restores nothing. See PROBLEMS.');
    expect(text).not.toMatch(/\b0 s\b|Lower bound/);
  });

  test('shows problems worst first, each with what to do', () => {
    const text = renderPlan(
      planOf([resource('data', { strategies: [] })], {
        meets: { rto: false, rpo: true },
        problems: [
          { severity: 'info', code: 'NOTE', message: 'something', next: 'nothing' },
          {
            severity: 'error',
            code: 'NO_RECOVERY_POINT',
            resource: 'data',
            message: 'data has no usable snapshot.',
            next: 'Take one.',
          },
        ],
        quotaIncreases: [
          {
            quota: 'provisionedInitMiBps',
            from: 5_000,
            to: 60_000,
            savesSeconds: 40_000,
            rtaSeconds: { p50: 7_100, p90: 9_000 },
            meetsRto: true,
            together: false,
          },
        ],
      }),
      MARKS,
    );
    expect(text).toContain('<red>WOULD BE MISSED</red>');
    expect(text).toContain('<red>NOT RECOVERABLE</red>');
    expect(text).toContain('<red>  This plan restores nothing.');
    expect(text).toContain(
      '<red>  ERROR NO_RECOVERY_POINT</red>\n    data has no usable snapshot.\n    Next: Take one.',
    );
    expect(text.indexOf('ERROR')).toBeLessThan(text.indexOf('INFO'));
    expect(text).toMatch(
      /with provisionedInitMiBps 60,000 \(now 5,000\) +1 h 58 min +2 h 30 min +<yellow>met, at risk</,
    );
  });

  test('of 600 resources is told in groups', () => {
    const many = Array.from({ length: 600 }, (_, index) =>
      resource(`${index % 2 === 0 ? 'events' : 'media'}/vol-${index}`),
    );
    const problems = many.map(
      ({ id }) =>
        ({ severity: 'warning', code: 'SLOW', resource: id, message: 'slow', next: 'wait' }) as const,
    );
    const text = renderPlan(planOf(many, { problems }), PLAIN_PALETTE);
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toMatch(/events +300 +provisioned-rate +19 min \/ 22 min +\+0:18:37 +348\.00 USD/);
    expect(text).toContain('wave 1  600 resources: events 300, media 300');
    expect(text).toContain('media: fsr is not possible for 300 of 300 resources: the snapshot is too large');
    expect(text).toContain('and 597 more of this kind');
  });

  test('of 600 resources with names of their own is told by type', () => {
    const text = renderPlan(
      planOf(Array.from({ length: 600 }, (_, index) => resource(`data-${index}`))),
      PLAIN_PALETTE,
    );
    expect(text).toMatch(/every ebs-volume +600 +provisioned-rate/);
  });

  test('that came back from a journal may hold null for what never ends', () => {
    const plan = planOf([resource('data')], {
      forecast: { ...planOf([]).forecast, rtaSeconds: { p50: Infinity, p90: Infinity } },
    });
    expect(() => renderPlan(JSON.parse(JSON.stringify(plan)) as typeof plan, PLAIN_PALETTE)).not.toThrow();
    expect(renderPlan(plan, PLAIN_PALETTE)).toMatch(/RTO .* never +never/);
  });

  test.each([40, 60, 80])('fits %i columns', (width) => {
    const plan = planOf([resource('orders-db'), resource('events/vol-1')]);
    expect(longest(renderPlan(plan, PLAIN_PALETTE, width))).toBeLessThanOrEqual(width);
  });
});

describe('a plan beside what it is compared with', () => {
  const coldRestore = {
    volumes: 2,
    dataGiB: 1_000,
    oneStream: { p50Seconds: 100_000, p90Seconds: 200_000 },
    deepQueue: { p50Seconds: 4_300, p90Seconds: 8_600 },
    deepQueueMiBps: 240,
  };
  const textOf = (rest: Parameters<typeof planOf>[1]) =>
    renderPlan(planOf([resource('orders-db')], rest), PLAIN_PALETTE);

  test('a cold restore, by both ways to read', () => {
    const text = textOf({ coldRestore });
    expect(text).toMatch(/cold restore, read by one stream a volume +27 h 47 min +2 d 8 h +missed/);
    expect(text).toMatch(/cold restore, read with deep queues +1 h 12 min +2 h 23 min +met, at risk/);
    expect(text).toMatch(/this plan, with the quotas as they are +19 min +22 min +met/);
  });

  test('quotas that only help together share a line', () => {
    const increase = { from: 2, to: 3, savesSeconds: 9, rtaSeconds: { p50: 60, p90: 70 }, meetsRto: true };
    const quotaIncreases = [
      { ...increase, quota: 'dbInstances' as const, together: true },
      { ...increase, quota: 'fsrSnapshots' as const, together: true },
    ];
    expect(textOf({ quotaIncreases })).toMatch(
      /with dbInstances 3 \(now 2\) and fsrSnapshots 3 \(now 2\) +1 min +1 min 10 s +met/,
    );
  });

  test('nothing where there is nothing to compare with', () => {
    expect(textOf({})).not.toContain('COMPARED WITH');
  });

  test('says when the damage was not dated', () => {
    const undated = { mode: 'restore', recoveryPointPolicy: 'before-damage' } as const;
    expect(textOf(undated)).toContain('data taken to be good until then (else: --damaged-at)');
    expect(textOf({ ...undated, recoveryPointPolicy: 'latest' })).not.toContain('--damaged-at');
    expect(textOf({ ...undated, damagedAt: INCIDENT - 60_000 })).toContain('data bad since 2026-11-20 02:59');
  });

  test('names the resource of a problem once', () => {
    const problem = { severity: 'info', code: 'NOTE', resource: 'orders-db', next: 'Wait.' } as const;
    expect(textOf({ problems: [{ ...problem, message: 'orders-db is slow.' }] })).toContain(
      '\n    orders-db is slow.\n',
    );
  });
});
