import type { Made } from '../../kinds/things.ts';
import type { MakeSpec, VolumeSpec } from '../../plan/types.ts';
import type { OperationSpec } from '../../workflow/base/effects.ts';
import type { Run } from '../adapter.ts';
import type { Ec2Access } from './reads.ts';

/** What a request on behalf of a run needs. */
export type Ec2Context = Ec2Access & Run;

export function made({ region }: Ec2Access, type: 'volume' | 'snapshot', id: string): Made {
  return { kind: 'ebs-volume', type, id, region, origin: 'made' };
}

/** @throws Error for the spec of another kind: a bug of the caller */
export function volumeSpecOf(spec: OperationSpec): VolumeSpec {
  if ('kind' in spec && spec.kind === 'volume') return spec as MakeSpec & VolumeSpec;
  throw new Error('a volume cannot be made from the spec of another kind');
}
