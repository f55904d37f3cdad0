import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentOf, useCli, ORDERS } from '../../e2e/cli.ts';
import type { Ended, Started } from '../../e2e/cli.ts';

const RUN = 'orders-20261120T0300-1';
jest.setTimeout(60_000);

const cli = useCli();

const at = (state: string): readonly string[] => ['--state', state];

/** A drill that has printed this. */
async function drillUntil(pattern: RegExp, ...args: readonly string[]): Promise<Started> {
  const drill = cli.start(['drill', ...ORDERS, ...args]);
  await drill.said(pattern);
  return drill;
}

test('a drill from its plan to its evidence', async () => {
  const state = at('drill');
  const drill = await cli.run(['drill', ...ORDERS, ...state]);
  expect([drill.exitCode, drill.stderr]).toEqual([0, '']);
  expect(drill.stdout).toMatch(/Plan of orders.*Run orders-.*\+0:00:00.*COMPLETED/s);
  expect(drill.stdout).not.toContain('\u001b');

  const [status, runs, report] = await Promise.all([
    cli.run(['status', ...state, '--json']),
    cli.run(['runs', ...state, '--json']),
    cli.run(['report', RUN, ...state, '--json']),
  ]);
  expect(documentOf(status)).toMatchObject({
    schema: 'lifeboat.status/v1',
    runId: RUN,
    status: 'completed',
    resources: { total: 4, ready: 4, failed: 0 },
    waitingFor: [],
  });
  expect(documentOf(runs)).toMatchObject({
    schema: 'lifeboat.runs/v1',
    runs: [{ runId: RUN, runbook: 'orders', mode: 'drill', status: 'completed' }],
  });
  expect(documentOf(report)).toMatchObject({
    schema: 'lifeboat.report/v1',
    runId: RUN,
    mode: 'drill',
    status: 'completed',
    objectives: { rto: { objectiveSeconds: 21_600, met: true }, rpo: { met: true } },
    leftovers: [],
  });
  expect([status, runs, report].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);

  // Without an id, the run begun last.
  const last = await cli.run(['report', ...state, '--json']);
  expect([last.exitCode, documentOf(last)]).toEqual([0, documentOf(report)]);
  const written = await cli.run(['report', RUN, ...state, '-o', 'evidence.md']);
  expect([written.exitCode, written.stdout]).toEqual([0, 'Wrote evidence.md\n']);
  expect(readFileSync(join(cli.folder, 'evidence.md'), 'utf8')).toMatch(/^# .*orders-20261120T0300-1/);
  const [people, list] = await Promise.all([cli.run(['status', ...state]), cli.run(['runs', ...state])]);
  expect(people.stdout).toContain(RUN);
  expect(list.stdout).toContain('completed');
});

test('the same seed gives the same run; --json prints nothing but the report', async () => {
  const drill = (state: string): Promise<Ended> =>
    cli.run(['drill', ...ORDERS, ...at(state), '--faults', 'storm', '--seed', '7', '--json']);
  const [one, other] = await Promise.all([drill('seed-a'), drill('seed-b')]);
  expect(documentOf(one)).toEqual(documentOf(other));
  expect(documentOf(one)).toMatchObject({ simulation: { seed: 7, faults: 'storm' } });
  expect(one.stderr).toBe('');
});

test('signals that the state of a run does not allow exit 1', async () => {
  const state = at('signals');
  await cli.run(['drill', ...ORDERS, ...state]);
  const kinds = ['approve', 'reject', 'pause', 'resume', 'abort'];
  const ends = await Promise.all(kinds.map((kind) => cli.run([kind, RUN, ...state, '--json'])));
  for (const end of ends) {
    expect(end.exitCode).toBe(1);
    expect(documentOf(end)).toMatchObject({ runId: RUN, accepted: false, removed: [] });
    expect(end.stderr).toMatch(/^Error: .+\nTry: .+\n$/);
  }
});

interface Made {
  readonly createdIds: readonly string[];
  readonly protection: readonly { readonly id: string }[];
}

test('a restore asks, and a completed one is not thrown away by mistake', async () => {
  const state = at('restore');
  const unanswered = await cli.run(['restore', ...ORDERS, ...state, '--json']);
  expect(unanswered.exitCode).toBe(2);
  expect(documentOf(unanswered)).toMatchObject({ code: 'QUESTION_UNANSWERED' });
  expect(existsSync(join(cli.folder, 'restore'))).toBe(false);

  const restored = await cli.run(['restore', ...ORDERS, ...state, '--yes', '--json']);
  expect(restored.exitCode).toBe(0);
  const { resources } = documentOf<{ resources: Made[] }>(restored);
  expect(resources.flatMap(({ createdIds }) => createdIds)).toHaveLength(4);
  // What was recovered, and a fresh recovery point of each.
  const made = resources.flatMap(({ createdIds, protection }) => [
    ...createdIds,
    ...protection.map(({ id }) => id),
  ]);
  expect(made).toHaveLength(8);

  const refused = await cli.run(['cleanup', RUN, ...state, '--json']);
  expect(refused.exitCode).toBe(4);
  expect(documentOf(refused)).toMatchObject({ runId: RUN, accepted: false, removed: [] });
  const discarded = await cli.run(['cleanup', RUN, ...state, '--discard-recovered', '--json']);
  expect(discarded.exitCode).toBe(0);
  const { removed } = documentOf<{ removed: string[] }>(discarded);
  expect(removed.toSorted()).toEqual(made.toSorted());
});

test('Ctrl-C pauses, another process sees it, resume goes on, cleanup gives up', async () => {
  const state = at('paused');
  const drill = await drillUntil(/restoring by/, ...state, '--speed', '600');
  const driven = await cli.run(['cleanup', RUN, ...state]);
  expect([driven.exitCode, driven.stderr]).toEqual([1, expect.stringContaining('driven by process')]);
  drill.child.kill('SIGINT');
  const { exitCode } = await drill.ended;
  expect([exitCode, drill.heard()]).toEqual([4, expect.stringContaining(`lifeboat resume ${RUN}`)]);
  expect(documentOf(await cli.run(['status', ...state, '--json']))).toMatchObject({ status: 'paused' });
  expect((await cli.run(['pause', RUN, ...state])).exitCode).toBe(1);

  const cleaned = await cli.run(['cleanup', RUN, ...state, '--json']);
  expect(cleaned.exitCode).toBe(0);
  expect(documentOf(cleaned)).toMatchObject({ runId: RUN, accepted: true });
  const report = documentOf(await cli.run(['report', RUN, ...state, '--json']));
  expect(report).toMatchObject({ status: 'aborted', leftovers: [] });
});

test('a pause from another terminal, then resume to the end', async () => {
  const state = at('remote');
  const drill = await drillUntil(/restoring by/, ...state, '--speed', '600');
  const paused = await cli.run(['pause', RUN, ...state, '--by', 'alex', '--reason', 'lunch']);
  expect(paused).toMatchObject({ exitCode: 0, stdout: `Accepted: pause ${RUN}\n` });
  const { exitCode } = await drill.ended;
  expect([exitCode, drill.heard()]).toEqual([4, expect.stringContaining('paused by alex: lunch')]);
  const resumed = await cli.run(['resume', RUN, ...state, '--json']);
  expect(resumed.exitCode).toBe(0);
  expect(documentOf(resumed)).toMatchObject({ status: 'completed' });
});

test('a reader that goes away does not stop a drill', async () => {
  const state = at('pipe');
  const drill = await drillUntil(/Plan of/, ...state);
  drill.child.stdout?.destroy();
  const { exitCode } = await drill.ended;
  expect([exitCode, drill.heard()]).toEqual([0, expect.not.stringContaining('EPIPE')]);
  expect(documentOf(await cli.run(['status', ...state, '--json']))).toMatchObject({ status: 'completed' });
});

test('a damaged journal is named, and hides no other run', async () => {
  const state = at('damaged');
  await cli.run(['drill', ...ORDERS, ...state]);
  await cli.run(['drill', ...ORDERS, ...state]);
  writeFileSync(join(cli.folder, 'damaged/runs', RUN, 'journal.sqlite'), 'no journal');
  const [runs, status] = await Promise.all([
    cli.run(['runs', ...state, '--json']),
    cli.run(['status', RUN, ...state, '--json']),
  ]);
  expect(documentOf(runs)).toMatchObject({
    runs: [{ runId: 'orders-20261120T0300-2' }],
    unreadable: [{ runId: RUN, code: 'JOURNAL_DAMAGED' }],
  });
  expect(runs.exitCode).toBe(0);
  expect([status.exitCode, documentOf(status)]).toEqual([
    2,
    expect.objectContaining({ code: 'JOURNAL_DAMAGED' }),
  ]);
});
