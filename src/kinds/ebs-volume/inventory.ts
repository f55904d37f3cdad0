import * as z from 'zod';
import { instant } from '../../document/scalars.ts';
import { count, encryption, gib, id, tags } from '../../inventory/parts.ts';
import { schemasOf } from '../settings.ts';
import { VOLUME_SETTINGS } from './settings.ts';

const { volumeType: type, zone, ...settings } = schemasOf(VOLUME_SETTINGS);

const volume = z.strictObject({
  id,
  zone,
  type,
  ...settings,
  state: z.enum(['creating', 'available', 'in-use', 'deleting', 'error']).optional(),
  attachedTo: z.strictObject({ instanceId: id, device: z.string() }).optional(),
  /** The volume that it is a copy of, until it is initialized: until then neither of the two can be copied. */
  copyingFrom: id.optional(),
  tags,
});

const fsr = z.strictObject({
  zone: z.string(),
  state: z.enum(['enabling', 'optimizing', 'enabled', 'disabling', 'disabled']),
  credits: z.number().nonnegative().optional(),
});

const snapshot = z.strictObject({
  id,
  volumeId: id,
  startedAt: instant,
  state: z.enum(['pending', 'completed', 'error', 'recoverable', 'recovering']),
  /** Size of the volume it was taken from. */
  sizeGiB: gib,
  /** Data it holds; what initialization has to read. Absent: sizeGiB. */
  fullSizeGiB: z.number().nonnegative().optional(),
  tier: z.enum(['standard', 'archive']).default('standard'),
  region: z.string().optional(),
  ...encryption,
  fsr: z.array(fsr).default([]),
  tags,
});

export const ebsVolumeQuotas = {
  /** Snapshots with fast snapshot restore enabled, per Region. */
  fsrSnapshots: count.optional(),
  /** Provisioned initialization, MiB/s, cumulative per Region. */
  provisionedInitMiBps: count.optional(),
  snapshotCopies: count.optional(),
  /** Volume copies that are not initialized yet, per Region. */
  volumeCopies: count.optional(),
  /** Storage per volume type, TiB. */
  storageTiB: z.record(z.string(), z.number().nonnegative()).optional(),
};

export const ebsVolumeLists = {
  volumes: z.array(volume).default([]),
  snapshots: z.array(snapshot).default([]),
};

export type Volume = z.output<typeof volume>;
export type Snapshot = z.output<typeof snapshot>;
export type FsrState = Snapshot['fsr'][number]['state'];
