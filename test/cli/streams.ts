import { PassThrough } from 'node:stream';
import type { Streams } from '../../src/cli/session/terminal.ts';

/** Standard streams of a command that runs inside the test, and what was said on them. */
export interface FakeStreams extends Streams {
  said(): { readonly stdout: string; readonly stderr: string };
}

export function fakeStreams(
  options: {
    readonly isTTY?: boolean;
    readonly env?: Streams['env'];
  } = {},
): FakeStreams {
  const { isTTY = false, env = {} } = options;
  const [stdin, stdout, stderr] = [0, 1, 2].map(() => Object.assign(new PassThrough(), { isTTY }));
  const words = { stdout: '', stderr: '' };
  stdout?.on('data', (chunk: Buffer) => (words.stdout += chunk.toString()));
  stderr?.on('data', (chunk: Buffer) => (words.stderr += chunk.toString()));
  return {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    env,
    said: () => ({ ...words }),
  };
}
