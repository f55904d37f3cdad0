import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * Replays ten million requests, or as many as the first argument says, through the built command to a real server, and checks that every one arrived
 * once, that the counts balance, and that memory did not grow with them.
 *
 *   npm run --silent endurance [-- 1000000]
 */
const COUNT = Number(process.argv[2] ?? 10_000_000);
/** KiB; the same bound for any number of requests. */
const MOST_RSS_KIB = 400 * 1_024;
const START = Date.UTC(2026, 10, 20, 3);
const ROOT = join(import.meta.dirname, '../..');

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

async function writeCapture(file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let index = 0; index < COUNT; index += 1_000) {
    let chunk = '';
    for (let one = index; one < Math.min(COUNT, index + 1_000); one += 1) {
      const time = new Date(START + one).toISOString();
      chunk += `{"time":"${time}","method":"POST","url":"/orders/${one}","headers":{"x-session":"s${one % 997}"},"body":"{\\"index\\":${one}}"}\n`;
    }
    if (!out.write(chunk)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

/** A server that notes in a bitmap which requests it has seen, and counts repeats. */
const SERVER = `
const seen = new Uint8Array(${Math.ceil(COUNT / 8)}); let distinct = 0, repeats = 0;
const server = require('node:http').createServer((request, response) => {
  const number = Number(request.url.slice(8)), bit = 1 << (number & 7);
  if (seen[number >> 3] & bit) repeats += 1; else { seen[number >> 3] |= bit; distinct += 1; }
  request.resume(); response.end();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('SIGTERM', () => { console.log(JSON.stringify({ distinct, repeats })); process.exit(0); });
`;

async function main(folder: string): Promise<boolean> {
  const file = join(folder, 'capture.jsonl');
  await writeCapture(file);
  say(`${COUNT} requests written`);
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  const target = `http://127.0.0.1:${port.toString().trim()}`;
  const state = join(folder, 'state');
  const args = [
    'backfill',
    'run',
    file,
    '--target',
    target,
    '--rate',
    '1000000',
    '--name',
    'endurance',
    '--state',
    state,
    '--json',
  ];
  const began = performance.now();
  const run = spawn(process.execPath, [join(ROOT, 'dist/lifeboat.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rssKib = 0;
  const watch = setInterval(() => {
    rssKib = Math.max(rssKib, residentKib(run.pid ?? 0));
  }, 500);
  let stdout = '';
  run.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  await once(run, 'close');
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1_000;
  const result = JSON.parse(stdout) as {
    balanced: boolean;
    pending: number;
    replayed: { succeeded: number };
    resentUnknown: number;
  };
  const told = once(server.stdout, 'data') as Promise<[Buffer]>;
  server.kill('SIGTERM');
  const { distinct, repeats } = JSON.parse(String((await told)[0])) as { distinct: number; repeats: number };
  say(
    `${JSON.stringify({ seconds: Math.round(seconds), perSecond: Math.round(COUNT / seconds), rssMib: Math.round(rssKib / 1_024), distinct, repeats, ...result.replayed })}`,
  );
  return (
    result.balanced &&
    result.pending === 0 &&
    result.replayed.succeeded === COUNT &&
    distinct === COUNT &&
    repeats <= result.resentUnknown &&
    rssKib <= MOST_RSS_KIB
  );
}

function residentKib(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return Number(
      execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])
        .toString()
        .trim(),
    );
  }
}

const folder = mkdtempSync(join(ROOT, 'dist', 'endurance-'));
try {
  const isFine = await main(folder);
  say(isFine ? 'everything arrived once' : 'SOMETHING IS WRONG');
  process.exitCode = isFine ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
