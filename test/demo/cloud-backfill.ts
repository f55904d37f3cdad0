// A restore in the cloud with missed requests to replay, on this machine: the deployed bundle replays them, and is killed meanwhile.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { Report } from '../../src/report/model/report.ts';
import { openSink } from '../e2e/sink.ts';
import { CloudStage, ROOT } from './cloud-stage.ts';

const FAST = 20;
const REQUESTS = 600;
/** By the time of the processes. */
const RATE = 5;
/** The function is killed when so many requests have arrived. */
const KILLED_AT = [100, 300];
/** Of real time. */
const PATIENCE_MS = 240_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** One volume of the reference, so that the backfill is most of the run. */
function runbookOf(target: string): string {
  const text = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  const { resources, ...rest } = parse(text) as { readonly resources: readonly { readonly id: string }[] };
  return stringify({
    ...rest,
    resources: resources
      .filter(({ id }) => id === 'search-index')
      .map((resource) => ({ ...resource, dependsOn: [] })),
    backfill: {
      sources: [{ path: 's3://logs/captured/', format: 'capture' }],
      replay: { target, rate: RATE, connections: 8 },
    },
  });
}

function capture(): string {
  const at = Date.UTC(2026, 10, 20, 3);
  const lines = Array.from({ length: REQUESTS }, (_, index) => ({
    ...{ time: new Date(at + index * 250).toISOString(), method: 'POST', url: `/orders/${index}` },
    ...{ headers: { 'content-type': 'application/json' }, body: JSON.stringify({ index }) },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-cloud-backfill-'));
const bundle = join(folder, 'bundle');
execFileSync(process.execPath, [join(ROOT, 'scripts/build-lambda.js'), bundle], { cwd: ROOT });
const sink = await openSink();
const stage = await CloudStage.open({
  ...{
    fast: FAST,
    folder,
    bundle,
    runbook: runbookOf(sink.url),
    inventory: join(ROOT, 'runbooks/inventories/orders.yaml'),
  },
  onLog: (line) => {
    const { msg } = JSON.parse(line.startsWith('{') ? line : '{}') as { readonly msg?: string };
    if (msg !== undefined) say(`  ${msg}`);
  },
});
let kills = 0;
try {
  await stage.put('logs', 'captured/missed.jsonl', capture());
  const { stdout, stderr } = await stage.lifeboat(
    'restore',
    'orders',
    '--cloud',
    '--yes',
    '--json',
    '--detach',
  );
  const { runId } = JSON.parse(stdout || stderr) as { readonly runId: string };
  const began = Date.now();
  for (;;) {
    await sleep(50);
    const due = KILLED_AT[kills] ?? Infinity;
    if (sink.arrivals.length >= due && stage.function.isBusy) {
      stage.function.kill();
      kills += 1;
      say(`  --- the function is killed: ${sink.arrivals.length} requests have arrived`);
    }
    const [execution] = stage.service.executions;
    if (execution?.isOpen !== true || Date.now() - began > PATIENCE_MS) break;
  }
  const answer = await stage.lifeboat('report', runId, ...stage.journal, '--json');
  const { status, backfill } = JSON.parse(answer.stdout) as Report;
  const twice = [...sink.effects().values()].filter((times) => times > 1).length;
  if (backfill === null || !('replayed' in backfill))
    throw new Error('The report says nothing of the backfill.');
  const { replayed, resentUnknown, pending } = backfill;
  say(
    `${status}; ${JSON.stringify({ replayed, pending, twice, resentUnknown, arrivals: sink.arrivals.length, kills })}`,
  );
  const held =
    status === 'completed' &&
    kills === KILLED_AT.length &&
    replayed.succeeded === REQUESTS &&
    pending === 0 &&
    sink.effects().size === REQUESTS &&
    sink.keys().size === REQUESTS &&
    twice <= resentUnknown;
  say(held ? 'The backfill held.' : 'The backfill did not hold.');
  process.exitCode = held ? 0 : 1;
} finally {
  await stage.close();
  await sink.close();
  rmSync(folder, { recursive: true, force: true });
}
