import { main } from '../../src/cli/main.ts';
import { fakeStreams } from './streams.ts';

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HereOptions {
  /** Where relative paths lead to; default: the root of the project. */
  readonly folder?: string;
  /** Standard input, to its end. */
  readonly input?: string;
  /** With it the streams are a terminal, and this is typed. */
  readonly answer?: string;
}

let running = 0;
const root = process.cwd();

/** Runs a command line inside the test: as a process would, without the time that a process takes to start. */
export async function runHere(
  args: readonly string[],
  { folder, input, answer }: HereOptions = {},
): Promise<Ended> {
  const streams = fakeStreams({ isTTY: answer !== undefined, env: { NO_COLOR: '1' } });
  if (answer !== undefined) streams.stdin.push(`${answer}\n`);
  else if (input !== undefined) streams.stdin.push(input);
  if (answer === undefined) streams.stdin.push(null);
  running += 1;
  if (folder !== undefined) process.chdir(folder);
  try {
    const exitCode = await main(args, streams);
    return { exitCode, ...streams.said() };
  } finally {
    running -= 1;
    if (running === 0) process.chdir(root);
  }
}
