const STATE = 'is a state and no setting';
const IDENTITY = 'names the volume: the new one has its own';

/** Why a property of a volume is not given back. A name covers its members. */
export const VOLUME_NOT_CARRIED: Readonly<Record<string, string>> = {
  VolumeId: IDENTITY,
  VolumeArn: IDENTITY,
  OwnerId: IDENTITY,
  CreateTime: IDENTITY,
  State: STATE,
  FastRestored: STATE,
  AvailabilityZoneId: 'names the zone by another name',
  SseType: 'is reserved by AWS',
  Operator: 'names the service that manages the volume: a copy is managed by none',
  Attachments: 'belongs to the instance: the target of the runbook says where the new volume is attached',
  Tags: 'is given back beside the settings, with the tags of the run',
};

/** Why a member of CreateVolume or CopyVolumes is not sent. */
export const VOLUME_NOT_SENT: Readonly<Record<string, string>> = {
  AvailabilityZoneId: 'names the zone by another name',
  ClientToken: 'is chosen by the recovery',
  TagSpecifications: 'is chosen by the recovery',
  DryRun: 'is for checks of permissions',
  Operator: 'is reserved by AWS',
};
