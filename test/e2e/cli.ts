import { execFile, execSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');
export const ORDERS = [
  join(ROOT, 'runbooks/orders.yaml'),
  '--simulate',
  join(ROOT, 'runbooks/inventories/orders.yaml'),
];

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** The command line as it is shipped, run as processes of its own. */
export interface Cli {
  /** Empty at the start; what commands run in. */
  readonly folder: string;
  /** The program itself, for what must be run in some other way. */
  readonly entry: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[]): ChildProcess;
  remove(): void;
}

/** No test may reach an account: neither credentials nor a way to find some. */
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Builds it with the flags of the package's own script, where dependencies are found and no other build tidies up. */
export function buildCli(): Cli {
  const scratch = join(ROOT, 'node_modules', '.cache', 'lifeboat-e2e');
  mkdirSync(scratch, { recursive: true });
  const built = mkdtempSync(join(scratch, 'run-'));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = (scripts['build:command'] ?? '').replace(/--outdir=\S+/, `--outdir=${built}`);
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  execSync(script, { cwd: ROOT, env: { ...process.env, PATH: path } });
  const folder = mkdtempSync(join(built, 'work-'));
  const entry = existingEntry(built);
  return {
    folder,
    entry,
    run: (given, options = {}) => runProcess(entry, given, folder, options),
    start: (given) => spawn(process.execPath, [entry, ...given], { cwd: folder, env: ENVIRONMENT }),
    remove: () => rmSync(built, { recursive: true, force: true }),
  };
}

function existingEntry(built: string): string {
  const entry = join(built, 'lifeboat.js');
  if (!readFileSync(entry, 'utf8').startsWith('#!/usr/bin/env node\n'))
    throw new Error(`${entry} is no program`);
  return entry;
}

export function runProcess(
  entry: string,
  args: readonly string[],
  cwd: string,
  { input = '', env = {}, nodeOptions = [] }: RunOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [...nodeOptions, entry, ...args],
      { cwd, env: { ...ENVIRONMENT, ...env }, maxBuffer: 64 * 1_048_576 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
