import { formatPath } from '../../document/complaints.ts';
import type { Objection } from '../../document/complaints.ts';
import { isMapping, numberAt, textAt } from '../../document/values.ts';
import { onlyOutsideDrills, OTHER_STRATEGY, refused } from '../../runbook/unsupported.ts';
import type { KindRunbook } from '../kind-runbook.ts';
import type { EbsResource } from './runbook.ts';

export const ebsVolumeRunbook: KindRunbook<'ebs-volume', EbsResource> = {
  name: 'ebs-volume',
  isNamedAfterSource: false,
  contradictions(resource, path) {
    const copies = numberAt(resource, ['copies']) ?? 1;
    const objections: Objection[] = [];
    const object = (field: readonly string[], message: string): void => {
      const place = [...path, ...field];
      objections.push({ path: place, message: `${formatPath(place)}: ${message}` });
    };
    if (textAt(resource, ['restoreAs']) === undefined) return objections;
    if (isMapping(resource.source))
      object(['restoreAs'], 'a tag selector may match several volumes, which cannot share one name');
    else if (copies > 1) object(['restoreAs'], `${copies} copies cannot share one name`);
    return objections;
  },
  unsupported({ id, strategies, target }, path, mode, isolation) {
    const reads = strategies.flatMap((strategy, index) =>
      strategy !== 'read-through'
        ? []
        : [
            refused(
              [...path, 'strategies', index],
              'strategy read-through',
              `The strategy read-through of '${id}' is not carried out yet`,
              OTHER_STRATEGY,
            ),
          ],
    );
    if (target?.attachTo === undefined) return reads;
    const message = `'${id}' is not attached to an instance by this version yet`;
    const place = [...path, 'target', 'attachTo'];
    // A drill with an instance of its own would attach to it.
    const part =
      isolation?.instance === undefined
        ? onlyOutsideDrills(place, 'target attachTo', message, mode, 'productionInstance')
        : refused(place, 'target attachTo', message);
    return [...reads, part];
  },
};
