import type { Made } from '../../kinds/things.ts';
import type { DbInstanceSpec, MakeSpec } from '../../plan/types.ts';
import type { OperationSpec } from '../../workflow/base/effects.ts';
import type { Run } from '../adapter.ts';
import type { RdsAccess } from './reads.ts';

/** What a request on behalf of a run needs. */
export type RdsContext = RdsAccess & Run;

export function made({ region }: RdsAccess, type: 'dbInstance' | 'dbSnapshot', id: string): Made {
  return { kind: 'rds-instance', type, id, region, origin: 'made' };
}

/** @throws Error for the spec of another kind: a bug of the caller */
export function dbSpecOf(spec: OperationSpec): DbInstanceSpec {
  if ('kind' in spec && spec.kind === 'dbInstance') return spec as MakeSpec & DbInstanceSpec;
  throw new Error('a DB instance cannot be restored from the spec of another kind');
}
