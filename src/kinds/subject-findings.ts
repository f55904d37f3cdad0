import type { SubjectFinding } from './planning.ts';

export function configUnknown(source: string, consequence: string): SubjectFinding {
  return {
    severity: 'warning',
    code: 'CONFIG_UNKNOWN',
    data: { source },
    text: `has no record of the configuration of ${source}: ${consequence}`,
    next: 'Give an inventory from before the incident: --baseline FILE.',
  };
}

export function keyUnknown(keyId: string | undefined): SubjectFinding {
  return {
    severity: 'info',
    code: 'KEY_STATE_UNKNOWN',
    data: { key: keyId ?? null },
    text: `is encrypted with ${keyId ?? 'a key'}, and the inventory contains no state of any key.`,
    next: 'Make sure that the key is enabled before you need it: aws kms describe-key.',
  };
}

export function notIsolated(): SubjectFinding {
  return {
    severity: 'warning',
    code: 'DRILL_NOT_ISOLATED',
    data: {},
    text: 'would be created by the drill in the production network.',
    next: 'Give drill.isolation a subnetGroup and securityGroups of its own.',
  };
}

/** Why there is no recovery point among snapshots. */
export function noSnapshot(unread: string | undefined): string {
  return unread === undefined ? 'no usable snapshot' : `the snapshots could not be read: ${unread}`;
}
