import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { advise, lifeboat } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { RunRecord } from '../../journal/journal.ts';
import { plain } from '../../report/layout/plain.ts';
import type { Session } from '../session/command.ts';
import { EXIT, type ExitCode } from '../session/exit-codes.ts';
import type { DriveOptions, RunsOptions } from '../session/options.ts';
import { sessionOptions } from '../session/session-options.ts';
import type { Runs } from '../stored/stored-run.ts';

/** What the process says, beside the journal of the run. */
const LOG = 'driver.log';
const LOOK_EVERY_MS = 100;
/** A process drives within a second; a machine that is busy takes longer. */
const MOST_LOOKS = 600;
const MOST_OF_LOG = 2_000;

/** The run, which no process drives, and how it is to be driven. */
interface Detached {
  readonly store: Runs;
  readonly record: RunRecord;
  readonly options: DriveOptions & RunsOptions;
}

/**
 * Leaves a run to a process of its own, which has no terminal: neither the end of a connection (SIGHUP) nor that of this process ends it. It waits for people instead of
 * ending. Returns when that process drives the run, or is through with it.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE` with the end of its log when it ends without having driven
 */
export async function detach({ terminal }: Session, detached: Detached): Promise<ExitCode> {
  const { store, record, options } = detached;
  const { runId, runbook, mode } = record;
  const log = resolve(store.folder(runId), LOG);
  const out = openSync(log, 'a', 0o600);
  const before = fstatSync(out).size;
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...driving(runId, options)], {
    detached: true,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  let exitCode: number | null | undefined;
  child.once('exit', (code) => (exitCode = code ?? -1)).once('error', () => (exitCode = -1));
  for (let looks = 0; looks < MOST_LOOKS && exitCode === undefined; looks += 1) {
    const { last, isHeld } = await store.holder(runId);
    if (isHeld && last?.pid === child.pid) break;
    await sleep(LOOK_EVERY_MS);
  }
  if (exitCode === EXIT.usage || exitCode === -1 || exitCode === EXIT.failed)
    throw notDriving(runId, readFileSync(log).subarray(before).toString());
  child.unref();
  terminal.document({
    ...{ schema: 'lifeboat.start/v1', runId, runbook, mode, asksApproval: false },
    ...{ pid: child.pid ?? null, log },
  });
  terminal.print(
    `Process ${child.pid} drives ${runId} without a terminal. What it says is in ${plain(log)}.`,
  );
  terminal.print(advise`Follow it with: ${lifeboat('status', runId, '--watch')}`);
  return EXIT.done;
}

function driving(runId: string, options: DriveOptions & RunsOptions): readonly string[] {
  const { yes = false, speed } = options;
  return [
    ...['resume', runId, '--wait', ...sessionOptions(options)],
    ...(yes ? ['--yes'] : []),
    ...(speed === undefined ? [] : ['--speed', Number.isFinite(speed) ? String(speed) : 'max']),
  ];
}

function notDriving(runId: string, log: string): LifeboatError {
  const said = plain(log.trim().slice(-MOST_OF_LOG));
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `No process drives ${runId}: ${said === '' ? 'the one that was started has ended' : said}`,
    advise`Go on with: ${lifeboat('resume', runId)}`,
  );
}
