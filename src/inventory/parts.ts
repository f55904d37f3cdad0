import * as z from 'zod';

/** Scalars that the lists of every kind of resource use. */
export const id = z.string().min(1).max(255);
export const tags = z.record(z.string(), z.string()).default({});
export const gib = z
  .number()
  .int()
  .positive()
  .max(65_536 * 16);
export const count = z.number().int().nonnegative();
export const encryption = { encrypted: z.boolean().default(false), kmsKeyId: z.string().optional() };
