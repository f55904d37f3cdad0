import { printable } from '../document/complaints.ts';
import type { DocumentPath, Objection } from '../document/complaints.ts';
import { guesser } from '../document/suggest.ts';
import { limitObjections } from './limits.ts';
import { isMapping, mappingsAt, numberAt, textAt, textsAt } from '../document/values.ts';
import { parseInstant } from '../time.ts';

type Mapping = Readonly<Record<string, unknown>>;

const LISTS = [
  'volumes',
  'snapshots',
  'dbInstances',
  'dbSnapshots',
  'dbClusters',
  'dbClusterSnapshots',
  'instances',
  'kmsKeys',
] as const;

/**
 * Contradictions in an inventory, read from the plain values of its file. A reference to a missing resource is no contradiction:
 * after a disaster the volume of a snapshot, the primary of a replica or the instance of an attachment may be lost. Nothing is
 * compared with the clock. A value that AWS would refuse is an objection only in a file written by hand (limits.ts): a capture must stay
 * readable when AWS's limits rise.
 */
export function contradictionsOf(inventory: Mapping): readonly Objection[] {
  return [
    ...LISTS.flatMap((list) => duplicateIds(inventory, list)),
    ...zones(inventory),
    ...volumes(inventory),
    ...snapshots(inventory),
    ...databases(inventory, 'dbInstances'),
    ...databases(inventory, 'dbClusters'),
    ...replicas(inventory),
    ...keys(inventory),
    ...(inventory.asReported === true ? [] : limitObjections(inventory)),
  ];
}

function duplicateIds(inventory: Mapping, list: string): readonly Objection[] {
  const first = new Map<string, number>();
  return mappingsAt(inventory, [list]).flatMap(({ index, value }) => {
    const id = textAt(value, ['id']);
    if (id === undefined) return [];
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return [];
    }
    const message = `${list}[${index}].id: '${printable(id)}' is already the id of entry ${earlier + 1} of the list`;
    return [{ path: [list, index, 'id'], message }];
  });
}

function zones(inventory: Mapping): readonly Objection[] {
  const known = new Set(textsAt(inventory, ['zones']).map(({ value }) => value));
  // Without the list the zones are unknown, so none can be wrong.
  if (known.size === 0) return [];
  const places: DocumentPath[] = ['volumes', 'dbInstances', 'instances'].flatMap((list) =>
    mappingsAt(inventory, [list]).map(({ index }) => [list, index, 'zone']),
  );
  for (const { index, value } of mappingsAt(inventory, ['snapshots'])) {
    for (const fsr of mappingsAt(value, ['fsr'])) places.push(['snapshots', index, 'fsr', fsr.index, 'zone']);
  }
  const guess = guesser(known);
  return places.flatMap((path) => {
    const zone = textAt(inventory, path);
    if (zone === undefined || known.has(zone)) return [];
    const suggestion = guess(zone);
    const message = `the zone '${printable(zone)}' is not in the list of zones`;
    return [suggestion === undefined ? { path, message } : { path, message, suggestion }];
  });
}

function volumes(inventory: Mapping): readonly Objection[] {
  const instanceZones = new Map(
    mappingsAt(inventory, ['instances']).map(({ value }) => [textAt(value, ['id']), textAt(value, ['zone'])]),
  );
  const devices = new Set<string>();
  return mappingsAt(inventory, ['volumes']).flatMap(({ index, value }) => {
    const objections: Objection[] = [];
    const path = ['volumes', index, 'attachedTo'];
    const label = `volumes[${index}].attachedTo`;
    const instanceId = textAt(value, ['attachedTo', 'instanceId']);
    const device = textAt(value, ['attachedTo', 'device']);
    if (instanceId === undefined || device === undefined) return objections;
    const slot = JSON.stringify([instanceId, device]);
    if (devices.has(slot)) {
      const message = `${label}: another volume is already ${printable(device)} of '${printable(instanceId)}'`;
      objections.push({ path, message });
    }
    devices.add(slot);
    const instanceZone = instanceZones.get(instanceId);
    const zone = textAt(value, ['zone']);
    if (instanceZone !== undefined && zone !== undefined && instanceZone !== zone) {
      const message = `${label}: the volume is in ${printable(zone)}, the instance '${printable(instanceId)}' in ${printable(instanceZone)}`;
      objections.push({ path, message });
    }
    if (value.state === 'available') {
      objections.push({ path, message: `${label}: a volume that is attached is in-use, not available` });
    }
    return objections;
  });
}

