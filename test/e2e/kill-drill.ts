import { chance } from '../chance.ts';
import { ORDERS } from './cli.ts';
import type { Cli, Ended } from './cli.ts';

export const RUN = 'orders-20261120T0300-1';
/** Slow enough that a signal strikes somewhere in the course. */
const SPEED = '5000';
/** Of a drill at that speed, about. */
const COURSE_MS = 1_400;

export type Report = Readonly<Record<string, unknown>> & {
  readonly timeline: readonly { readonly kind: string }[];
};

export const reportOf = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;

/**
 * All of a report but what a second process cannot do without asking AWS again: a request whose answer died with the first one is
 * refused for a while, until reads show what it made, and the timeline says so.
 */
function result({ apiCalls, endedAt, asOf, timeline, ...rest }: Report): Readonly<Record<string, unknown>> {
  expect([apiCalls, endedAt, asOf]).not.toContain(undefined);
  return { ...rest, timeline: timeline.filter(({ kind }) => kind !== 'fault') };
}

/** Starts a drill, sends it `signal` some time after it has begun, and gives its exit code or what killed it. */
export async function struck(
  cli: Cli,
  state: string,
  signal: NodeJS.Signals,
  afterMs: number,
  speed = SPEED,
) {
  const { child, ended, said } = cli.start(['drill', ...ORDERS, '--state', state, '--speed', speed]);
  // At full speed it may be over before it is heard.
  await said(/preflight/).catch(() => undefined);
  const timer = setTimeout(() => child.kill(signal), afterMs);
  const { stderr } = await ended;
  clearTimeout(timer);
  return { end: child.exitCode ?? child.signalCode, stderr };
}

/** Kills drills at instants of their course, and resumes them: each must end with the report of an undisturbed one. */
export async function killAndResume(cli: Cli, undisturbed: Report, kills: number): Promise<void> {
  for (let index = 0; index < kills; index += 1) {
    const state = `killed-${index}`;
    const afterMs = Math.round(chance(`drill-kill/${index}`) * COURSE_MS);
    const { end } = await struck(cli, state, 'SIGKILL', afterMs);
    const resumed = await cli.run([end === 0 ? 'report' : 'resume', RUN, '--state', state, '--json']);
    expect({ afterMs, exitCode: resumed.exitCode, ...result(reportOf(resumed)) }).toEqual({
      afterMs,
      exitCode: 0,
      ...result(undisturbed),
    });
  }
}
