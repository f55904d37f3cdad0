import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { build } from 'esbuild';
import { ALB_LOG, albChunk } from '../test/backfill/formats/alb-log.ts';
import {
  atLeast,
  atMost,
  BenchFailure,
  inScratchFolder,
  interleaved,
  median,
  plain,
  quotients,
} from './support.ts';
import type { ScanAnswer, ScanQuestion } from './scan-answers.ts';
import type { Bench, Figure } from './support.ts';

const LOG_BYTES = 510_000_000;
const LINES_A_CHUNK = 5_000;
const ROUNDS = 5;
/** The log so often one after the other: 5 GB. */
const COPIES = 10;
const root = join(import.meta.dirname, '..');

/** One process that answers questions. */
class Contestant {
  readonly #name: string;
  readonly #process: ChildProcess;

  constructor(name: string, entry: string) {
    this.#name = name;
    this.#process = fork(entry, { cwd: root });
  }

  ask(question: ScanQuestion): Promise<ScanAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new BenchFailure(`${this.#name} failed: ${why}.`));
      const onExit = (code: number | null) => fail(`its process ended with ${code}`);
      this.#process.once('exit', onExit);
      this.#process.once('message', (said: ScanAnswer | { readonly failed: string }) => {
        this.#process.off('exit', onExit);
        if ('failed' in said) fail(said.failed);
        else resolve(said);
      });
      this.#process.send(question);
    });
  }

  stop(): void {
    this.#process.kill();
  }
}

/** As it is shipped: bundled, with the worker beside it. */
async function bundled(folder: string): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: {
      ours: 'bench/scan-ours.ts',
      'backfill-survey-worker': 'src/backfill/survey/survey-worker.ts',
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'warning',
  });
  return join(folder, 'ours.js');
}

function writeLog(path: string): void {
  const file = openSync(path, 'w');
  for (let bytes = 0, line = 0; bytes < LOG_BYTES; line += LINES_A_CHUNK) {
    bytes += writeSync(file, albChunk(line, LINES_A_CHUNK, ALB_LOG));
  }
  closeSync(file);
}

async function compress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from, { highWaterMark: 1_048_576 }), createGzip(), createWriteStream(to));
}

/** Many times the same file as one; gzip files one after the other are a gzip file too. */
async function repeat(from: string, to: string): Promise<void> {
  for (let copy = 0; copy < COPIES; copy += 1) {
    const source = createReadStream(from, { highWaterMark: 1_048_576 });
    await pipeline(source, createWriteStream(to, { flags: copy === 0 ? 'w' : 'a' }));
  }
}

function sameOrFail(ours: ScanAnswer, duckdb: ScanAnswer): void {
  const told = ({ minutes, failedAt }: ScanAnswer) => JSON.stringify([minutes, failedAt]);
  if (told(ours) === told(duckdb)) return;
  const total = ({ minutes, failedAt }: ScanAnswer) =>
    `${minutes.reduce((sum, [, requests]) => sum + requests, 0)} requests, ${minutes.reduce((sum, [, , errors]) => sum + errors, 0)} errors, ${failedAt.length} failed lines`;
  throw new BenchFailure(`Both must find the same. Ours: ${total(ours)}. DuckDB: ${total(duckdb)}.`);
}

interface Logs {
  readonly folder: string;
  readonly entry: string;
  readonly plain: string;
  readonly gzip: string;
}

async function race({ folder, entry, plain: plainLog, gzip }: Logs) {
  const ours = new Contestant('Our scan', entry);
  const duckdb = new Contestant('DuckDB', join(import.meta.dirname, 'scan-duckdb.ts'));
  const threads = Math.min(2, availableParallelism());
  const answers = new Map<string, ScanAnswer>();
  const time = (who: Contestant, path: string, key: string) => async () => {
    const answer = await who.ask({ path, threads, failedInto: join(folder, 'failed') });
    answers.set(key, answer);
    return answer.ms;
  };
  try {
    const times = await interleaved(ROUNDS, {
      ours: time(ours, plainLog, 'ours'),
      duckdb: time(duckdb, plainLog, 'duckdb'),
      oursGzip: time(ours, gzip, 'oursGzip'),
      duckdbGzip: time(duckdb, gzip, 'duckdbGzip'),
    });
    const reference = answers.get('duckdb');
    for (const answer of answers.values()) if (reference !== undefined) sameOrFail(answer, reference);
    return times;
  } finally {
    ours.stop();
    duckdb.stop();
  }
}

/** Of a process of its own that scans this and nothing else, MiB. */
async function peak({ folder, entry }: Logs, path: string): Promise<number> {
  const ours = new Contestant('Our scan', entry);
  const threads = Math.min(2, availableParallelism());
  try {
    return (await ours.ask({ path, threads, failedInto: join(folder, 'failed') })).peakMiB;
  } finally {
    ours.stop();
  }
}

/** Peaks over the log, and over ten times as much. */
async function peaks(logs: Logs, path: string) {
  const large = `${path}.large`;
  await repeat(path, large);
  const small = await peak(logs, path);
  const tenfold = await peak(logs, large);
  rmSync(large);
  return { small, tenfold };
}

async function measure(folder: string): Promise<readonly Figure[]> {
  const logs: Logs = {
    folder,
    entry: await bundled(folder),
    plain: join(folder, 'a.log'),
    gzip: join(folder, 'a.log.gz'),
  };
  writeLog(logs.plain);
  await compress(logs.plain, logs.gzip);
  const times = await race(logs);
  const plainPeaks = await peaks(logs, logs.plain);
  const gzipPeaks = await peaks(logs, logs.gzip);
  const { size } = statSync(logs.plain);
  const rate = (values: readonly number[]) => size / 1e3 / median(values);
  const most = Math.max(plainPeaks.small, plainPeaks.tenfold, gzipPeaks.small, gzipPeaks.tenfold);
  return [
    atLeast(
      'plain log, rate / DuckDB on one thread',
      median(quotients(times.duckdb, times.ours)),
      'ratio',
      1.5,
    ),
    atLeast(
      'gzip log, rate / DuckDB on one thread',
      median(quotients(times.duckdbGzip, times.oursGzip)),
      'ratio',
      1,
    ),
    atMost('peak memory', most, 'MiB', 150),
    atMost('peak memory over 5 GB / over 0.5 GB, plain', plainPeaks.tenfold / plainPeaks.small, 'ratio', 1.2),
    atMost('peak memory over 5 GB / over 0.5 GB, gzip', gzipPeaks.tenfold / gzipPeaks.small, 'ratio', 1.2),
    plain('plain log', rate(times.ours), 'MB/s'),
    plain('plain log, DuckDB', rate(times.duckdb), 'MB/s'),
    plain('gzip log', rate(times.oursGzip), 'MB/s of text'),
    plain('gzip log, DuckDB', rate(times.duckdbGzip), 'MB/s of text'),
    plain('threads', Math.min(2, availableParallelism()), ''),
  ];
}

export const scan: Bench = {
  about: 'errors per minute and the failed lines of half a gigabyte of ALB log, against DuckDB on one thread',
  run: () => inScratchFolder(measure),
};
