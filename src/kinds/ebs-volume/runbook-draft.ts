import { inComment, scalar } from '../../runbook/draft-names.ts';
import { isOfDrill } from '../../tags.ts';
import { distinct, MOST_ENTRIES } from '../kind-draft.ts';
import type { DraftEntry, KindDraft, MakeId } from '../kind-draft.ts';
import { groupVolumes } from './runbook-groups.ts';
import type { DraftVolume, VolumeGroup } from './runbook-groups.ts';

export interface VolumeAccount {
  readonly volumes: readonly DraftVolume[];
  readonly snapshots: readonly { readonly volumeId: string }[];
}

export const ebsVolumeDraft: KindDraft<VolumeAccount> = {
  entries: (account, makeId, earlier) => {
    const { groups, single } = groupVolumes(ownVolumes(account));
    const backedUp = new Set(account.snapshots.map(({ volumeId }) => volumeId));
    return [
      ...groups.slice(0, MOST_ENTRIES).map((group) => groupEntry(group, backedUp, makeId)),
      ...single.slice(0, MOST_ENTRIES).map((volume) => volumeEntry(volume, backedUp, makeId)),
    ].map((entry, index) => (index === 0 ? withDependency(entry, earlier[0]) : entry));
  },
  omissions: (account) => {
    const { groups, single } = groupVolumes(ownVolumes(account));
    return [
      [groups.length - MOST_ENTRIES, 'more groups of volumes that share a tag'],
      [
        single.length - MOST_ENTRIES,
        'more volumes that share no such tag with another: tag them, and select them by it',
      ],
    ];
  },
};

/** Volumes are often of no use before a database is there; only a person knows. */
function withDependency(entry: DraftEntry, database: DraftEntry | undefined): DraftEntry {
  if (database === undefined) return entry;
  return { ...entry, text: `${entry.text}\n    #dependsOn: [${database.id}]` };
}

function groupEntry(
  { key, value, volumes }: VolumeGroup,
  backedUp: ReadonlySet<string>,
  makeId: MakeId,
): DraftEntry {
  const id = makeId(value, 'volumes');
  const sizeGiB = volumes.reduce((sum, volume) => sum + volume.sizeGiB, 0);
  const bare = volumes.filter((volume) => !backedUp.has(volume.id)).length;
  const lines = [
    `  # Every volume with this tag: now ${volumes.length}, ${sizeGiB.toLocaleString('en-US')} GiB. One that is added tomorrow belongs to it without a change here.`,
    ...(bare === 0
      ? []
      : [`  # ${bare} of them ${bare === 1 ? 'has' : 'have'} no snapshot: nothing can bring that back.`]),
    `  - id: ${id}`,
    '    type: ebs-volume',
    `    source: { tags: { ${scalar(key)}: ${scalar(value)} } }`,
    '    strategies: [auto]',
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function volumeEntry(volume: DraftVolume, backedUp: ReadonlySet<string>, makeId: MakeId): DraftEntry {
  const named = Object.entries(volume.tags).find(
    ([key, value]) => key.toLowerCase() === 'name' && value !== '',
  );
  const id = makeId(named?.[1] ?? volume.id, 'volume');
  const { attachedTo } = volume;
  const facts = [
    `${volume.sizeGiB.toLocaleString('en-US')} GiB`,
    ...(attachedTo === undefined
      ? []
      : [
          `${inComment(attachedTo.device)} of ${inComment(attachedTo.instanceId)}${isRoot(attachedTo.device) ? ' (a root volume: often better made anew from an image)' : ''}`,
        ]),
    ...(backedUp.has(volume.id) ? [] : ['no snapshot: nothing can bring it back']),
  ];
  const lines = [
    `  # ${facts.join('; ')}.`,
    `  - id: ${id}`,
    '    type: ebs-volume',
    `    source: ${scalar(volume.id)}`,
    '    strategies: [auto]',
  ];
  return { id, text: lines.join('\n'), isActive: true };
}

function ownVolumes({ volumes }: VolumeAccount): readonly DraftVolume[] {
  return distinct(volumes.filter(({ tags }) => !isOfDrill(tags)));
}

function isRoot(device: string): boolean {
  return /^\/dev\/(xvda|sda1?|nvme0n1)$/.test(device);
}
