import { happensIn } from '../kinds/drill-rules.ts';
import { MAKING } from '../kinds/registry.ts';
import type { TargetSpec } from '../runbook/backfill-schema.ts';
import type { PlanInput } from './input.ts';
import type { BlastRadius, PlannedResource } from './types.ts';

/** All that a run of the chosen strategies may change. Fallbacks would create the same things in another way. */
export function blastRadiusOf(
  resources: readonly PlannedResource[],
  { mode, runbook, members }: Pick<PlanInput, 'mode' | 'runbook' | 'members'>,
): BlastRadius {
  const creates = { volumes: 0, storageGiB: 0, dbInstances: 0 };
  const [changes, switches, reads] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let copies = 0;
  for (const resource of resources) {
    const [strategy] = resource.strategies;
    if (strategy === undefined) continue;
    copies += resource.copies;
    const radius = MAKING[strategy.spec.kind].radius(strategy, resource.copies);
    creates.volumes += radius.volumes ?? 0;
    creates.storageGiB += radius.storageGiB ?? 0;
    creates.dbInstances += radius.dbInstances ?? 0;
    for (const id of radius.changes ?? []) changes.add(id);
    for (const id of radius.switches ?? []) switches.add(id);
    for (const id of radius.reads ?? []) reads.add(id);
  }
  const sources = new Set(members.flatMap(({ sourceId, gone }) => (gone ? [] : [sourceId])));
  const evidence = runbook.forensics && happensIn(mode, 'forensics') ? sources.size : 0;
  const fresh = runbook.protection.recoveryPoint && happensIn(mode, 'protection') ? copies : 0;
  return {
    creates: { ...creates, snapshots: evidence + fresh },
    ...(changes.size > 0 && { changes: [...changes].sort() }),
    fsr: [...switches].sort(),
    reads: [...reads].sort(),
    ...(happensIn(mode, 'backfill') &&
      runbook.backfill?.replay !== undefined && { sends: addressOf(runbook.backfill.replay.target) }),
  };
}

/** Without user, password and query, which may be secret. */
function addressOf(target: TargetSpec): string {
  const address = typeof target === 'string' ? target : target.sqs;
  return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '');
}
