import { printable } from '../document/complaints.ts';
import type { DocumentPath, Objection } from '../document/complaints.ts';
import { guesser } from '../document/suggest.ts';
import { isMapping, mappingsAt, textAt, textsAt } from '../document/values.ts';
import { KIND_INVENTORIES, LIST_NAMES } from '../kinds/schemas.ts';
import { parseInstant } from '../time.ts';

type Mapping = Readonly<Record<string, unknown>>;

const LISTS = [...LIST_NAMES, 'instances', 'kmsKeys'];

/**
 * Contradictions in an inventory, read from the plain values of its file. A reference to a missing resource is no contradiction:
 * after a disaster the volume of a snapshot, the primary of a replica or the instance of an attachment may be lost. Nothing is
 * compared with the clock. A value that AWS would refuse is an objection only in a file written by hand (`limits` of its kind): a capture must stay
 * readable when AWS's limits rise.
 */
export function contradictionsOf(inventory: Mapping): readonly Objection[] {
  return [
    ...LISTS.flatMap((list) => [...duplicateIds(inventory, list), ...windows(inventory, list)]),
    ...zones(inventory),
    ...KIND_INVENTORIES.flatMap((kind) => kind.contradictions(inventory)),
    ...keys(inventory),
    ...(inventory.asReported === true ? [] : KIND_INVENTORIES.flatMap((kind) => kind.limits(inventory))),
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
  const places = LISTS.flatMap((list) =>
    mappingsAt(inventory, [list]).flatMap(({ index, value }) => zonePaths([list, index], value)),
  );
  const guess = guesser(known);
  return places.flatMap((path) => {
    const zone = textAt(inventory, path);
    if (zone === undefined || known.has(zone)) return [];
    const suggestion = guess(zone);
    const message = `the zone '${printable(zone)}' is not in the list of zones`;
    return [suggestion === undefined ? { path, message } : { path, message, suggestion }];
  });
}

/** Where an entry names a zone: itself, or what it lists. */
function zonePaths(path: DocumentPath, value: Mapping): readonly DocumentPath[] {
  const inner = Object.keys(value).flatMap((key) =>
    mappingsAt(value, [key]).map(({ index }) => [...path, key, index, 'zone']),
  );
  return [[...path, 'zone'], ...inner];
}

function windows(inventory: Mapping, list: string): readonly Objection[] {
  return mappingsAt(inventory, [list]).flatMap(({ index, value }) => {
    const earliest = parseInstant(textAt(value, ['earliestRestorableTime']) ?? '');
    const latest = parseInstant(textAt(value, ['latestRestorableTime']) ?? '');
    if (earliest === undefined || latest === undefined || earliest <= latest) return [];
    const message = `${list}[${index}].latestRestorableTime: expected an instant not before earliestRestorableTime`;
    return [{ path: [list, index, 'latestRestorableTime'], message }];
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
