import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFleet } from './large-plan.ts';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain, quotients } from './support.ts';
import type { Bench, Figure } from './support.ts';

const ROUNDS = 15;
/** A plan of thousands of volumes takes seconds. */
const LARGE_ROUNDS = 5;
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
    ...(await largePlans(state)),
  ];
}

/** Quotas bind in both, so the search for the increases that would help is part of it. */
async function largePlans(state: string): Promise<readonly Figure[]> {
  const plan = (volumes: number): (() => number) => {
    const [runbook, inventory] = writeFleet(state, volumes);
    const args = [
      binary,
      'plan',
      runbook,
      '--simulate',
      inventory,
      '--state',
      join(state, `plan-${volumes}`),
    ];
    // 3 is an answer too: an objective would be missed.
    return () => time(`lifeboat plan of ${volumes} volumes`, args, [0, 3]);
  };
  const times = await interleaved(LARGE_ROUNDS, { thousand: plan(1_000), tenThousand: plan(10_000) });
  const growth = median(quotients(times.tenThousand, times.thousand));
  return [
    atMost('lifeboat plan of 10,000 volumes', median(times.tenThousand) / 1_000, 's', 4),
    atMost('lifeboat plan of 10,000 volumes, in times of 1,000', growth, 'x', 12),
  ];
}

export const startup: Bench = {
  about:
    'what lifeboat --version and check of orders take beyond an empty node; plans of 1,000 and 10,000 volumes',
  run: () => {
    if (!existsSync(join(root, binary))) {
      throw new BenchFailure(`${binary} is missing. Build it first: npm run build.`);
    }
    return inScratchFolder(measure);
  },
};
