import { auroraClusterDraft } from './aurora-cluster/runbook-draft.ts';
import type { ClusterAccount } from './aurora-cluster/runbook-draft.ts';
import { ebsVolumeDraft } from './ebs-volume/runbook-draft.ts';
import type { VolumeAccount } from './ebs-volume/runbook-draft.ts';
import type { KindDraft } from './kind-draft.ts';
import { rdsInstanceDraft } from './rds-instance/runbook-draft.ts';
import type { DatabaseAccount } from './rds-instance/runbook-draft.ts';

/** What a draft is made from: an inventory has all of it. */
export type DraftAccount = VolumeAccount & DatabaseAccount & ClusterAccount;

/** In the order of the draft. */
export const KIND_DRAFTS: readonly KindDraft<DraftAccount>[] = [
  rdsInstanceDraft,
  ebsVolumeDraft,
  auroraClusterDraft,
];
