import type { KindName, Made, ThingType } from '../kinds/things.ts';
import type { RunMode } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { MakeMark, SnapshotPurpose } from '../workflow/base/effects.ts';
import {
  IDENTITY_TAG,
  MAKE_TAG,
  MODE_TAG,
  PURPOSE_TAG,
  RESOURCE_TAG,
  RUN_TAG,
  RUNBOOK_TAG,
} from '../tags.ts';
import { parseMark, tagValue, type TagOfAnswer } from './tags.ts';

/** One thing in the account that a run made. */
export interface MadeItem {
  readonly thing: Made;
  /** Planned id of the resource; empty when its tag is lost. */
  readonly resource: string;
  /** Client token or identifier: two things with the same one were made for the same request. */
  readonly identity: string | undefined;
  /** Of volumes and DB instances; `undefined` of snapshots, and when the tag is lost. */
  readonly mark: MakeMark | undefined;
  /** Of snapshots. */
  readonly purpose?: SnapshotPurpose;
  readonly createdAt?: Instant;
  /** The snapshot that a volume was made from, or what a snapshot was taken of. RDS does not tell what an instance was restored from. */
  readonly from?: string;
  /** As the service calls it; what is being deleted is left out. */
  readonly state: string;
}

/** What carries the tags of a run of a runbook. */
export interface FoundOfKind {
  readonly runId: string;
  readonly mode: RunMode | undefined;
  readonly item: MadeItem;
}

interface Facts {
  readonly kind: KindName;
  readonly type: ThingType;
  readonly region: string;
  readonly runbook: string;
  readonly tags: readonly TagOfAnswer[] | undefined;
  readonly id: string | undefined;
  readonly at: Date | undefined;
  readonly from: string | undefined;
  readonly status: string;
}

/** The thing, if its tags say that a run of this runbook made it; the endpoint may have filtered or not. */
export function foundBy(facts: Facts): readonly FoundOfKind[] {
  const { kind, type, region, runbook, tags, id, at, from, status } = facts;
  const runId = tagValue(tags, RUN_TAG);
  if (id === undefined || runId === undefined || tagValue(tags, RUNBOOK_TAG) !== runbook) return [];
  const mark = parseMark(tagValue(tags, MAKE_TAG));
  const told = tagValue(tags, MODE_TAG);
  const purpose = tagValue(tags, PURPOSE_TAG);
  const item: MadeItem = {
    thing: { kind, type, id, region, origin: 'made' },
    resource: tagValue(tags, RESOURCE_TAG) ?? '',
    identity: tagValue(tags, IDENTITY_TAG),
    mark,
    ...((purpose === 'forensics' || purpose === 'protection') && { purpose }),
    ...(at !== undefined && { createdAt: at.getTime() }),
    ...(from !== undefined && from !== '' && { from }),
    state: status,
  };
  const mode = mark?.mode ?? (told === 'restore' || told === 'drill' ? told : undefined);
  return [{ runId, mode, item }];
}
