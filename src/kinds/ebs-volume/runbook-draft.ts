import { inComment, scalar } from '../../runbook/draft-names.ts';
import { distinct, isDrafted, MOST_ENTRIES } from '../kind-draft.ts';
import type { DraftEntry, DraftScope, KindDraft, MakeId, Tags } from '../kind-draft.ts';
import { groupVolumes } from './runbook-groups.ts';
import type { DraftVolume, VolumeGroup } from './runbook-groups.ts';

export interface VolumeAccount extends DraftScope {
  readonly volumes: readonly DraftVolume[];
  readonly snapshots: readonly { readonly volumeId: string }[];
}

export const ebsVolumeDraft: KindDraft<VolumeAccount> = {
  entries: (account, makeId, earlier) => {
    const { groups, single } = groupVolumes(ownVolumes(account));
    const backedUp = new Set(account.snapshots.map(({ volumeId }) => volumeId));
    return [
      ...groups.slice(0, MOST_ENTRIES).map((group) => groupEntry(group, account.onlyTags, backedUp, makeId)),
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
  onlyTags: Tags | undefined,
  backedUp: ReadonlySet<string>,
  makeId: MakeId,
): DraftEntry {
  const id = makeId(value, 'volumes');
  // With the tags that were asked for, the selector matches no volume beyond them.
  const selector = Object.entries({ ...onlyTags, [key]: value })
    .map(([name, content]) => `${scalar(name)}: ${scalar(content)}`)
    .join(', ');
  const sizeGiB = volumes.reduce((sum, volume) => sum + volume.sizeGiB, 0);
  const bare = volumes.filter((volume) => !backedUp.has(volume.id)).length;
  const lines = [
    `  # Every volume with ${onlyTags === undefined ? 'this tag' : 'these tags'}: now ${volumes.length}, ${sizeGiB.toLocaleString('en-US')} GiB. One that is added tomorrow belongs to it without a change here.`,
    ...(bare === 0
      ? []
      : [`  # ${bare} of them ${bare === 1 ? 'has' : 'have'} no snapshot: nothing can bring that back.`]),
    `  - id: ${id}`,
    '    type: ebs-volume',
    `    source: { tags: { ${selector} } }`,
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

function ownVolumes(account: VolumeAccount): readonly DraftVolume[] {
  return distinct(account.volumes.filter(({ tags }) => isDrafted(tags, account)));
}

function isRoot(device: string): boolean {
  return /^\/dev\/(xvda|sda1?|nvme0n1)$/.test(device);
}
