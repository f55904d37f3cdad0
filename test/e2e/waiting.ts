import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { fakeStreams } from '../cli/streams.ts';
import type { FakeStreams } from '../cli/streams.ts';

/**
 * Starts a recovery as a person at a terminal does, who answers the question with yes; it runs until it waits for somebody. Inside
 * the test: only here can a terminal be pretended.
 */
export async function startByHand(
  folder: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const streams: FakeStreams = fakeStreams({ isTTY: true, env: { NO_COLOR: '1' } });
  (streams.stdin as unknown as NodeJS.WritableStream).write('y\n');
  const exitCode = await main(
    ['restore', ...args, '--state', join(folder, 'waiting'), '--speed', 'max'],
    streams,
  );
  return { exitCode, ...streams.said() };
}
