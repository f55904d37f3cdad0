import type { Instant } from '../../time.ts';
import { dbStatusAt } from '../model/db-instance-timeline.ts';
import type { DbInstanceRecord, DbSettings } from '../model/records.ts';

/**
 * Statuses in which a DB instance holds its data and takes no connections, each with the setting whose change brings it back.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
 */
const CURES = {
  'storage-full': 'storageGiB',
  'incompatible-parameters': 'parameterGroup',
  'incompatible-option-group': 'optionGroup',
} as const satisfies Record<string, keyof DbSettings>;

type Ailment = keyof typeof CURES;

const AILMENTS = Object.keys(CURES) as readonly Ailment[];

function isAilment(status: string | undefined): status is Ailment {
  return status !== undefined && Object.hasOwn(CURES, status);
}

/** One of them, by a draw from 0 to 1. */
export function ailmentBy(draw: number): string {
  return AILMENTS[Math.floor(draw * AILMENTS.length)] ?? AILMENTS[0] ?? '';
}

/** What ails the source ails a copy that has the same storage or group: a backup of a full database is full. */
export function inheritedAilment(
  source: DbInstanceRecord | undefined,
  restored: DbSettings,
  now: Instant,
): string | undefined {
  const status = source === undefined ? undefined : dbStatusAt(source, now);
  if (source === undefined || !isAilment(status)) return undefined;
  const cause = CURES[status];
  return restored[cause] === source.settings[cause] ? status : undefined;
}

/**
 * Whether a modification is taken in this status: one that changes what ails it. ? That the protection against deletion can be changed in any
 * status is in no source; otherwise an ailing instance that is protected could never be removed.
 */
export function takesCure(status: string | undefined, changes: Partial<DbSettings>): boolean {
  if (!isAilment(status)) return false;
  const names = Object.keys(changes);
  return CURES[status] in changes || names.every((name) => name === 'deletionProtection');
}

/** A restored instance that differs from the request. */
export function differing(settings: DbSettings, fallbackGroup: string): DbSettings {
  if (settings.parameterGroup !== fallbackGroup) return { ...settings, parameterGroup: fallbackGroup };
  return { ...settings, storageType: settings.storageType === 'gp2' ? 'gp3' : 'gp2' };
}
