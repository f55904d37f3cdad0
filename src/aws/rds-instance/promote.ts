import { PromoteReadReplicaCommand } from '@aws-sdk/client-rds';
import type { DBInstance } from '@aws-sdk/client-rds';
import type { Answer, EffectOf, Failure } from '../../workflow/base/effects.ts';
import { operating, type OperateOrUndo } from '../adapter.ts';
import { answerEach, mayHaveBeenSent, notSeen, refused } from '../answers.ts';
import { classify, malformedAnswer } from '../request-failures.ts';
import { dbSpecOf, type RdsContext } from './access.ts';
import { describeDbInstance } from './reads.ts';

/** Whether it follows another instance, or a cluster. */
export function isReplica(instance: DBInstance): boolean {
  const { ReadReplicaSourceDBInstanceIdentifier: source, ReadReplicaSourceDBClusterIdentifier: cluster } =
    instance;
  return [source, cluster].some((id) => id !== undefined && id !== '');
}

/**
 * Promotes replicas. RDS has no token for it, and nothing undoes it: one that no longer is a replica was promoted by an earlier request of this effect,
 * or not for this run. It existed before the run, so it never gets the run's tags.
 */
export function promoteReplicas(
  aws: RdsContext,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const { id, retentionDays } = promotionIn(effect);
    const promoted = { ok: true, result: { id } } as const;
    const isOver = mayHaveBeenSent(effect) ? promoted : refused(noReplica(id));
    const replica = await describeDbInstance(aws, id);
    if (replica === undefined || replica.DBInstanceStatus === 'deleting')
      return refused(notSeen('DBInstanceNotFound', `DB instance ${id}`));
    if (!isReplica(replica)) return isOver;
    // An earlier request may be what it is busy with.
    if (mayHaveBeenSent(effect) && replica.DBInstanceStatus !== 'available') return refused(busy(replica));
    try {
      await promote(aws, id, retentionDays);
      return promoted;
    } catch (error) {
      // The read may have been behind.
      if (saysNoReplica(classify(error))) return isOver;
      throw error;
    }
  });
}

/** The instance that a strategy promotes; `undefined` for other strategies. */
export function promotedBy(effect: EffectOf<'operate'>): string | undefined {
  const { from } = dbSpecOf(effect.spec);
  return 'replicaId' in from ? from.replicaId : undefined;
}

/** @throws Error for the spec of another strategy: a bug of the caller */
function promotionIn(effect: EffectOf<'operate'>): { readonly id: string; readonly retentionDays: number } {
  const id = promotedBy(effect);
  if (id === undefined) throw new Error(`${effect.id} names no replica`);
  return { id, retentionDays: dbSpecOf(effect.spec).backupRetentionDays };
}

async function promote(aws: RdsContext, id: string, BackupRetentionPeriod: number): Promise<void> {
  const command = new PromoteReadReplicaCommand({ DBInstanceIdentifier: id, BackupRetentionPeriod });
  const { DBInstance: promoted } = await aws.call('PromoteReadReplica', () => aws.client.send(command));
  if (promoted === undefined) throw malformedAnswer('PromoteReadReplica');
}

function noReplica(id: string): Failure {
  const message = `DB instance ${id} is no read replica any more, and this run did not promote it: whether it holds what was planned is unknown.`;
  return { class: 'invalid', code: 'NotAReplica', message };
}

function busy({ DBInstanceIdentifier: id, DBInstanceStatus: status }: DBInstance): Failure {
  return { class: 'busy', code: 'InvalidDBInstanceState', message: `DB instance ${id} is ${status}.` };
}

function saysNoReplica({ code, message }: Failure): boolean {
  return code === 'InvalidDBInstanceState' && /not a read replica/i.test(message);
}
