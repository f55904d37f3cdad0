import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { Report } from '../../src/report/model/report.ts';
import { CloudStage, ROOT, type Ended } from './cloud-stage.ts';

export interface DemoOptions {
  /** How many times as fast as the machine's the time of all processes passes. */
  readonly fast: number;
  readonly say: (line: string) => void;
}

/** What the demo claims, and whether it was so. */
export type Verdict = readonly { readonly claim: string; readonly held: boolean }[];

interface Entry {
  readonly code?: string;
  readonly msg?: string;
  readonly data?: { readonly phase?: string };
}

/** The function is killed as soon as it has logged such an entry of the timeline: when it asks, while it restores, and while it cleans up. */
const KILLED_AT: readonly ((entry: Entry) => boolean)[] = [
  ({ code }) => code === 'phase.waiting',
  ({ code }) => code === 'resource.restoring',
  ({ code, data }) => code === 'phase.begun' && data?.phase === 'cleanup',
];
const LOOK_EVERY_MS = 500;
/** Of real time. */
const PATIENCE_MS = 240_000;

/**
 * A drill in a deployment on this machine: started and approved by the command, driven by the deployed bundle, which is killed three times. Its report
 * is compared with the account afterwards.
 */
export async function playCloudDemo({ fast, say }: DemoOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-demo-'));
  const bundle = join(folder, 'bundle');
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-lambda.js'), bundle], { cwd: ROOT });
  const killing = new Killing(say);
  const stage = await CloudStage.open({
    ...{ fast, folder, bundle, runbook: runbook(), onLog: (line) => killing.read(line, stage) },
    inventory: join(ROOT, 'runbooks/inventories/orders.yaml'),
  });
  try {
    return await play(stage, killing, say);
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The reference runbook, with a limit of costs that asks for an approval in a drill too, and without the hours in which data loads. */
function runbook(): string {
  const text = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  const { resources, ...rest } = parse(text) as { readonly resources: readonly object[] };
  return stringify({
    ...rest,
    limits: { costUsd: 0.01 },
    resources: resources.map((resource) => ({ ...resource, readyWhen: 'available' })),
  });
}

/** Kills the function at each of {@link KILLED_AT}, once. */
class Killing {
  readonly #say: (line: string) => void;
  readonly #left = new Set(KILLED_AT);
  kills = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  read(line: string, stage: CloudStage): void {
    const entry = entryIn(line);
    if (entry.code === undefined) return;
    this.#say(`  ${entry.msg}`);
    const due = [...this.#left].find((isSo) => isSo(entry));
    if (due === undefined || !stage.function.isBusy) return;
    this.#left.delete(due);
    stage.function.kill();
    this.kills += 1;
    this.#say(`  --- the process of the function is killed (SIGKILL), for the ${this.kills}. time`);
  }
}

/** What the function logs of its timeline; nothing for metrics and what is no entry. */
function entryIn(line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return {};
  }
}

async function play(stage: CloudStage, killing: Killing, say: (line: string) => void): Promise<Verdict> {
  say('$ lifeboat drill orders --cloud --yes');
  const started = await stage.lifeboat('drill', 'orders', '--cloud', '--yes', '--json');
  const { runId, waitingFor = [] } = documentOf<Report>(started);
  say(`  exit code ${started.exitCode}; ${runId} waits for: ${waitingFor.join('; ')}`);
  say(`$ lifeboat approve ${runId} ${stage.journal.join(' ')}`);
  const approved = await stage.lifeboat('approve', runId, ...stage.journal, '--json');
  const report = await untilEnded(stage, runId);
  const kept = JSON.parse(await stage.evidence(`runs/${runId}/report.json`)) as Report;
  const left = await stage.madeBy(runId);
  const created = report.resources.flatMap(({ createdIds }) => createdIds);
  const [execution] = stage.service.executions;
  say(
    `  ${report.status}; ${created.length} copies were made and removed; ${stage.service.invocations.length} invocations`,
  );
  return [
    {
      claim: 'the command starts the drill, and says that it waits for an approval',
      held: started.exitCode === 4,
    },
    { claim: 'an approval is accepted', held: documentOf<{ accepted: boolean }>(approved).accepted },
    { claim: `the function was killed ${KILLED_AT.length} times`, held: killing.kills === KILLED_AT.length },
    {
      claim: 'the drill has completed within its objectives',
      held: report.status === 'completed' && report.objectives.rto.met === true,
    },
    { claim: 'every copy was made once', held: created.length > 0 && isSame(created, [...stage.copies]) },
    { claim: 'nothing is left in the account', held: left.length === 0 && report.leftovers.length === 0 },
    {
      claim: 'the report is in the evidence bucket',
      held: kept.runId === runId && kept.status === report.status,
    },
    {
      claim: 'one execution drove it',
      held: stage.service.executions.length === 1 && execution?.status === 'SUCCEEDED',
    },
  ];
}

async function untilEnded(stage: CloudStage, runId: string): Promise<Report> {
  const began = Date.now();
  for (;;) {
    await sleep(LOOK_EVERY_MS);
    const [execution] = stage.service.executions;
    if (execution?.isOpen === true && Date.now() - began < PATIENCE_MS) continue;
    return documentOf<Report>(await stage.lifeboat('report', runId, ...stage.journal, '--json'));
  }
}

function documentOf<T>({ stdout, stderr }: Ended): T {
  try {
    return JSON.parse(stdout) as T;
  } catch (error) {
    throw new Error(`The command has printed no document: ${stdout}${stderr}`, { cause: error });
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join() === other.toSorted().join();
}