function snapshots(inventory: Mapping): readonly Objection[] {
  return mappingsAt(inventory, ['snapshots']).flatMap(({ index, value }) => {
    const objections: Objection[] = [];
    const label = `snapshots[${index}]`;
    const sizeGiB = numberAt(value, ['sizeGiB']);
    const fullSizeGiB = numberAt(value, ['fullSizeGiB']);
    if (sizeGiB !== undefined && fullSizeGiB !== undefined && fullSizeGiB > sizeGiB) {
      const message = `${label}.fullSizeGiB: expected at most sizeGiB (${sizeGiB}), not ${fullSizeGiB}`;
      objections.push({ path: ['snapshots', index, 'fullSizeGiB'], message });
    }
    const seen = new Set<string>();
    for (const fsr of mappingsAt(value, ['fsr'])) {
      const path = ['snapshots', index, 'fsr', fsr.index];
      const zone = textAt(fsr.value, ['zone']) ?? '';
      if (seen.has(zone))
        objections.push({ path, message: `${label}.fsr: the zone '${printable(zone)}' is given twice` });
      seen.add(zone);
      if (value.tier === 'archive' && fsr.value.state !== 'disabled' && fsr.value.state !== 'disabling') {
        objections.push({
          path,
          message: `${label}.fsr: archiving a snapshot disables its fast snapshot restore`,
        });
      }
    }
    return objections;
  });
}

function databases(inventory: Mapping, list: string): readonly Objection[] {
  return mappingsAt(inventory, [list]).flatMap(({ index, value }) => {
    const earliest = parseInstant(textAt(value, ['earliestRestorableTime']) ?? '');
    const latest = parseInstant(textAt(value, ['latestRestorableTime']) ?? '');
    if (earliest === undefined || latest === undefined || earliest <= latest) return [];
    const message = `${list}[${index}].latestRestorableTime: expected an instant not before earliestRestorableTime`;
    return [{ path: [list, index, 'latestRestorableTime'], message }];
  });
}

function replicas(inventory: Mapping): readonly Objection[] {
  const entries = mappingsAt(inventory, ['dbInstances']);
  const primaryOf = new Map(
    entries.map(({ value }) => [textAt(value, ['id']), textAt(value, ['replicaOf'])] as const),
  );
  return entries.flatMap(({ index, value }) => {
    const id = textAt(value, ['id']);
    const seen = new Set<string>();
    let primary = textAt(value, ['replicaOf']);
    while (primary !== undefined && primary !== id && !seen.has(primary)) {
      seen.add(primary);
      primary = primaryOf.get(primary);
    }
    if (primary === undefined || primary !== id) return [];
    const message = `dbInstances[${index}].replicaOf: '${printable(id)}' is a replica of itself, directly or through others`;
    return [{ path: ['dbInstances', index, 'replicaOf'], message }];
  });
}

/** `encrypted` defaults to false; only an explicit false contradicts a key. */
function keys(inventory: Mapping): readonly Objection[] {
  return LISTS.flatMap((list) =>
    mappingsAt(inventory, [list]).flatMap(({ index, value }) => {
      if (!isMapping(value) || value.encrypted !== false || value.kmsKeyId === undefined) return [];
      const message = `${list}[${index}].kmsKeyId: an unencrypted resource has no key; expected encrypted: true, or no key`;
      return [{ path: [list, index, 'kmsKeyId'], message }];
    }),
  );
}
