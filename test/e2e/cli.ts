import { execFile, execSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_FOLDER } from './build-folder.ts';

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

/** A command line, as words or as one text with a space between them. */
export type Words = string | readonly string[];

export const wordsOf = (line: Words): readonly string[] =>
  typeof line === 'string' ? line.split(' ') : line;

/** A command that is running. */
export interface Started {
  readonly child: ChildProcess;
  /** Its exit code, or -1 when a signal killed it: then the name of that ends `stderr`. */
  readonly ended: Promise<Ended>;
  /** All it has printed so far. */
  heard(): string;
  /** Resolves when it has printed this; rejects if it ends before. */
  said(pattern: RegExp): Promise<void>;
}

/** The command line as it is shipped, run as processes of its own. After the tests of the file those that still run are killed, and the folder is removed. */
export interface Cli {
  /** Empty at the start; what commands run in. */
  readonly folder: string;
  /** The program itself, for what must be run in some other way. */
  readonly entry: string;
  run(line: Words, options?: RunOptions): Promise<Ended>;
  start(line: Words, env?: Readonly<Record<string, string>>): Started;
}

/** The one JSON document that a command has printed, and nothing beside it. */
export function documentOf<T = Record<string, unknown>>({ stdout }: Pick<Ended, 'stdout'>): T {
  expect(stdout.trimEnd()).not.toContain('\n');
  return JSON.parse(stdout) as T;
}

/** No test may reach an account: neither credentials nor a way to find some. What the processes of one Jest run compile is kept for the next of them. */
export const environment = (): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  XDG_CACHE_HOME: join(buildFolder(), 'cache'),
  AWS_EC2_METADATA_DISABLED: 'true',
});

/**
 * The command, with a folder of its own to work in, for the tests of one file.
 *
 * @param change what is done to a copy of the built files; `name` says what came of it
 */
export function useCli(change?: { readonly name: string; readonly apply: (folder: string) => void }): Cli {
  const shipped = filledOnce('command', buildCommand);
  const built =
    change === undefined
      ? shipped
      : filledOnce(change.name, (copy) => {
          cpSync(shipped, copy, { recursive: true });
          change.apply(copy);
        });
  const folder = mkdtempSync(join(buildFolder(), 'work-'));
  const entry = existingEntry(built);
  const running = new Set<Started>();
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all([...running].map(({ ended }) => ended));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    entry,
    run: (line, options = {}) => runProcess(entry, wordsOf(line), folder, options),
    start(line, env = environment()) {
      const started = startProcess([entry, ...wordsOf(line)], folder, env);
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
  };
}

function startProcess(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const hear = (stream: keyof typeof said) => (chunk: Buffer) => {
    said[stream] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear('stdout'));
  child.stderr.on('data', hear('stderr'));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode, signal) =>
      resolve({ exitCode: exitCode ?? -1, ...said, stderr: `${said.stderr}${signal ?? ''}` }),
    );
  });
  const heard = (): string => said.stdout + said.stderr;
  return {
    child,
    ended,
    heard,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const listen = () => {
          if (!pattern.test(heard())) return;
          listeners.delete(listen);
          resolve();
        };
        listeners.add(listen);
        void ended.then(() => {
          listen();
          reject(new Error(`it ended before it said ${String(pattern)}:\n${heard()}`));
        });
        listen();
      }),
  };
}

function buildFolder(): string {
  const folder = process.env[BUILD_FOLDER];
  if (folder === undefined) throw new Error(`${BUILD_FOLDER} is not set: test/e2e/build-folder.ts sets it`);
  return folder;
}

/** Builds it with the flags of the package's own script. */
function buildCommand(outdir: string): void {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = (scripts['build:command'] ?? '').replace(/--outdir=\S+/, `--outdir=${outdir}`);
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  execSync(script, { cwd: ROOT, env: { ...process.env, PATH: path } });
}

/** A folder that the first test file to need it fills, and all others of the Jest run use: nobody may change it afterwards. */
function filledOnce(name: string, fill: (folder: string) => void): string {
  const shared = join(buildFolder(), name);
  if (existsSync(shared)) return shared;
  const filled = mkdtempSync(join(buildFolder(), `${name}-`));
  fill(filled);
  try {
    renameSync(filled, shared);
  } catch (error) {
    // Another test file was first, with the same.
    if (!existsSync(shared)) throw error;
    rmSync(filled, { recursive: true, force: true });
  }
  return shared;
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
      { cwd, env: { ...environment(), ...env }, maxBuffer: 64 * 1_048_576 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
