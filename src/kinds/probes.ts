import type { VolumeSpec } from './specs.ts';

/** What a recovery would do, one example of each: what AWS is asked about. Absent: the recovery does not do it. */
export interface WantedActions {
  readonly runbook: string;
  readonly createVolume?: VolumeSpec;
  readonly copyVolume?: VolumeSpec;
  /** Existing volume to take a snapshot of. */
  readonly createSnapshotOf?: string;
  readonly fastSnapshotRestore?: { readonly snapshotId: string; readonly zone: string };
  /** Volumes that the run made and no longer wants. */
  readonly deletesVolumes?: boolean;
}

/**
 * `allowed`: AWS said so. `denied`: AWS refused it. `refused-untagged`: refused for a thing without Lifeboat's tags, which a policy may
 * allow with them. `unverified`: nothing can be concluded, `why` says for which reason.
 */
export interface Probe {
  /** As policies write it: `ec2:CreateVolume`. */
  readonly action: string;
  readonly verdict: 'allowed' | 'denied' | 'refused-untagged' | 'unverified';
  readonly why: string;
  /** What an endpoint made although the request was a dry run. */
  readonly made?: string;
}
