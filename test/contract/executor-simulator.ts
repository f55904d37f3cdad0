import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { createExecutor } from '../../src/aws/executor.ts';
import { findMade } from '../../src/aws/made.ts';
import { MINUTE_MS } from '../../src/time.ts';
import type { World } from '../../src/simulator/index.ts';
import { REGION } from '../aws/effects.ts';
import { DB_SPEC, VOLUME_SPEC } from '../aws/fixtures.ts';
import { BEGIN, dbSnapshot, inventory, snapshot, stage } from '../simulator/support.ts';
import type { ExecutorAccount } from './executor-stage.ts';

const numbered = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

type Clients = Pick<World, 'ec2' | 'rds' | 'ssm'>;

/**
 * A simulated account without quotas: what is shown here are the promises of the executor.
 *
 * @param reach how the executor reaches the account; it calls the world itself unless told otherwise
 */
export async function simulatedAccount(
  reach: (world: World) => Clients | Promise<Clients> = (world) => world,
): Promise<ExecutorAccount> {
  const snapshots = numbered(12, 'snap');
  const manyVolumes = numbered(450, 'vol');
  const manyDbInstances = numbered(120, 'db');
  const encrypted = { encrypted: true, kmsKeyId: 'key-1' };
  const database = { engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.xlarge', storageGiB: 800 };
  const source = { ...database, ...encrypted, id: 'orders-prod', backupRetentionDays: 7 };
  const window = {
    earliestRestorableTime: '2026-11-13T03:00:00Z',
    latestRestorableTime: '2026-11-20T02:57:00Z',
  };
  const follows = { replicaOf: 'orders-prod', replicaLagSeconds: 4, backupRetentionDays: 0 };
  const replica = { ...source, ...follows, id: 'orders-replica' };
  const { world, wait } = stage({
    inventory: inventory({
      volumes: manyVolumes.map((id) => ({ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 10 })),
      snapshots: snapshots.map((id) => snapshot(id, { ...encrypted, sizeGiB: 500, fullSizeGiB: 320 })),
      dbInstances: [{ ...source, ...window }, replica, ...manyDbInstances.map((id) => ({ ...database, id }))],
      dbSnapshots: [dbSnapshot('orders-1', encrypted)],
      kmsKeys: [{ id: 'key-1', state: 'Enabled' }],
    }),
  });
  const { ec2, rds, ssm } = await reach(world);
  const waitMinutes = async (minutes: number) => wait(minutes * MINUTE_MS);
  return {
    executor: ({ withoutSsm, ...run }) =>
      createExecutor({ ec2, rds, region: REGION, ...(withoutSsm !== true && { ssm }), ...run }),
    made: (runbook) =>
      findMade({
        ...{ ec2, rds, ssm, region: REGION, runbook, sources: [] },
        ...{ call: (_operation, send) => send(), settle: () => waitMinutes(1) },
      }),
    retag: async (id, Key, Value) => {
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }));
    },
    wait: waitMinutes,
    ...{ suffix: '', volumeSpec: VOLUME_SPEC, dbSpec: DB_SPEC },
    ...{ zone: 'us-east-1a', otherZone: 'us-east-1b', snapshots, dbSnapshot: 'orders-1' },
    ...{ replica: 'orders-replica', instance: 'i-1' },
    ...{ dbInstance: 'orders-prod', restoreTime: BEGIN - 60 * MINUTE_MS, manyVolumes, manyDbInstances },
  };
}
