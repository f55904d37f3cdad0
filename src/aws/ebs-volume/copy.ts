import { CopyVolumesCommand } from '@aws-sdk/client-ec2';
import type { CopyVolumesCommandInput } from '@aws-sdk/client-ec2';
import { VOLUME_REQUEST_ROWS } from '../../kinds/ebs-volume/settings.ts';
import { requestMembers } from '../../kinds/settings.ts';
import type { VolumeSpec } from '../../kinds/specs.ts';
import type { Answer } from '../../workflow/base/effects.ts';
import type { OperateOrUndo } from '../adapter.ts';
import { volumeSpecOf, type Ec2Context } from './access.ts';
import { makeVolumes, requestFor } from './volumes.ts';

/** The settings of a copy. Always with the type of its source: without one EC2 makes a gp2 volume. */
export function copyMembers(spec: VolumeSpec): CopyVolumesCommandInput {
  if (spec.sourceVolumeId === undefined) throw new Error('a copy needs the volume that it is a copy of');
  const members = requestMembers(VOLUME_REQUEST_ROWS, spec, 'CopyVolumes');
  return { SourceVolumeId: spec.sourceVolumeId, ...members };
}

/** Copies volumes, which stay as they are. The copy, and it alone, carries the tags of the run. */
export function copyVolumes(aws: Ec2Context, asked: readonly OperateOrUndo[]): Promise<readonly Answer[]> {
  return makeVolumes(aws, asked, 'CopyVolumes', async (effect) => {
    const members = copyMembers(volumeSpecOf(effect.spec));
    const command = new CopyVolumesCommand({ ...members, ...requestFor(aws, effect) });
    return (await aws.client.send(command)).Volumes?.[0]?.VolumeId;
  });
}
