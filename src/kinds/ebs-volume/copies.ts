import { takesVolumeCopies } from '../../facts/ebs.ts';
import type { Volume } from '../../inventory/schema.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import { RUN_TAG } from '../../tags.ts';
import { formatInstant, SECOND_MS } from '../../time.ts';
import type { PlanMember, PlanningContext } from '../planning.ts';
import type { Pools } from '../pools.ts';
import { pointInTime, type RecoveryPoint } from '../recovery-points.ts';
import type { RunMode, VolumeSpec } from '../specs.ts';
import type { EbsResource } from './runbook.ts';
import { copySpec } from './spec.ts';

/** A copy of the source itself, with the instant that it is planned for; or why there can be none. */
export type CopyWay = { readonly point: RecoveryPoint; readonly spec: VolumeSpec } | { readonly why: string };

export interface CopySubject {
  readonly way: CopyWay;
  readonly mode: RunMode;
  readonly copies: number;
  readonly readyWhen: ReadyWhen;
  readonly pools: Pools;
}

/** `dataGiB`: what its newest snapshot holds, where that is known. */
export function copyWay(
  member: PlanMember<EbsResource>,
  context: PlanningContext,
  dataGiB: number | undefined,
): CopyWay {
  const { index, policy, now } = context;
  const { sourceId, gone } = member;
  const source = index.volume(sourceId);
  const instant = whyNotNow(context);
  if (instant !== undefined) return { why: instant };
  if (source === undefined || gone) return { why: `${sourceId} is not in the account any more` };
  const why =
    whyNotWanted(source, member, context) ?? whyNotReadable(source, context) ?? whyTaken(source, context);
  if (why !== undefined) return { why };
  const at = Math.floor(Math.max(now, policy.incidentAt) / SECOND_MS) * SECOND_MS;
  return { point: pointInTime(sourceId, at, policy), spec: copySpec(source, context.mode, dataGiB) };
}

/** A copy has the data of the instant of its request, and no earlier one. */
function whyNotNow({ policy: { policy, at, damagedAt } }: PlanningContext): string | undefined {
  if (policy === 'latest') return undefined;
  const what = 'a copy has what is on the volume now';
  return policy === 'at' && at !== undefined
    ? `${what}, not what was on it at ${formatInstant(at)}, the instant to recover to`
    : `${what}: it would have the damage of ${formatInstant(damagedAt)}`;
}

/** EC2 copies volumes within their zone alone. */
function whyNotWanted(
  { zone }: Volume,
  { resource }: PlanMember<EbsResource>,
  { mode, isolation }: PlanningContext,
): string | undefined {
  const isolated = mode === 'drill' ? isolation?.zone : undefined;
  const wanted = isolated ?? resource.target?.zone ?? zone;
  if (wanted === zone) return undefined;
  return `a copy is in the zone of its source, ${zone}, and ${isolated === undefined ? 'the target' : 'the isolation of drills'} is ${wanted}`;
}

function whyNotReadable(source: Volume, { index }: PlanningContext): string | undefined {
  const { id, zone, state, outpost } = source;
  if (index.zones.length > 0 && !index.zones.includes(zone))
    return `its zone ${zone} is not among the usable zones of the account`;
  if (!takesVolumeCopies(zone)) return `volumes in ${zone}, a Wavelength Zone, cannot be copied`;
  if (outpost !== undefined) return `it is on an Outpost, which CopyVolumes has no member for (${outpost})`;
  if (state !== undefined && state !== 'available' && state !== 'in-use')
    return `${id} is '${state}', not 'available' or 'in-use'`;
  return source.encrypted ? index.keyTrouble(source.kmsKeyId) : undefined;
}

/** A copy in progress that no run made. That of a lost run goes on once the run is adopted; that of another one is removed by it, and waited for. */
export function isInTheWay({ copyingFrom, tags }: Volume): boolean {
  return copyingFrom !== undefined && !Object.hasOwn(tags, RUN_TAG);
}

/** A volume has one copy in progress at a time, and none while it is itself one. */
function whyTaken({ id, copyingFrom }: Volume, { index, gone }: PlanningContext): string | undefined {
  const unread = index.whyUnread('DescribeVolumeStatus');
  const unsure = unread === undefined ? '' : `, as far as is known: ${unread}`;
  if (copyingFrom !== undefined) return `it is itself a copy that is not initialized yet${unsure}`;
  const other = index.copiesOf(id).find((copy) => isInTheWay(copy) && !gone.has(copy.id));
  return other === undefined
    ? undefined
    : `${other.id} is a copy of it that is not initialized yet${unsure}: a volume has one at a time`;
}
