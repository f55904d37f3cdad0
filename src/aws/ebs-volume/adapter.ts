import { FSR_SNAPSHOTS_PER_CALL } from '../../facts/ebs.ts';
import type { EbsOperation } from '../../kinds/ebs-volume/calls.ts';
import { adapterOf, byType, idsOf, type AdapterParts, type Operation } from '../adapter.ts';
import { joined } from '../sweeping.ts';
import { attachVolumes, detachVolumes, observeAttachments } from './attach.ts';
import { copyVolumes } from './copy.ts';
import { disableFsr, enableFsr, zoneOf } from './fsr.ts';
import { findVolumes } from './made.ts';
import { observeFsr, observeSnapshots, observeVolumes } from './observe.ts';
import { probeEc2 } from './permissions.ts';
import { preflightEbs } from './preflight.ts';
import { describeVolumes, type Ec2Access } from './reads.ts';
import { deleteSnapshots, sweepSnapshots, takeVolumeSnapshots } from './snapshots.ts';
import { taggableByEc2 } from './tagging.ts';
import { createVolumes, deleteVolumes, sweepVolumes, verifyVolumes } from './volumes.ts';

const FSR_BATCH = { most: FSR_SNAPSHOTS_PER_CALL, by: zoneOf };

const operations: Readonly<Record<EbsOperation, Operation<Ec2Access>>> = {
  createVolume: { perform: createVolumes },
  copyVolume: { perform: copyVolumes },
  enableFsr: { perform: enableFsr, batch: FSR_BATCH },
  disableFsr: { perform: disableFsr, batch: FSR_BATCH },
  attachVolume: { perform: attachVolumes },
  detachVolume: { perform: detachVolumes },
  takeSnapshot: { perform: takeVolumeSnapshots },
};

const parts: AdapterParts<Ec2Access> = {
  kind: 'ebs-volume',
  operations,
  access: ({ ec2, call, region }) => (ec2 === undefined ? undefined : { client: ec2, call, region }),
  remove: byType({ volume: deleteVolumes, snapshot: deleteSnapshots }),
  inspect: verifyVolumes,
  preflight: preflightEbs,
  async observe(aws, things, loading) {
    return [
      ...(await observeVolumes(aws, idsOf(things, 'volume'), idsOf(loading, 'volume'))),
      ...(await observeAttachments(aws, idsOf(things, 'attachment'))),
      ...(await observeFsr(aws, idsOf(things, 'fsr'))),
      ...(await observeSnapshots(aws, idsOf(things, 'snapshot'))),
    ];
  },
  async sweep(aws, effect) {
    return joined(await sweepVolumes(aws, effect), await sweepSnapshots(aws, effect));
  },
  findMade: findVolumes,
  taggable: taggableByEc2,
  tryOut: probeEc2,
  async probe(aws) {
    await describeVolumes(aws, ['vol-00000000000000000']);
  },
};

/** EBS volumes, their snapshots, and fast snapshot restore. */
export const ebsVolumeAdapter = adapterOf(parts);
