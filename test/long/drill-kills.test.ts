import { once } from 'node:events';
import { buildCli, ORDERS, type Cli } from '../e2e/cli.ts';
import { killAndResume, reportOf, RUN, struck, type Report } from '../e2e/kill-drill.ts';

jest.setTimeout(600_000);

let cli: Cli;
let undisturbed: Report;
beforeAll(async () => {
  cli = buildCli();
  undisturbed = reportOf(await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']));
});
afterAll(() => cli.remove());

test('a dozen drills killed at any instant and resumed: the report is that of an undisturbed run', () =>
  killAndResume(cli, undisturbed, 12));

test.each([
  ['300', 200],
  ['max', 20],
])('Ctrl-C at --speed %s pauses, says how to go on, and the result is the same', async (speed, afterMs) => {
  const state = `interrupted-${speed}`;
  const { end, stderr } = await struck(cli, state, 'SIGINT', afterMs, speed);
  // At full speed it may have been done before the signal came.
  if (speed === '300' || end !== 0) {
    expect(end).toBe(4);
    expect(stderr).toContain(`Paused. Go on with: lifeboat resume ${RUN} --state ${state}`);
  }
  const resumed = await cli.run([end === 0 ? 'report' : 'resume', RUN, '--state', state, '--json']);
  expect(resumed.exitCode).toBe(0);
  const report = reportOf(resumed);
  const course = ({ timeline }: Report) =>
    timeline.filter(({ kind }) => kind === 'resource' || kind === 'phase');
  expect(course(report)).toEqual(course(undisturbed));
  for (const part of ['status', 'objectives', 'phases', 'costUsd', 'leftovers']) {
    expect([part, report[part]]).toEqual([part, undisturbed[part]]);
  }
});

test('an abort from another process ends a drill that is running with 130, and leaves nothing', async () => {
  const child = cli.start(['drill', ...ORDERS, '--state', 'aborted', '--speed', '600']);
  await once(child.stdout ?? child, 'data');
  let aborted = await cli.run(['abort', RUN, '--state', 'aborted', '--by', 'kim', '--reason', 'false alarm']);
  // What was printed first may be the plan: then the run is still to come.
  while (aborted.exitCode !== 0) {
    aborted = await cli.run(['abort', RUN, '--state', 'aborted', '--by', 'kim', '--reason', 'false alarm']);
  }
  if (child.exitCode === null) await once(child, 'close');
  expect(child.exitCode).toBe(130);
  const report = await cli.run(['report', RUN, '--state', 'aborted', '--json']);
  expect(JSON.parse(report.stdout)).toMatchObject({ status: 'aborted', leftovers: [] });
});
