import type { Inventory } from '../inventory/schema.ts';
import type { Member } from '../inventory/membership.ts';
import type { Copy, Source } from '../kinds/kind-inventory.ts';
import { forEachKind } from '../kinds/schemas.ts';
import { listed } from '../plan/findings.ts';
import { isEvidence } from '../tags.ts';
import type { CheckProblem } from './check-codes.ts';

const NAMED = 3;

/** What a key must be brought to before anything can be restored with it. */
const NEXT: Readonly<Record<string, string>> = {
  Disabled: 'Enable the key again, then check again.',
  PendingDeletion: 'Cancel its deletion now and enable it: with the key the backups are lost.',
  PendingReplicaDeletion: 'Cancel its deletion now and enable it: with the key the backups are lost.',
  PendingImport: 'Import its key material again, then check again.',
  Unavailable: 'Bring back the key store that holds it, then check again.',
};
/** States that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['Creating', 'Updating']);

/**
 * The keys that the newest copies are encrypted with, as far as they are not known to be usable. An inventory without any keys, and
 * without a gap that explains it, was written by hand: nothing is said then.
 */
export function keyProblems(inventory: Inventory, members: readonly Member[]): readonly CheckProblem[] {
  const states = new Map<string, string>(inventory.kmsKeys.map(({ id, state }) => [shortId(id), state]));
  const gap = inventory.gaps.find(({ operation }) => operation === 'DescribeKey');
  if (states.size === 0 && gap === undefined) return [];
  return [...neededKeys(inventory, members)].flatMap(([keyId, planIds]) => {
    const state = states.get(shortId(keyId));
    const needed = `which ${listed(planIds, NAMED)} ${planIds.length === 1 ? 'needs' : 'need'} to come back`;
    if (state === 'Enabled') return [];
    if (state === undefined) {
      return {
        severity: 'warning',
        code: 'KMS_KEY_UNKNOWN',
        data: { key: keyId, resources: planIds },
        message: `The state of the key ${keyId}, ${needed}, is unknown.`,
        next: 'Give the role kms:DescribeKey on it, then check again.',
      };
    }
    return {
      severity: PASSING.has(state) ? 'warning' : 'error',
      code: 'KMS_KEY_UNUSABLE',
      data: { key: keyId, state, resources: planIds },
      message: `The key ${keyId}, ${needed}, is in the state ${state}.`,
      next: NEXT[state] ?? 'Wait until it is Enabled, then check again.',
    };
  });
}

/** Keys, and the planned resources whose newest copy or restorable window is encrypted with it. */
function neededKeys(
  inventory: Inventory,
  members: readonly Member[],
): ReadonlyMap<string, readonly string[]> {
  const things = forEachKind(({ sources, copies }) => ({
    sources: new Map(sources(inventory).map((source: Source) => [source.id, source])),
    newest: newestOf(copies(inventory)),
  }));
  const keys = new Map<string, string[]>();
  for (const { resource, sourceId, planId, gone } of members) {
    const { sources, newest } = things[resource.type];
    const source = gone ? undefined : sources.get(sourceId);
    const window = source?.latestRestorableTime === undefined ? undefined : source;
    const used = [newest.get(sourceId), window].flatMap((thing) =>
      thing?.encrypted === true && thing.kmsKeyId !== undefined ? [thing.kmsKeyId] : [],
    );
    for (const keyId of new Set(used)) {
      const planIds = keys.get(keyId);
      if (planIds === undefined) keys.set(keyId, [planId]);
      else planIds.push(planId);
    }
  }
  return keys;
}

/** By id of the source. Whether a complete copy can be used is not asked: its key may be why it cannot. */
function newestOf(copies: readonly Copy[]): ReadonlyMap<string, Copy> {
  const newest = new Map<string, Copy>();
  for (const copy of copies) {
    if (copy.sourceId === undefined || !copy.isComplete || isEvidence(copy.tags)) continue;
    const known = newest.get(copy.sourceId);
    if (known === undefined || copy.at > known.at) newest.set(copy.sourceId, copy);
  }
  return newest;
}

/** A key is named by its id or by its ARN, which ends with the id. */
function shortId(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
