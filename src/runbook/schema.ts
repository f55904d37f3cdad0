import * as z from 'zod';
import { expected } from '../document/expected.ts';
import { duration, instant, percent } from '../document/scalars.ts';
import { RESOURCE_SCHEMAS } from '../kinds/schemas.ts';
import { backfillSchema } from './backfill-schema.ts';
import { httpUrl, identifier, tagSelector } from './parts.ts';

const gate = z
  .strictObject({
    before: z.enum(['restore', 'cutover', 'backfill', 'cleanup']),
    /** How many distinct people must agree. */
    approvals: z.int().min(1).max(10).optional(),
    /** When it may happen, e.g. `Mon-Fri 06:00-10:00 UTC`. */
    window: z.string().min(1).optional(),
    /** While this file exists, nothing passes. */
    freezeFile: z.string().min(1).optional(),
    unless: z.literal('incident').optional(),
  })
  .refine((g) => g.approvals !== undefined || g.window !== undefined || g.freezeFile !== undefined, {
    message: "a gate needs 'approvals', 'window' or 'freezeFile'",
  });

/** A manual step: the run waits until an operator confirms it. */
const manualStep = z.strictObject({
  name: identifier.optional(),
  instructions: z.string().trim().min(1).max(2_000),
  before: z.enum(['restore', 'cutover', 'backfill', 'cleanup']),
});

const threshold = z
  .string()
  .regex(/^[<>]=?\s*\d+(\.\d+)?\s*(%|ms|s)?$/, "a threshold such as '> 2%' or '> 800ms'");

const cutover = z.strictObject({
  route53: z
    .strictObject({
      zone: z.string().min(1),
      name: z.string().min(1),
      type: z.enum(['A', 'AAAA', 'CNAME']).optional(),
      from: z.string().optional(),
      to: z.string().optional(),
    })
    .optional(),
  loadBalancer: z
    .strictObject({ listener: z.string().min(1), from: z.string().min(1), to: z.string().min(1) })
    .optional(),
  /** Per cent of the traffic after each step, rising, ending with 100. */
  steps: z
    .array(z.number().positive().max(100))
    .min(1)
    .refine(
      (s) => s.every((v, i) => i === 0 || v > (s[i - 1] ?? 0)) && s.at(-1) === 100,
      expected('rising percentages that end with 100'),
    )
    .default([100]),
  soak: duration.optional(),
  abortWhen: z
    .strictObject({ errorRate: threshold.optional(), p99: threshold.optional(), for: duration.optional() })
    .optional(),
});

const notice = z.union([
  /** A URL, or the environment variable that holds it: the address of a chat's webhook is a secret. */
  z.strictObject({
    webhook: z.union([
      httpUrl,
      z.strictObject({
        env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
      }),
    ]),
  }),
  z.strictObject({ sns: z.string().regex(/^arn:/, 'the ARN of a topic') }),
]);

/** What starts a restore in a cloud deployment. It waits for an approval unless `approval` is `none`. */
const trigger = z
  .strictObject({
    /** Name of a CloudWatch alarm of the deployment's Region. */
    alarm: z.string().min(1).max(255).optional(),
    /** Pattern of an EventBridge rule. */
    event: z.record(z.string(), z.unknown()).optional(),
    approval: z.enum(['required', 'none']).default('required'),
  })
  .refine(
    ({ alarm, event }) => (alarm === undefined) !== (event === undefined),
    expected("either 'alarm' or 'event'"),
  );

/** Where a drill puts what it makes, so that it never shares a network with production. */
const isolation = z.strictObject({
  zone: z.string().optional(),
  subnetGroup: z.string().optional(),
  securityGroups: z.array(z.string()).optional(),
  /** What a drill attaches volumes to instead of the instances of production. */
  instance: z.string().min(1).optional(),
});

/** The declarative file of a recovery. The source of truth for `lifeboat schema`. */
export const runbookSchema = z.strictObject({
  apiVersion: z.literal('lifeboat/v1'),
  kind: z.literal('Runbook'),
  name: identifier,
  owner: z.string().optional(),
  description: z.string().optional(),
  objectives: z.strictObject({
    rto: duration,
    rpo: duration,
    dataComplete: duration.optional(),
    availability: percent.optional(),
  }),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a Region such as us-east-1'),
  recoveryPoint: z
    .strictObject({ policy: z.enum(['latest', 'before-damage', 'at']), at: instant.optional() })
    .refine((r) => (r.policy === 'at') === (r.at !== undefined), "policy 'at' needs 'at', and only it")
    .default({ policy: 'before-damage' }),
  dependencies: z.array(z.strictObject({ name: identifier, http: httpUrl })).default([]),
  resources: z.array(z.discriminatedUnion('type', RESOURCE_SCHEMAS)).min(1).max(10_000),
  limits: z
    .strictObject({
      /** Above it a person must agree. */
      costUsd: z.number().positive().optional(),
      unless: z.literal('incident').optional(),
    })
    .optional(),
  gates: z.array(gate).default([]),
  /** Steps by hand, confirmed like an approval. */
  manual: z
    .union([manualStep, z.array(manualStep)])
    .transform((steps) => (Array.isArray(steps) ? steps : [steps]))
    .default([]),
  /** Takes a snapshot of each damaged source, as far as it still exists, before anything is restored. */
  forensics: z.boolean().default(false),
  /** What becomes of that which a restore recovered. */
  protection: z
    .strictObject({
      /** Takes a fresh recovery point of all that was recovered, and waits until it is complete. */
      recoveryPoint: z.boolean().default(true),
    })
    .default({ recoveryPoint: true }),
  /** What belongs to this runbook, by tags: `check` tells what carries them and is not covered. */
  scope: tagSelector.optional(),
  cutover: cutover.optional(),
  backfill: backfillSchema.optional(),
  notify: z.array(notice).default([]),
  triggers: z.array(trigger).default([]),
  drill: z
    .strictObject({
      schedule: z
        .string()
        .regex(/^(cron|rate)\(.+\)$/, 'cron(...) or rate(...)')
        .optional(),
      /** Of the schedule. Default: UTC. */
      timeZone: z
        .string()
        .regex(/^(UTC|[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+)$/, 'an IANA time zone such as Europe/Vienna')
        .optional(),
      isolation: isolation.optional(),
    })
    .optional(),
});

/** A runbook after parsing: durations are seconds, instants milliseconds since the epoch, percentages numbers. */
export type Runbook = z.output<typeof runbookSchema>;
export type RunbookResource = Runbook['resources'][number];
export type ManualStep = z.output<typeof manualStep>;
export type NoticeTarget = z.output<typeof notice>;
export type Isolation = z.output<typeof isolation>;
/** `auto` leaves the choice to the planner. */
export type StrategyName = Exclude<RunbookResource['strategies'][number], 'auto'>;
export type ReadyWhen = RunbookResource['readyWhen'];
