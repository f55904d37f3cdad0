import { once } from 'node:events';
import { buildCli, ORDERS } from './cli.ts';
import type { Cli } from './cli.ts';

const RUN = 'orders-20261120T0300-1';
/** Slow enough that a signal strikes somewhere in the course. */
const SPEED = '5000';
jest.setTimeout(120_000);

type Report = Readonly<Record<string, unknown>> & { readonly timeline: readonly { readonly kind: string }[] };

let cli: Cli;
let undisturbed: Report;
beforeAll(async () => {
  cli = buildCli();
  const { stdout } = await cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']);
  undisturbed = JSON.parse(stdout) as Report;
});
afterAll(() => cli.remove());

/**
 * All of a report but what a second process cannot do without asking AWS again: a request whose answer died with the first one is
 * refused for a while, until reads show what it made, and the timeline says so.
 */
function result({ apiCalls, endedAt, asOf, timeline, ...rest }: Report): Readonly<Record<string, unknown>> {
  expect([apiCalls, endedAt, asOf]).not.toContain(undefined);
  return { ...rest, timeline: timeline.filter(({ kind }) => kind !== 'fault') };
}

/** Starts a drill, sends it `signal` some time after it has begun, and gives its exit code or what killed it. */
async function struck(state: string, signal: NodeJS.Signals, afterMs: number, speed: string) {
  const child = cli.start(['drill', ...ORDERS, '--state', state, '--speed', speed]);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('preflight')) resolve();
    });
    child.once('exit', () => resolve());
  });
  const timer = setTimeout(() => child.kill(signal), afterMs);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  clearTimeout(timer);
  return { end: child.exitCode ?? child.signalCode, stderr };
}

test('kill -9 at any instant, then resume: the report is that of an undisturbed run', async () => {
  const instants = Array.from({ length: 6 }, () => Math.round(Math.random() * 1_400));
  for (const [index, afterMs] of instants.entries()) {
    const state = `killed-${index}`;
    const { end } = await struck(state, 'SIGKILL', afterMs, SPEED);
    const resumed = await cli.run([end === 0 ? 'report' : 'resume', RUN, '--state', state, '--json']);
    const report = JSON.parse(resumed.stdout) as Report;
    expect({ afterMs, exitCode: resumed.exitCode, ...result(report) }).toEqual({
      afterMs,
      exitCode: 0,
      ...result(undisturbed),
    });
  }
});

test.each([
  ['300', 200],
  ['max', 20],
])('Ctrl-C at --speed %s pauses, says how to go on, and the result is the same', async (speed, afterMs) => {
  const state = `interrupted-${speed}`;
  const { end, stderr } = await struck(state, 'SIGINT', afterMs, speed);
  // At full speed it may have been done before the signal came.
  if (speed === '300' || end !== 0) {
    expect(end).toBe(4);
    expect(stderr).toContain(`Paused. Go on with: lifeboat resume ${RUN} --state ${state}`);
  }
  const resumed = await cli.run([end === 0 ? 'report' : 'resume', RUN, '--state', state, '--json']);
  expect(resumed.exitCode).toBe(0);
  const report = JSON.parse(resumed.stdout) as Report;
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
