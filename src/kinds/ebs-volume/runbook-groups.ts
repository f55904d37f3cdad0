import { isSelectable } from '../../runbook/draft-names.ts';

/** The fields of a volume that a draft uses. */
export interface DraftVolume {
  readonly id: string;
  readonly sizeGiB: number;
  readonly attachedTo?: { readonly instanceId: string; readonly device: string } | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Volumes that one tag selects: these, and no other of the account. */
export interface VolumeGroup {
  readonly key: string;
  readonly value: string;
  readonly volumes: readonly DraftVolume[];
}

export interface GroupedVolumes {
  /** Largest first. */
  readonly groups: readonly VolumeGroup[];
  /** Those that share no such tag with another. */
  readonly single: readonly DraftVolume[];
}

/** Tags that usually group resources, the most specific first; compared without regard to case. */
const KEYS = ['app', 'application', 'service', 'system', 'component', 'project', 'stack', 'role', 'name'];

/**
 * Groups volumes by the tags that they share. A volume is in one group at most, and a selector that would match a volume of another
 * group is not made: no volume may be recovered twice.
 */
export function groupVolumes(volumes: readonly DraftVolume[]): GroupedVolumes {
  const groups: VolumeGroup[] = [];
  const grouped = new Set<string>();
  for (const wanted of KEYS) {
    const isFree = (volume: DraftVolume): boolean => !grouped.has(volume.id);
    const found = [...byTag(volumes, wanted).values()].filter((group) => group.volumes.length > 1);
    for (const group of found) {
      if (!group.volumes.every(isFree)) continue;
      groups.push(group);
      for (const { id } of group.volumes) grouped.add(id);
    }
  }
  groups.sort((left, right) => right.volumes.length - left.volumes.length || compare(left, right));
  return { groups, single: volumes.filter(({ id }) => !grouped.has(id)) };
}

/** All volumes of each tag whose key reads so. */
function byTag(volumes: readonly DraftVolume[], wanted: string): ReadonlyMap<string, VolumeGroup> {
  const groups = new Map<string, VolumeGroup & { readonly volumes: DraftVolume[] }>();
  for (const volume of volumes) {
    for (const [key, value] of Object.entries(volume.tags)) {
      if (key.toLowerCase() !== wanted || value === '' || !isSelectable(key, value)) continue;
      const name = JSON.stringify([key, value]);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { key, value, volumes: [volume] });
      else group.volumes.push(volume);
    }
  }
  return groups;
}

function compare(left: VolumeGroup, right: VolumeGroup): number {
  const names = [left, right].map(({ key, value }) => `${key}=${value}`);
  return (names[0] ?? '') < (names[1] ?? '') ? -1 : 1;
}
