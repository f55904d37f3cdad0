import { useCli, ORDERS } from '../e2e/cli.ts';
import { killAndResume, reportOf, RUN, struck, type Report } from '../e2e/kill-drill.ts';

jest.setTimeout(600_000);

const cli = useCli();
let undisturbed: Report;
beforeAll(async () => {
  undisturbed = reportOf(await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']));
});

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
  const drill = cli.start(['drill', ...ORDERS, '--state', 'aborted', '--speed', '600']);
  await drill.said(/phase +preflight/);
  const abort = ['abort', RUN, '--state', 'aborted', '--by', 'kim', '--reason', 'false alarm'];
  expect((await cli.run(abort)).exitCode).toBe(0);
  expect((await drill.ended).exitCode).toBe(130);
  const report = await cli.run(['report', RUN, '--state', 'aborted', '--json']);
  expect(JSON.parse(report.stdout)).toMatchObject({ status: 'aborted', leftovers: [] });
});
