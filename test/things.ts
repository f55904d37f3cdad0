import type { KindName, Made, Thing } from '../src/kinds/things.ts';
import type { Watch } from '../src/workflow/base/sightings.ts';

export const REGION = 'us-east-1';

type Type = 'volume' | 'snapshot' | 'fsr' | 'attachment' | 'dbInstance' | 'dbReplica' | 'dbSnapshot';

function kindOf(type: Type): KindName {
  return type.startsWith('db') ? 'rds-instance' : 'ebs-volume';
}

/** What the run made. */
export function made(type: Type, id: string): Made {
  return { kind: kindOf(type), type, id, region: REGION, origin: 'made' };
}

/** What was there before the run. */
export function existing(type: Type, id: string): Thing<'existing'> {
  return { kind: kindOf(type), type, id, region: REGION, origin: 'existing' };
}

export function fsrOf({ snapshotId, zone }: { readonly snapshotId: string; readonly zone: string }) {
  return existing('fsr', `${snapshotId}@${zone}`);
}

export function watching(things: readonly Thing[], loading: readonly Thing[] = []): Watch {
  return { things, loading };
}
