import { formatPath } from '../../document/complaints.ts';
import type { Objection } from '../../document/complaints.ts';
import { isMapping, numberAt, textAt, textsAt } from '../../document/values.ts';
import { notExercised, OTHER_STRATEGY, refused } from '../../runbook/unsupported.ts';
import { happensIn } from '../drill-rules.ts';
import type { KindRunbook } from '../kind-runbook.ts';
import type { EbsResource } from './runbook.ts';

export const ebsVolumeRunbook: KindRunbook<'ebs-volume', EbsResource> = {
  name: 'ebs-volume',
  contradictions(resource, path) {
    const copies = numberAt(resource, ['copies']) ?? 1;
    const objections: Objection[] = [];
    const object = (field: readonly (string | number)[], message: string): void => {
      const place = [...path, ...field];
      objections.push({ path: place, message: `${formatPath(place)}: ${message}` });
    };
    const lazy = textsAt(resource, ['strategies']).find(({ value }) => value === 'lazy');
    if (lazy !== undefined && resource.readyWhen !== 'available')
      object(
        ['strategies', lazy.index],
        "lazy never loads all of a volume: expected 'readyWhen: available' beside it",
      );
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
    if (target?.attachTo === undefined || happensIn(mode, 'productionInstance')) return reads;
    if (isolation?.instance !== undefined) return reads;
    const message = `A drill attaches '${id}' to no instance of production`;
    const next = 'Name an instance of its own in drill.isolation.instance.';
    return [...reads, notExercised([...path, 'target', 'attachTo'], 'target attachTo', message, next)];
  },
};
