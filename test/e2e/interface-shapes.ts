import { z } from 'zod';

/**
 * The JSON documents as scripts rely on them: every name and type of the interface page. Fields may be added, so objects are
 * open; what stands here may neither go nor change its type.
 */

const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
const seconds = z.number().nonnegative();
const usd = z.number().nonnegative();
const amount = z.number().nonnegative();
const forecast = z.looseObject({ p50Seconds: seconds, p90Seconds: seconds });
const sentence = z.string().regex(/^\S.*\.$/s);
const counts = z.record(z.string(), z.number().int().positive());

const planned = z.looseObject({
  id: z.string(),
  type: z.enum(['rds-instance', 'aurora-cluster', 'ebs-volume']),
  source: z.string(),
  dependsOn: z.array(z.string()),
  recoveryPoint: z.looseObject({ id: z.string(), at: instant, ageSeconds: seconds }).nullable(),
  strategy: z.string().nullable(),
  forecast: forecast.nullable(),
  costUsd: usd.nullable(),
  alternatives: z
    .array(
      z.looseObject({
        strategy: z.string(),
        feasible: z.boolean(),
        why: z.string().min(1),
        forecast: forecast.nullable(),
        costUsd: usd.nullable(),
      }),
    )
    .min(1),
  passedOver: z.array(z.looseObject({ id: z.string(), at: instant, reason: z.string().min(1) })),
});

export const planShape = z.looseObject({
  schema: z.literal('lifeboat.plan/v1'),
  runbook: z.string(),
  objectives: z.looseObject({ rtoSeconds: seconds, rpoSeconds: seconds }),
  incidentAt: instant,
  resources: z.array(planned),
  order: z.array(z.array(z.string())),
  schedule: z.array(
    z.looseObject({
      resource: z.string(),
      strategy: z.string(),
      startSeconds: seconds,
      readySeconds: seconds,
      hydratedSeconds: seconds.nullable(),
      uses: z.record(z.string(), amount),
    }),
  ),
  forecast: z.looseObject({
    rtaSeconds: z.looseObject({ p50: seconds, p90: seconds }),
    rpaSeconds: seconds.nullable(),
    criticalPath: z.array(z.string()),
    lowerBoundSeconds: seconds,
  }),
  costUsd: usd,
  apiCalls: z.looseObject({ total: amount, byOperation: counts }),
  meets: z.looseObject({ rto: z.boolean(), rpo: z.boolean() }),
  quotaIncreases: z.array(
    z.looseObject({ quota: z.string(), from: amount, to: amount, savesSeconds: seconds }),
  ),
  coldRestore: z
    .looseObject({ volumes: amount, dataGiB: amount, oneStream: forecast, deepQueue: forecast })
    .nullable(),
  problems: z.array(
    z.looseObject({
      severity: z.enum(['error', 'warning', 'info']),
      code: z.string().regex(/^[A-Z][A-Z0-9_]+$/),
      message: sentence,
      next: sentence,
    }),
  ),
});

const objective = z.looseObject({
  objectiveSeconds: seconds,
  actualSeconds: seconds.nullable(),
  met: z.boolean().nullable(),
});

const objectives = z.looseObject({
  rto: objective,
  rpo: objective,
  dataComplete: objective.optional(),
  availability: z
    .looseObject({
      objectivePercent: z.number(),
      actualPercent: z.number().nullable(),
      met: z.boolean().nullable(),
    })
    .optional(),
});

const ended = z.enum(['completed', 'failed', 'aborted', 'halted']);
const mode = z.enum(['restore', 'drill']);

export const PHASES = [
  'preflight',
  'approval',
  'restore',
  'warmup',
  'verify',
  'cutover',
  'backfill',
  'cleanup',
];

