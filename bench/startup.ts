import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain } from './support.ts';
import type { Bench, Figure } from './support.ts';

const ROUNDS = 15;
const root = join(import.meta.dirname, '..');
const binary = join('dist', 'lifeboat.js');

/** Milliseconds from the start of `node` to its end. */
function time(label: string, args: readonly string[], accepted: readonly number[]): number {
  const began = performance.now();
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const elapsed = performance.now() - began;
  if (result.status === null || !accepted.includes(result.status)) {
    const said = (result.stderr || result.stdout || String(result.error)).trim().slice(0, 500);
    throw new BenchFailure(`${label} ended with ${result.status ?? result.signal}: ${said}`);
  }
  return elapsed;
}

async function measure(state: string): Promise<readonly Figure[]> {
  const check = [
    binary,
    'check',
    'runbooks/orders.yaml',
    '--simulate',
    'runbooks/inventories/orders.yaml',
    '--state',
    state,
  ];
  const times = await interleaved(ROUNDS, {
    node: () => time('node -e 0', ['-e', '0'], [0]),
    version: () => time('lifeboat --version', [binary, '--version'], [0]),
    // 5 is an answer too: not ready.
    check: () => time('lifeboat check', check, [0, 5]),
  });
  const base = median(times.node);
  return [
    atMost('lifeboat --version beyond node -e 0', median(times.version) - base, 'ms', 120),
    atMost('lifeboat check of orders beyond node -e 0', median(times.check) - base, 'ms', 250),
    plain('node -e 0', base, 'ms'),
  ];
}

export const startup: Bench = {
  about: 'what lifeboat --version and check of orders take beyond an empty node',
  run: () => {
    if (!existsSync(join(root, binary))) {
      throw new BenchFailure(`${binary} is missing. Build it first: npm run build.`);
    }
    return inScratchFolder(measure);
  },
};
