import * as z from 'zod';
import { expected } from '../document/expected.ts';
import { duration, instant, percent } from '../document/scalars.ts';
import { backfillSchema } from './backfill-schema.ts';

/** Ids end up in AWS names, tags and client tokens: short, lower case, no surprises. */
const identifier = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    'lower-case letters, digits and hyphens, at most 40, beginning with a letter',
  );

const httpUrl = z.url({ protocol: /^https?$/, error: 'an http or https URL' });

const awsName = z.string().min(1).max(255);

export const EBS_STRATEGIES = ['fsr', 'provisioned-rate', 'read-through', 'lazy'] as const;
export const RDS_STRATEGIES = ['promote-replica', 'point-in-time', 'restore-snapshot'] as const;
export const AURORA_STRATEGIES = ['promote-replica', 'point-in-time', 'restore-snapshot'] as const;

const strategyList = <const T extends readonly [string, ...string[]]>(names: T) =>
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
const check = z.union([sqlCheck, httpCheck]);

const resourceBase = {
  id: identifier,
  dependsOn: z.array(identifier).default([]),
  readyWhen: z.enum(['hydrated', 'available']).default('hydrated'),
  verify: z.array(check).default([]),
  restoreAs: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,59}$/, 'letters, digits and hyphens, at most 60, beginning with a letter')
    .optional(),
};

const postgresWarmup = z.strictObject({ relations: z.array(z.string().min(1)).min(1) });
const databaseWarmup = z.strictObject({
  postgres: postgresWarmup.optional(),
  sql: z.array(z.string().min(1)).optional(),
});

const databaseTarget = z.strictObject({
  zone: z.string().optional(),
  class: z.string().optional(),
  subnetGroup: z.string().optional(),
  securityGroups: z.array(z.string()).optional(),
});

const ebsVolume = z.strictObject({
  ...resourceBase,
  type: z.literal('ebs-volume'),
  /** A volume's id, or the tags that every volume belonging here carries. */
  source: z.union([
    awsName,
    z.strictObject({
      tags: z
        .record(z.string().min(1).max(128), z.string().max(256))
        .refine((tags) => Object.keys(tags).length > 0, expected('at least one tag')),
    }),
  ]),
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

const rdsInstance = z.strictObject({
  ...resourceBase,
  type: z.literal('rds-instance'),
  source: awsName,
  strategies: strategyList(RDS_STRATEGIES),
  warmup: databaseWarmup.optional(),
  target: databaseTarget.optional(),
});

const auroraCluster = z.strictObject({
  ...resourceBase,
  type: z.literal('aurora-cluster'),
  source: awsName,
  strategies: strategyList(AURORA_STRATEGIES),
  warmup: databaseWarmup.optional(),
  target: databaseTarget.optional(),
});

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
  resources: z
    .array(z.discriminatedUnion('type', [rdsInstance, auroraCluster, ebsVolume]))
    .min(1)
    .max(10_000),
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
  scope: z
    .strictObject({
      tags: z
        .record(z.string().min(1).max(128), z.string().max(256))
        .refine((tags) => Object.keys(tags).length > 0, expected('at least one tag')),
    })
    .optional(),
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
export type EbsResource = Extract<RunbookResource, { type: 'ebs-volume' }>;
export type RdsResource = Extract<RunbookResource, { type: 'rds-instance' }>;
export type ManualStep = z.output<typeof manualStep>;
export type NoticeTarget = z.output<typeof notice>;
export type Isolation = z.output<typeof isolation>;
export type EbsStrategy = (typeof EBS_STRATEGIES)[number];
export type DatabaseStrategy = (typeof RDS_STRATEGIES)[number];
export type StrategyName = EbsStrategy | DatabaseStrategy;
export type ReadyWhen = RunbookResource['readyWhen'];