export const reportShape = z.looseObject({
  schema: z.literal('lifeboat.report/v1'),
  runId: z.string(),
  runbook: z.string(),
  mode,
  status: ended,
  startedAt: instant,
  endedAt: instant.nullable(),
  objectives,
  phases: z.array(
    z.looseObject({
      name: z.enum(PHASES as [string, ...string[]]),
      startedAt: instant.nullable(),
      endedAt: instant.nullable(),
      seconds,
    }),
  ),
  resources: z.array(
    z.looseObject({
      id: z.string(),
      strategy: z.string().nullable(),
      recoveryPoint: z.looseObject({ id: z.string(), at: instant, ageSeconds: seconds }).nullable(),
      status: z.string(),
      createdIds: z.array(z.string()),
      protection: z.array(z.looseObject({ of: z.string(), id: z.string().nullable() })),
      fallbacks: z.array(z.looseObject({ strategy: z.string(), reason: z.string(), at: instant })),
      forecastSeconds: seconds.nullable(),
      actualSeconds: seconds.nullable(),
    }),
  ),
  backfill: z.looseObject({}),
  apiCalls: z.looseObject({ total: amount, throttled: amount, byOperation: counts }),
  costUsd: usd,
  leftovers: z.array(z.string()),
  leftoverDetails: z.array(
    z.looseObject({ code: z.string(), data: z.looseObject({}), message: z.string().min(1) }),
  ),
  remains: z.array(
    z.looseObject({ thing: z.looseObject({ id: z.string() }), why: z.string(), message: z.string() }),
  ),
  timeline: z.array(
    z.looseObject({
      at: instant,
      kind: z.string(),
      subject: z.string().min(1),
      code: z.string().regex(/^[a-z]+\.[a-z-]+$/),
      data: z.looseObject({}),
      message: z.string().min(1),
    }),
  ),
});

export const runsShape = z.looseObject({
  schema: z.literal('lifeboat.runs/v1'),
  runs: z.array(
    z.looseObject({
      runId: z.string(),
      runbook: z.string(),
      mode,
      status: z.string(),
      startedAt: instant,
      endedAt: instant.nullable(),
      objectives,
    }),
  ),
});

const live = z.looseObject({
  objectiveSeconds: seconds,
  elapsedSeconds: seconds,
  forecastSeconds: seconds.nullable(),
  state: z.enum(['on-track', 'at-risk', 'breached']),
});

export const statusShape = z.looseObject({
  schema: z.literal('lifeboat.status/v1'),
  runId: z.string(),
  status: z.string(),
  phase: z.string(),
  resources: z.looseObject({ total: amount, ready: amount, failed: amount }),
  objectives: z.looseObject({ rto: live, rpo: live }),
  waitingFor: z.array(z.string()),
});

export const checkShape = z.looseObject({
  schema: z.literal('lifeboat.check/v1'),
  ready: z.boolean().nullable(),
  findings: z.array(
    z.looseObject({
      severity: z.enum(['error', 'warning', 'info']),
      code: z.string(),
      resource: z.string().nullable(),
      message: sentence,
      next: sentence,
    }),
  ),
});

export const signalShape = z.looseObject({
  schema: z.string().regex(/^lifeboat\.[a-z]+\/v1$/),
  runId: z.string(),
  accepted: z.boolean(),
  removed: z.array(z.string()),
});

export const errorShape = z.looseObject({
  schema: z.literal('lifeboat.error/v1'),
  code: z.string().regex(/^[A-Z][A-Z0-9_]+$/),
  message: z.string().min(1),
  next: sentence,
});

/**
 * What holds for every document, whatever its fields: names that end in Seconds or Usd hold numbers (or objects of them), `at`
 * and names that end in At hold instants in UTC. The paths that do not.
 */
export function strayUnits(value: unknown, path = '$'): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => strayUnits(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = `${path}.${name}`;
    if (inner === null) return [];
    // The place of an error in a file is an `at` too.
    if (/(^at|At)$/.test(name) && typeof inner !== 'object') {
      return instant.safeParse(inner).success ? [] : [`${here} = ${String(inner)}`];
    }
    if (/(Seconds|Usd)$/.test(name) && typeof inner !== 'number') {
      const parts = typeof inner === 'object' ? Object.values(inner) : [inner];
      return parts.every((part) => typeof part === 'number') ? [] : [`${here} is no number`];
    }
    return strayUnits(inner, here);
  });
}
