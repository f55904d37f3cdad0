import { switchesFsrOn } from './cost.ts';
import type { TargetSpec } from '../runbook/backfill-schema.ts';
import type { PlanInput } from './input.ts';
import type { BlastRadius, PlannedResource } from './types.ts';

/** All that a run of the chosen strategies may change. Fallbacks would create the same things in another way. A drill takes no snapshots. */
export function blastRadiusOf(
  resources: readonly PlannedResource[],
  { mode, runbook, members }: Pick<PlanInput, 'mode' | 'runbook' | 'members'>,
): BlastRadius {
  let volumes = 0;
  let storageGiB = 0;
  let dbInstances = 0;
  let databases = 0;
  const fsr = new Set<string>();
  const changes = new Set<string>();
  const reads = new Set<string>();
  for (const resource of resources) {
    const strategy = resource.strategies[0];
    if (strategy === undefined) continue;
    const { spec } = strategy;
    if (spec.kind === 'volume') {
      volumes += resource.copies;
      storageGiB += spec.sizeGiB * resource.copies;
      reads.add(spec.snapshotId);
      if (switchesFsrOn(strategy)) fsr.add(`${spec.snapshotId}@${spec.zone}`);
    } else {
      databases += 1;
      if ('replicaId' in spec.from) {
        changes.add(spec.from.replicaId);
        continue;
      }
      dbInstances += 1;
      storageGiB += spec.storageGiB;
      reads.add('snapshotId' in spec.from ? spec.from.snapshotId : spec.from.sourceId);
    }
  }
  const sources = new Set(members.flatMap(({ sourceId, gone }) => (gone ? [] : [sourceId])));
  const evidence = runbook.forensics ? sources.size : 0;
  const fresh = runbook.protection.recoveryPoint ? volumes + databases : 0;
  const snapshots = mode === 'drill' ? 0 : evidence + fresh;
  return {
    creates: { volumes, storageGiB, dbInstances, snapshots },
    changes: [...changes].sort(),
    fsr: [...fsr].sort(),
    reads: [...reads].sort(),
    ...(mode === 'restore' &&
      runbook.backfill?.replay !== undefined && { sends: addressOf(runbook.backfill.replay.target) }),
  };
}

/** Without user, password and query, which may be secret. */
function addressOf(target: TargetSpec): string {
  const address = typeof target === 'string' ? target : target.sqs;
  return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '');
}
