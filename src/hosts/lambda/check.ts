import { adviceText } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { RunStore } from '../../journal/run-store.ts';
import type { Environment } from '../../notices/channels.ts';
import type { Plan } from '../../plan/types.ts';
import {
  askIdentity,
  captureAccount,
  type OpenAccount,
  type WithAccount,
} from '../../preparation/account.ts';
import { courseOf } from '../../preparation/other-runs.ts';
import { keepBaseline, planRun, type RunbookFile } from '../../preparation/prepare.ts';
import { checkReadiness, type Readiness } from '../../preparation/readiness.ts';
import { lastDrillDue } from '../../runbook/drill-due.ts';
import { DAY_MS, type Instant } from '../../time.ts';
import { refuseLocalFiles } from './local-files.ts';
import type { Library } from './library.ts';
import { checkMetricLine } from './metrics.ts';
import { report, reportPassedOver, type Reporting } from './reporting.ts';

export interface CheckPorts extends Reporting {
  readonly store: RunStore;
  readonly library: Library;
  readonly withAccount: WithAccount;
  readonly env: Environment;
}

/** Of one runbook. `problem`: why it could not be checked. */
export interface CheckedRunbook {
  readonly runbook: string;
  readonly ready: boolean;
  readonly problem?: string;
}

/** The last drill that ended well. */
interface LastDrill {
  readonly begunAt: Instant;
  readonly endedAt: Instant;
}

/** How far back a drill is looked for: none in a year is none. */
const LOOK_BACK_MS = 366 * DAY_MS;

/**
 * What `lifeboat check` does, for each runbook of the deployment: keeps the baseline of one that is ready, measures, and tells people of one that is
 * not. One runbook that cannot be checked does not keep others from it.
 */
export async function checkRunbooks(ports: CheckPorts): Promise<readonly CheckedRunbook[]> {
  const checked: CheckedRunbook[] = [];
  for (const name of await ports.library.names()) checked.push(await checkRunbook(name, ports));
  return checked;
}

async function checkRunbook(name: string, ports: CheckPorts): Promise<CheckedRunbook> {
  const { library, withAccount, clock, print } = ports;
  try {
    const found = await library.runbook(name);
    await reportPassedOver(ports, name, 'the runbook', found);
    const source = found.value;
    refuseLocalFiles(source);
    printDrills(source, await lastDrillOf(name, ports), ports);
    const { ready } = await withAccount(source.runbook.region, (account) => check(source, account, ports));
    return { runbook: name, ready };
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    const { code, message, next } = error;
    print(checkMetricLine(name, { CheckReady: 0 }, clock.now()));
    await report(ports, { runbook: name, code }, `${name}: readiness could not be checked`, message, next);
    return { runbook: name, ready: false, problem: code };
  }
}

async function check(source: RunbookFile, account: OpenAccount, ports: CheckPorts): Promise<Readiness> {
  const { store, library, clock, print, env } = ports;
  const { name } = source.runbook;
  const now = clock.now();
  const [inventory, identity] = await Promise.all([
    captureAccount(account, now),
    askIdentity(account.clients.sts),
  ]);
  const baseline = await library.baseline(name, inventory, await store.baseline(name, 'account'));
  await reportPassedOver(ports, name, 'the baseline', baseline);
  const times = { incidentAt: now, damagedAt: now, now };
  const planned = await planRun(source, 'restore', inventory, baseline.value, times);
  const readiness = await checkReadiness(planned, { identity, env, account });
  if (readiness.ready) await keepBaseline(store, planned, 'account');
  const ageSeconds = ageOfNewest(planned.plan);
  print(
    checkMetricLine(
      name,
      {
        CheckReady: readiness.ready ? 1 : 0,
        ...(ageSeconds !== undefined && { NewestRecoveryPointAgeSeconds: ageSeconds }),
      },
      now,
    ),
  );
  await tellFindings(name, readiness, ports);
  return readiness;
}

/** Of the resource whose newest recovery point is the oldest; `undefined` where none has any. */
function ageOfNewest({ resources }: Plan): number | undefined {
  const ages = resources.flatMap(({ strategies }) => strategies[0]?.recoveryPoint.ageSeconds ?? []);
  return ages.length === 0 ? undefined : Math.max(...ages);
}

/** Everything is in the log; people are told of a runbook that is not ready, with what is in its way. */
async function tellFindings(name: string, { ready, findings }: Readiness, ports: CheckPorts): Promise<void> {
  for (const { severity, code, message, data } of findings) {
    const fields = { runbook: name, code, ...data };
    if (severity === 'info') ports.log.info(fields, message);
    else ports.log.warn(fields, message);
  }
  if (ready) return;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const said = errors.length > 0 ? errors : findings.filter(({ severity }) => severity === 'warning');
  const lines = said.map(
    ({ code, message, next }) => `${code}: ${message} ${adviceText(next, ports.commandOptions)}`,
  );
  await ports.tell(`${name}: a recovery is not ready`, lines.join('\n'));
}

function printDrills(
  { runbook: { name, drill } }: RunbookFile,
  last: LastDrill | undefined,
  { clock, print }: CheckPorts,
): void {
  const now = clock.now();
  const due = drill?.schedule === undefined ? undefined : lastDrillDue(drill.schedule, now);
  const isOverdue = due !== undefined && (last === undefined || last.begunAt < due);
  const days = last === undefined ? undefined : (now - last.endedAt) / DAY_MS;
  const values = { DrillOverdue: isOverdue ? 1 : 0, ...(days !== undefined && { DaysSinceDrill: days }) };
  print(checkMetricLine(name, values, now));
}

async function lastDrillOf(runbook: string, { store, clock }: CheckPorts): Promise<LastDrill | undefined> {
  const since = clock.now() - LOOK_BACK_MS;
  for await (const { record, begunAt } of store.list(runbook)) {
    if (begunAt < since) return undefined;
    if (record?.mode !== 'drill') continue;
    const { phase, endedAt = record.createdAt } = await courseOf(store, record);
    if (phase === 'completed') return { begunAt: record.createdAt, endedAt };
  }
  return undefined;
}
