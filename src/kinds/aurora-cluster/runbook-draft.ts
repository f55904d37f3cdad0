import { inComment, scalar } from '../../runbook/draft-names.ts';
import { distinct, isDrafted, MOST_ENTRIES } from '../kind-draft.ts';
import type { DraftEntry, DraftScope, KindDraft, MakeId, Tags } from '../kind-draft.ts';

export interface DraftCluster {
  readonly id: string;
  readonly engine: string;
  readonly tags: Tags;
}

export interface ClusterAccount extends DraftScope {
  readonly dbClusters: readonly DraftCluster[];
}

export const auroraClusterDraft: KindDraft<ClusterAccount> = {
  entries: (account, makeId) =>
    ownClusters(account)
      .slice(0, MOST_ENTRIES)
      .map((cluster) => clusterEntry(cluster, makeId)),
  omissions: (account) => [[ownClusters(account).length - MOST_ENTRIES, 'more Aurora clusters']],
};

function ownClusters(account: ClusterAccount): readonly DraftCluster[] {
  return distinct(account.dbClusters.filter(({ tags }) => isDrafted(tags, account)));
}

function clusterEntry({ id: source, engine }: DraftCluster, makeId: MakeId): DraftEntry {
  const id = makeId(source, 'cluster');
  const lines = [
    `  # ${inComment(engine)}: this version does not restore Aurora clusters yet. Until then, have a way to do it by hand.`,
    `  #- id: ${id}`,
    '  #  type: aurora-cluster',
    `  #  source: ${scalar(source)}`,
    '  #  strategies: [point-in-time, restore-snapshot]',
  ];
  return { id, text: lines.join('\n'), isActive: false };
}
