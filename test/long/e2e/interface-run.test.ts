import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { useCli, ORDERS } from '../../e2e/cli.ts';
import { documentOf, EVENTS, inventory, runbook, snapshot, volume } from '../../e2e/interface-pieces.ts';
import {
  checkShape,
  errorShape,
  PHASES,
  reportShape,
  runsShape,
  signalShape,
  statusShape,
} from '../../e2e/interface-shapes.ts';

const RUN = 'orders-20261120T0300-1';
jest.setTimeout(60_000);

const cli = useCli();

const at = (state: string): readonly string[] => ['--state', state];

/** Three volumes of 33 GiB of data, ready within minutes. */
function events(name: string, rest: object = {}, parts: object = {}): readonly string[] {
  const ids = ['vol-1', 'vol-2', 'vol-3'];
  const world = inventory(cli, name, {
    volumes: ids.map((id) => volume(id)),
    snapshots: ids.map((id) => snapshot(`snap-${id}`, id, '02:00')),
    ...parts,
  });
  return [runbook(cli, name, [EVENTS], rest), '--simulate', world, ...at(name)];
}

test('a drill and its report, status and list say the same, in the shapes of the interface', async () => {
  const drill = await cli.run(['drill', ...ORDERS, ...at('drill'), '--json']);
  expect([drill.exitCode, drill.stderr]).toEqual([0, '']);
  const report = documentOf(drill, reportShape);
  const [again, status, runs] = await Promise.all([
    cli.run(['report', RUN, ...at('drill'), '--json']),
    cli.run(['status', RUN, ...at('drill'), '--json']),
    cli.run(['runs', ...at('drill'), '--json']),
  ]);
  expect([again, status, runs].map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
    Array(3).fill([0, '']),
  );
  expect(documentOf(again, reportShape)).toEqual(report);
  expect(report.phases.map(({ name }) => name)).toEqual(PHASES);
  expect(report).toMatchObject({ runId: RUN, runbook: 'orders', mode: 'drill', status: 'completed' });

  const { rto } = report.objectives;
  const [only] = documentOf(runs, runsShape).runs;
  expect(only).toMatchObject({ runId: RUN, objectives: report.objectives, endedAt: report.endedAt });
  const stands = documentOf(status, statusShape);
  expect(stands.objectives.rto).toMatchObject({
    objectiveSeconds: 21_600,
    elapsedSeconds: rto.actualSeconds,
  });

  // The figures agree among themselves: phases and resources lie within the run, calls add up.
  const { total, byOperation } = report.apiCalls;
  expect(Object.values(byOperation).reduce((sum, calls) => sum + calls, 0)).toBe(total);
  const [start, end] = [Date.parse(report.startedAt), Date.parse(report.endedAt ?? '')];
  for (const { startedAt, endedAt, seconds } of report.phases) {
    if (startedAt === null || endedAt === null) continue;
    expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(start);
    expect(Date.parse(endedAt)).toBeLessThanOrEqual(end);
    expect(seconds).toBe((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
  }
  const verify = report.phases.find(({ name }) => name === 'verify');
  expect((Date.parse(verify?.endedAt ?? '') - start) / 1_000).toBe(rto.actualSeconds);
  const slowest = Math.max(...report.resources.map(({ actualSeconds }) => actualSeconds ?? Infinity));
  expect(slowest).toBeLessThanOrEqual(rto.actualSeconds ?? 0);
  const instants = report.timeline.map((entry) => Date.parse(entry.at));
  expect(instants).toEqual(instants.toSorted((one, other) => one - other));
});

test('an RTO that was missed exits 3, and so does an RPO', async () => {
  const [late, lossy] = await Promise.all([
    cli.run(['restore', ...events('late', { objectives: { rto: '3m', rpo: '2h' } }), '--yes', '--json']),
    cli.run(['drill', ...events('lossy', { objectives: { rto: '6h', rpo: '30m' } }), '--json']),
  ]);
  expect([late.exitCode, lossy.exitCode]).toEqual([3, 3]);
  const missed = documentOf(late, reportShape);
  expect(missed).toMatchObject({
    status: 'completed',
    objectives: { rto: { met: false }, rpo: { met: true } },
  });
  expect(documentOf(lossy, reportShape).objectives).toMatchObject({
    rto: { met: true },
    rpo: { objectiveSeconds: 1_800, actualSeconds: 3_600, met: false },
  });
  // The breach is announced before it happens.
  const breach = Date.parse('2026-11-20T03:03:00Z');
  const warning = missed.timeline.find(({ code }) => code === 'objective.rto');
  expect(Date.parse(warning?.at ?? '')).toBeLessThan(breach);
});

test('a completed restore that was discarded leaves nothing behind in its report', async () => {
  const files = events('discarded');
  const restored = documentOf(await cli.run(['restore', ...files, '--yes', '--json']), reportShape);
  const kept = restored.resources.flatMap(({ createdIds }) => createdIds);
  expect(kept).toHaveLength(3);
  const points = restored.resources.flatMap(({ protection }) => protection.map(({ id }) => id ?? ''));
  const made = [...kept, ...points];
  expect(made).toHaveLength(6);
  expect(restored.resources.map(({ removed }) => removed)).toEqual([false, false, false]);

  const refused = await cli.run(['cleanup', restored.runId, ...at('discarded'), '--json']);
  expect([refused.exitCode, documentOf(refused, signalShape).accepted]).toEqual([4, false]);
  const discard = ['cleanup', restored.runId, '--discard-recovered', ...at('discarded'), '--json'];
  const cleaned = await cli.run(discard);
  expect(documentOf(cleaned, signalShape)).toMatchObject({ runId: restored.runId, accepted: true });
  expect(documentOf(cleaned, signalShape).removed.toSorted()).toEqual(made.toSorted());
  expect(documentOf(await cli.run(discard), signalShape).removed).toEqual([]);

  const report = documentOf(
    await cli.run(['report', restored.runId, ...at('discarded'), '--json']),
    reportShape,
  );
  expect(report).toMatchObject({ status: 'completed', leftovers: [], objectives: restored.objectives });
  expect(report.resources.map(({ removed }) => removed)).toEqual([true, true, true]);
});

test('a drill skips steps that would touch production, and says so', async () => {
  const parts = {
    cutover: { route53: { zone: 'Z1', name: 'shop.example', from: 'old', to: 'new' }, steps: [50, 100] },
    backfill: { sources: [{ path: 'access.log' }], replay: { target: 'https://shop.example' } },
  };
  const drill = await cli.run(['drill', ...events('passing', parts), '--json']);
  const report = documentOf(drill, reportShape);
  expect(report['notExercised']).toEqual([
    expect.stringContaining('cutover'),
    expect.stringContaining('backfill'),
  ]);
  const unexercised = report.phases.filter(({ exercised }) => exercised === false);
  expect(unexercised.map(({ name }) => name)).toEqual(['cutover', 'backfill']);
  expect(report.backfill).toMatchObject({ exercised: false });
  const restore = await cli.run(['restore', ...events('passing', parts), '--yes', '--json']);
  expect(restore.exitCode).toBe(5);
  expect(documentOf(restore, errorShape).code).toBe('NOT_YET_SUPPORTED');
});

test('check: ready, late, not recoverable', async () => {
  const ends = await Promise.all([
    cli.run(['check', ...events('ready'), '--json']),
    cli.run(['check', ...events('hurried', { objectives: { rto: '1m', rpo: '2h' } }), '--json']),
    cli.run(['check', ...events('bare', {}, { snapshots: [] }), '--json']),
  ]);
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 5, 5]);
  const [ready, late, bare] = ends.map((end) => documentOf(end, checkShape));
  expect([ready?.ready, late?.ready, bare?.ready]).toEqual([true, false, false]);
  expect(ready?.findings.map(({ severity }) => severity)).not.toContain('error');
  expect(ready?.findings.map(({ code }) => code)).toEqual(['IDENTITY', 'RECOVERY_POINTS_FRESH']);
  expect(late?.findings).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'RTO_MISSED' }));
  expect(bare?.findings[0]).toMatchObject({ severity: 'error', code: 'NO_RECOVERY_POINT' });
});

