import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Answer, Effect, EffectOf, EffectResults, Finding } from '../../workflow/base/effects.ts';
import { ObservationFailure, type Executor } from '../../workflow/base/executor.ts';
import { allOfKind, answer, answerEach, attempt, type Outcome } from '../answers.ts';
import { classify } from '../request-failures.ts';
import { deleteDbInstances, sweepDbInstances, verifyDbInstances } from './instances.ts';
import { observeDbInstances, observeDbSnapshots } from './observe.ts';
import { describeDbInstances, describeDbSnapshot, finderOf } from './reads.ts';
import { restoreDbInstances, type RdsContext } from './restore.ts';
import { applyDbSettings } from './settings.ts';
import { sweepDbSnapshots, takeDbSnapshots } from './snapshots.ts';
import { joined } from '../sweeping.ts';

export type { RdsContext };

/**
 * DB instances. The kinds that concern both services (`preflight`, `verify`, `sweep`) are answered for RDS's part.
 *
 * @example const rds = createRdsExecutor({ client, call: (_operation, send) => send(), runId: 'orders-1', runbook: 'orders' });
 */
export function createRdsExecutor(aws: RdsContext): Executor {
  return {
    perform: (effects) => perform(aws, effects),
    async observe(watch) {
      try {
        return [...(await observeDbInstances(aws, watch)), ...(await observeDbSnapshots(aws, watch))];
      } catch (error) {
        throw new ObservationFailure(classify(error), error);
      }
    },
  };
}

async function perform(aws: RdsContext, effects: readonly Effect[]): Promise<readonly Answer[]> {
  const kind = effects[0]?.kind;
  switch (kind) {
    case undefined:
      return [];
    case 'restoreDbInstance':
      return restoreDbInstances(aws, allOfKind(effects, kind));
    case 'applyDbSettings':
      return applyDbSettings(aws, allOfKind(effects, kind));
    case 'deleteDbInstance':
      return deleteDbInstances(aws, allOfKind(effects, kind));
    case 'preflight':
      return answerEach(allOfKind(effects, kind), (effect) => preflightDatabases(aws, effect));
    case 'verify':
      return verifyDbInstances(aws, allOfKind(effects, kind));
    case 'sweep':
      return Promise.all(
        allOfKind(effects, kind).map(async (effect) =>
          answer(effect, joined(await sweepDbInstances(aws, effect), await sweepDbSnapshots(aws, effect))),
        ),
      );
    case 'takeSnapshot':
      return takeDbSnapshots(aws, allOfKind(effects, kind));
    case 'createVolume':
    case 'deleteVolume':
    case 'enableFsr':
    case 'disableFsr':
    case 'claim':
    case 'release':
      throw new Error(`'${kind}' is not for RDS`);
  }
}

/** Whether the backups are still usable. A missing one is a finding, not a failure. */
function preflightDatabases(
  aws: RdsContext,
  { dbSnapshots, dbInstances }: EffectOf<'preflight'>,
): Promise<Outcome<EffectResults['preflight']>> {
  return attempt(async () => {
    const findings: Finding[] = [];
    for (const id of new Set(dbSnapshots))
      findings.push(...dbSnapshotFindings(id, await describeDbSnapshot(aws, id)));
    const find = finderOf(await describeDbInstances(aws, dbInstances));
    for (const id of new Set(dbInstances)) findings.push(...sourceFindings(id, find(id)));
    return { findings, fsr: [] };
  });
}

function dbSnapshotFindings(id: string, snapshot: DBSnapshot | undefined): Finding[] {
  const finding = (message: string): Finding[] => [
    { subject: `DB snapshot ${id}`, message, code: 'backup-unusable', data: { thing: id } },
  ];
  if (snapshot === undefined) return finding('no longer exists');
  const { Status: status } = snapshot;
  return status === undefined || status === 'available' ? [] : finding(`is ${status}, not available`);
}

function sourceFindings(id: string, source: DBInstance | undefined): Finding[] {
  const finding = (message: string): Finding[] => [
    { subject: `DB instance ${id}`, message, code: 'backup-unusable', data: { thing: id } },
  ];
  if (source === undefined)
    return finding('no longer exists: it cannot be restored to a point in time by its name');
  return source.BackupRetentionPeriod === 0
    ? finding('keeps no automated backups: it cannot be restored to a point in time')
    : [];
}
