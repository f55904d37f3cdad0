import * as z from 'zod';
import { awsName, resourceBase, strategyList, tagSelector } from '../../runbook/parts.ts';

export const EBS_STRATEGIES = ['fsr', 'provisioned-rate', 'volume-copy', 'read-through', 'lazy'] as const;

export const ebsVolumeResource = z.strictObject({
  ...resourceBase,
  type: z.literal('ebs-volume'),
  /** A volume's id, or the tags that every volume belonging here carries. */
  source: z.union([awsName, tagSelector]),
  strategies: strategyList(EBS_STRATEGIES),
  copies: z.int().min(1).max(50).default(1),
  warmup: z.strictObject({ readThrough: z.boolean().optional() }).optional(),
  target: z
    .strictObject({
      zone: z.string().optional(),
      attachTo: z
        .strictObject({
          instance: z.string().min(1),
          device: z.string().regex(/^\/dev\//, 'a device such as /dev/sdf'),
        })
        .optional(),
    })
    .optional(),
});

export type EbsResource = z.output<typeof ebsVolumeResource>;
export type EbsStrategy = (typeof EBS_STRATEGIES)[number];