test('an infeasible recovery is not begun: exit 5, and no run', async () => {
  const files = events('impossible', {}, { snapshots: [] });
  const drill = await cli.run(['drill', ...files, '--json']);
  expect(drill.exitCode).toBe(5);
  expect(drill.stderr).toMatch(/^Error: .*\nTry: .*\n$/s);
  documentOf(drill, errorShape);
  expect(existsSync(join(cli.folder, 'impossible', 'runs'))).toBe(false);
});

test('signals and the status of a run that is paused', async () => {
  const drill = cli.start(['drill', ...ORDERS, ...at('paused'), '--speed', '600']);
  await drill.said(/restoring by/);
  const moving = documentOf(await cli.run(['status', ...at('paused'), '--json']), statusShape);
  expect(moving).toMatchObject({ runId: RUN, status: 'running', phase: 'restore', waitingFor: [] });
  const pause = await cli.run(['pause', RUN, ...at('paused'), '--json']);
  expect([pause.exitCode, documentOf(pause, signalShape)]).toMatchObject([
    0,
    { runId: RUN, accepted: true, removed: [] },
  ]);
  expect((await drill.ended).exitCode).toBe(4);

  const status = documentOf(await cli.run(['status', ...at('paused'), '--json']), statusShape);
  expect(status).toMatchObject({ status: 'paused', resources: { total: 4, failed: 0 } });
  expect(status.waitingFor).toHaveLength(1);
  expect(status.objectives.rto.state).toBe('on-track');
  const again = await cli.run(['pause', RUN, ...at('paused'), '--json']);
  expect([again.exitCode, documentOf(again, signalShape).accepted]).toEqual([1, false]);
  const abort = await cli.run(['abort', RUN, ...at('paused'), '--json']);
  expect([abort.exitCode, documentOf(abort, signalShape).accepted]).toEqual([0, true]);
  const resumed = await cli.run(['resume', RUN, ...at('paused'), '--yes', '--json']);
  expect(resumed.exitCode).toBe(130);
  expect(documentOf(resumed, reportShape)).toMatchObject({ status: 'aborted', leftovers: [] });
});
