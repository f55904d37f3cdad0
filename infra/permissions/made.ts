import { MAKE_TAG, MODE_TAG, PURPOSE_TAG, RUN_TAG, RUNBOOK_TAG } from '../../src/tags.ts';
import type { Scope } from './scope.ts';

type Key = 'aws:RequestTag' | 'aws:ResourceTag';

/**
 * The condition that a run of this mode makes, or has made, a volume or database: `aws:RequestTag` for what is asked for, `aws:ResourceTag` for
 * what exists. Nothing without these tags can be made, changed or deleted.
 */
export function madeBy(key: Key, { mode, runbooks }: Scope) {
  return {
    Null: { [`${key}/${RUN_TAG}`]: 'false' },
    StringEquals: { [`${key}/${RUNBOOK_TAG}`]: runbooks.map(({ name }) => name) },
    StringLike: { [`${key}/${MAKE_TAG}`]: `${mode}/*` },
  };
}

/** The same of a snapshot. Evidence of damage can be taken and never deleted. */
export function takenBy(key: Key, { mode, runbooks }: Scope, purposes: readonly string[]) {
  return {
    Null: { [`${key}/${RUN_TAG}`]: 'false' },
    StringEquals: {
      [`${key}/${RUNBOOK_TAG}`]: runbooks.map(({ name }) => name),
      [`${key}/${MODE_TAG}`]: mode,
      [`${key}/${PURPOSE_TAG}`]: purposes,
    },
  };
}
