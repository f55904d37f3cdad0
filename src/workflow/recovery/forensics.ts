import { courseOf } from '../../kinds/courses.ts';
import { sourceOf } from '../../kinds/sources.ts';
import type { Plan } from '../../plan/types.ts';
import type { ForensicTarget } from './recovery-context.ts';
import { IDENTIFIER_LENGTH, shortened } from '../../kinds/identities.ts';

/**
 * The damaged sources that still exist, each once, with the name of its snapshot. No evidence can be taken of deleted ones.
 * `exists`: whether the account has a volume or DB instance of this id now.
 */
export function forensicTargets(
  plan: Plan,
  runId: string,
  exists: (id: string) => boolean,
): readonly ForensicTarget[] {
  const targets = new Map<string, ForensicTarget>();
  for (const planned of plan.resources) {
    const { id: resource, source } = planned;
    if (targets.has(source) || !exists(source)) continue;
    // Names of DB snapshots have lowercase letters, digits and single hyphens, and begin with a letter.
    const name = `evidence-${source}-${runId}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/-+$/, '');
    targets.set(source, {
      resource,
      identifier: shortened(name, IDENTIFIER_LENGTH),
      of: sourceOf(planned, plan.region),
      ...(courseOf(planned.type).pointIsTokenless === true && { tokenless: true }),
    });
  }
  return [...targets.values()];
}
