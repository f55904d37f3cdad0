import { execFileSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { writeCapture } from '../e2e/captures.ts';
import { openSink } from '../e2e/sink.ts';
import { lifeboat, read, withState } from './support.ts';

/** The command line that a page gives, and what it printed; files that were made for it stand without their folder. */
interface Transcript {
  readonly command: string;
  readonly stdout: string;
}

/** Writes the log as docs/backfill.md tells its readers to. */
function writeSpikes(file: string): void {
  const [, script = '', args = ''] = /npx node (\S+) (.+) > spikes\.log/.exec(read('docs/backfill.md')) ?? [];
  const output = openSync(file, 'w');
  try {
    execFileSync(process.execPath, [script, ...args.split(' ')], { stdio: ['ignore', output, 'inherit'] });
  } finally {
    closeSync(output);
  }
}

/** Of that log, scanned without and with the rules of a runbook. */
interface Scans {
  readonly bare: Transcript;
  readonly withRules: Transcript;
}
let scans: Promise<Scans> | undefined;

/** Scans that log; once for all tests that show it. */
export function scanTranscripts(): Promise<Scans> {
  scans ??= withState(async (folder) => {
    const log = join(folder, 'spikes.log');
    writeSpikes(log);
    const scan = async (...options: readonly string[]): Promise<Transcript> => {
      const { exitCode, stdout, stderr } = await lifeboat('backfill', 'scan', ...options, log);
      expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
      const command = ['npm run --silent lifeboat -- backfill scan', ...options, 'spikes.log'].join(' ');
      return { command, stdout: stdout.replaceAll(`${folder}/`, '') };
    };
    return { bare: await scan(), withRules: await scan('--runbook', 'runbooks/spikes.yaml') };
  });
  return scans;
}

/** Of one replay. */
interface Replay {
  readonly run: Transcript;
  readonly status: Transcript;
}
let replay: Promise<Replay> | undefined;

/** Replays a capture to a server that refuses a tenth of it, and asks for its status; once for all who ask. */
export function replayTranscripts(): Promise<Replay> {
  replay ??= replayed();
  return replay;
}

function replayed(): Promise<Replay> {
  return withState(async (folder) => {
    const sink = await openSink(({ url }, response) => {
      response.statusCode = url.endsWith('7') ? 422 : 201;
      response.end('no such order');
    });
    try {
      const capture = join(folder, 'capture.jsonl');
      writeCapture(capture, 200);
      const options = ['--rate', '200', '--name', 'orders'];
      const inState = ['--state', folder];
      const run = await lifeboat('backfill', 'run', capture, '--target', sink.url, ...options, ...inState);
      expect([run.exitCode, run.stderr]).toEqual([3, expect.stringMatching(/^Note: .*\n$/)]);
      const status = await lifeboat('backfill', 'status', 'orders', ...inState);
      return {
        run: {
          command: ['lifeboat backfill run capture.jsonl --target http://127.0.0.1:8080', ...options].join(
            ' ',
          ),
          stdout: (run.stderr + run.stdout)
            .replaceAll(`${folder}/`, '')
            .replaceAll(new URL(sink.url).host, '127.0.0.1:8080'),
        },
        status: { command: 'lifeboat backfill status orders', stdout: status.stdout },
      };
    } finally {
      await sink.close();
    }
  });
}
