import { inComment, scalar } from '../../runbook/draft-names.ts';
import { isOfDrill } from '../../tags.ts';
import { distinct, MOST_ENTRIES } from '../kind-draft.ts';
import type { DraftEntry, KindDraft, MakeId, Tags } from '../kind-draft.ts';

export interface DraftCluster {
  readonly id: string;
  readonly engine: string;
  readonly tags: Tags;
}

export interface ClusterAccount {
  readonly dbClusters: readonly DraftCluster[];
}

export const auroraClusterDraft: KindDraft<ClusterAccount> = {
  entries: (account, makeId) =>
    ownClusters(account)
      .slice(0, MOST_ENTRIES)
      .map((cluster) => clusterEntry(cluster, makeId)),
  omissions: (account) => [[ownClusters(account).length - MOST_ENTRIES, 'more Aurora clusters']],
};

function ownClusters({ dbClusters }: ClusterAccount): readonly DraftCluster[] {
  return distinct(dbClusters.filter(({ tags }) => !isOfDrill(tags)));
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
