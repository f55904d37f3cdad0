import { join } from 'node:path';
import { writeCapture } from './captures.ts';
import type { Cli } from './cli.ts';
import { openSink } from './sink.ts';

/** The parts of `backfill run --json` that tests look at. */
export interface ResultDocument {
  readonly scanned: number;
  readonly balanced: boolean;
  readonly pending: number;
  readonly status: string;
  readonly sends: number;
  readonly resentUnknown: number;
  readonly replayed: {
    readonly succeeded: number;
    readonly rejected: number;
    readonly abandoned: number;
    readonly ambiguous: number;
  };
}

const REQUESTS = 600;
/** From the start of the process until all is sent, about; a kill strikes anywhere in it. */
const COURSE_MS = 1_500;

/**
 * Kills a backfill at a point of its course (0 to 1), lets the same command go on, and checks what must hold: everything arrived, the equation is balanced, and an effect
 * happened twice only where the ledger says that it may have.
 */
export async function killAndResume(cli: Cli, name: string, point: number): Promise<void> {
  const sink = await openSink((_arrival, response) => void setTimeout(() => response.end(), 3));
  try {
    writeCapture(join(cli.folder, `${name}.jsonl`), REQUESTS);
    const run = `backfill run ${name}.jsonl --target ${sink.url} --rate 800 --name ${name} --json`;
    const { child, ended } = cli.start(run);
    const timer = setTimeout(() => child.kill('SIGKILL'), point * COURSE_MS);
    await ended;
    clearTimeout(timer);
    const { stdout, stderr, exitCode } = await cli.run(run);
    const result = JSON.parse(stdout) as ResultDocument;
    const { resentUnknown, replayed, sends } = result;
    expect({ name, point, exitCode, stderr: stderr.replace(/^(Continuing|Note:) .*\n/gm, '') }).toEqual({
      name,
      point,
      exitCode: 0,
      stderr: '',
    });
    expect(result).toMatchObject({ scanned: REQUESTS, balanced: true, pending: 0, status: 'completed' });
    expect(replayed).toEqual({ succeeded: REQUESTS, rejected: 0, abandoned: 0, ambiguous: 0 });
    expect(sink.keys().size).toBe(REQUESTS);
    expect(sink.effects().size).toBe(REQUESTS);
    const doubles = [...sink.effects().values()].reduce((sum, times) => sum + times - 1, 0);
    expect(doubles).toBeLessThanOrEqual(resentUnknown);
    expect(sends).toBe(REQUESTS + resentUnknown);
  } finally {
    await sink.close();
  }
}
