import { execFile, execFileSync, fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ReplayAnswer, ReplayQuestion } from './replay-ours.ts';
import { BenchFailure } from './support.ts';

/** A server that answers at once; in a process of its own. */
export interface BenchServer {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** A program of this folder that answers questions, one at a time. */
export class Asked {
  readonly #name: string;
  readonly #process: ChildProcess;

  constructor(file: string, execArgv: readonly string[] = []) {
    this.#name = file;
    this.#process = fork(join(import.meta.dirname, file), {
      execArgv: [...execArgv],
      serialization: 'advanced',
    });
  }

  /** What it says next; `question` absent: without being asked. */
  hear<T>(question?: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null): void =>
        reject(new BenchFailure(`${this.#name} ended with ${code} before it answered.`));
      this.#process.once('exit', died);
      this.#process.once('message', (answer: T) => {
        this.#process.off('exit', died);
        resolve(answer);
      });
      if (question !== undefined) this.#process.send(question);
    });
  }

  async stop(): Promise<void> {
    await ended(this.#process, () => this.#process.disconnect());
  }
}

/** One replay in a new process. */
export async function replayOnce(question: ReplayQuestion): Promise<ReplayAnswer> {
  const ours = new Asked('replay-ours.ts');
  try {
    return await replayBy(ours, question);
  } finally {
    await ours.stop();
  }
}

/** One replay in a process that may have done some already. */
export async function replayBy(ours: Asked, question: ReplayQuestion): Promise<ReplayAnswer> {
  mkdirSync(question.directory, { recursive: true });
  const answer = await ours.hear<ReplayAnswer>(question);
  if (answer.succeeded !== question.records)
    throw new BenchFailure(`Only ${answer.succeeded} of ${question.records} requests succeeded.`);
  return answer;
}

/** Is this program installed? */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    // Some end with a code of their own for this question: they are there.
    return error instanceof Error && !('code' in error && error.code === 'ENOENT');
  }
}

/** nginx where there is one, else a server of Node's. */
export async function startServer(folder: string): Promise<BenchServer> {
  return isInstalled('nginx') ? startNginx(folder) : startNodeServer();
}

async function startNodeServer(): Promise<BenchServer> {
  const server = new Asked('replay-server.ts');
  const port = await server.hear<number>();
  return { name: 'a server of Node', url: `http://127.0.0.1:${port}`, stop: () => server.stop() };
}

async function startNginx(folder: string): Promise<BenchServer> {
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginxConfiguration(folder, port));
  const nginx = spawn('nginx', ['-p', folder, '-c', file, '-g', 'daemon off;'], { stdio: 'ignore' });
  const stop = (): Promise<void> => ended(nginx, () => nginx.kill('SIGQUIT'));
  try {
    await listening(port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: 'nginx', url: `http://127.0.0.1:${port}`, stop };
}

function nginxConfiguration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};\n`)
    .join('');
  return `worker_processes 1;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')};
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
${temporary}  server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
}
`;
}

/** Requests a second of wrk, with one thread. */
export async function wrk(
  folder: string,
  url: string,
  seconds: number,
  connections: number,
  bodyBytes: number,
): Promise<number> {
  const script = join(folder, 'post.lua');
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = string.rep("x", ${bodyBytes})\nwrk.headers["content-type"] = "application/json"\n`,
  );
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `${url}/events?n=1`];
  const { stdout } = await promisify(execFile)('wrk', args);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined) throw new BenchFailure('wrk did not say how many requests a second it sent.');
  return Number(rate);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isThere) return;
    await sleep(50);
  }
  throw new BenchFailure('nginx did not begin to listen.');
}

function ended(child: ChildProcess, stop: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    stop();
  });
}
