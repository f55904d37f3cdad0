import * as z from 'zod';
import { expected } from '../document/expected.ts';
import { duration } from '../document/scalars.ts';

/** Ids end up in AWS names, tags and client tokens: short, lower case, no surprises. */
export const identifier = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    'lower-case letters, digits and hyphens, at most 40, beginning with a letter',
  );

export const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' });

export const awsName = z.string().min(1).max(255);

/** Tags that everything selected carries. */
export const tagSelector = z.strictObject({
  tags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .refine((tags) => Object.keys(tags).length > 0, expected('at least one tag')),
});

export const strategyList = <const T extends readonly [string, ...string[]]>(names: T) =>
  z
    .array(z.enum(['auto', ...names] as ['auto', ...T]))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'the same strategy is listed twice')
    .refine((list) => !list.includes('auto') || list.length === 1, "'auto' chooses among all: list it alone")
    .default(['auto']);

const sqlCheck = z.strictObject({
  sql: z.string().min(1),
  name: z.string().optional(),
  timeout: duration.optional(),
});
const httpCheck = z.strictObject({
  http: httpUrl,
  name: z.string().optional(),
  status: z.int().min(100).max(599).optional(),
  timeout: duration.optional(),
});

/** What a resource of every kind has. */
export const resourceBase = {
  id: identifier,
  dependsOn: z.array(identifier).default([]),
  readyWhen: z.enum(['hydrated', 'available']).default('hydrated'),
  verify: z.array(z.union([sqlCheck, httpCheck])).default([]),
  restoreAs: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,59}$/, 'letters, digits and hyphens, at most 60, beginning with a letter')
    .optional(),
};
