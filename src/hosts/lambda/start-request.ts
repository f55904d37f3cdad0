import { z } from 'zod';
import { LifeboatError } from '../../errors.ts';
import { idFor } from '../../journal/run-ids.ts';
import { parseInstant, type Instant } from '../../time.ts';
import type { BeginRun, StartRequest } from './requests.ts';

/** The change of state that an alarm's event tells of. */
export interface AlarmChange {
  readonly name: string;
  readonly state: string;
  readonly at: Instant;
}

/** What a request to the start function comes to. */
export interface Asked {
  readonly run: BeginRun;
  /** Absent for schedules and for manual starts. */
  readonly trigger?: {
    readonly index: number;
    readonly happenedAt: Instant;
    readonly alarm?: AlarmChange;
  };
}

const instant = z.string().transform(instantOf);
const optionalInstant = instant.exactOptional();

const runbook = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'the name of a runbook');
const requestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('schedule'), runbook, scheduledAt: instant }),
  z.object({
    kind: z.literal('trigger'),
    runbook,
    trigger: z.number().int().nonnegative(),
    approval: z.enum(['required', 'none']),
    event: z.looseObject({ id: z.string().min(1), time: instant, source: z.string() }),
  }),
  z.object({
    kind: z.literal('manual'),
    runbook,
    mode: z.enum(['restore', 'drill']),
    ...{ incidentAt: optionalInstant, damagedAt: optionalInstant, recoverTo: optionalInstant },
    at: optionalInstant,
  }),
]) satisfies z.ZodType<unknown, StartRequest>;
type Parsed = z.output<typeof requestSchema>;
type Of<Kind extends Parsed['kind']> = Extract<Parsed, { readonly kind: Kind }>;

const ALARM_CHANGE = 'CloudWatch Alarm State Change';
const alarmSchema = z.object({
  resources: z.array(z.string()).min(1),
  detail: z.object({
    alarmName: z.string(),
    state: z.object({ value: z.string(), timestamp: instant }),
  }),
});

/** CloudWatch writes `2026-11-20T03:00:00.000+0000`, without the colon of ISO 8601. */
function instantOf(text: string, context: z.RefinementCtx): Instant {
  const at = parseInstant(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'expected an instant such as 2026-11-20T03:00:00Z' });
  return z.NEVER;
}

/**
 * The run that a request asks for. A repeated delivery of the same schedule, alarm or event asks for the run with the same id.
 *
 * @param requestId of the invocation, which AWS's own retries keep
 * @throws LifeboatError `USAGE` for a message that is no request
 */
export function askedBy(message: unknown, requestId: string, now: Instant): Asked {
  const request = parsed(requestSchema, message);
  switch (request.kind) {
    case 'schedule':
      return { run: scheduled(request) };
    case 'trigger':
      return triggered(request, now);
    case 'manual':
      return { run: manual(request, requestId, now) };
  }
}

function scheduled({ runbook: name, scheduledAt }: Of<'schedule'>): BeginRun {
  return {
    ...identified(name, scheduledAt, `schedule ${scheduledAt}`),
    mode: 'drill',
    by: `the schedule of ${name}`,
    asksApproval: false,
  };
}

/** An alarm's change has the same ARN and time in all its events; any other event has an id. */
function triggered({ runbook: name, trigger: index, approval, event }: Of<'trigger'>, now: Instant): Asked {
  const isAlarm = event.source === 'aws.cloudwatch' && event['detail-type'] === ALARM_CHANGE;
  const alarm = isAlarm ? parsed(alarmSchema, event) : undefined;
  const { alarmName, state } = alarm?.detail ?? {};
  const happenedAt = state?.timestamp ?? event.time;
  const key = alarm === undefined ? `event ${event.id}` : `alarm ${alarm.resources[0]} ${happenedAt}`;
  return {
    run: {
      ...identified(name, happenedAt, key),
      mode: 'restore',
      incidentAt: Math.min(happenedAt, now),
      by: alarmName === undefined ? `an event of ${event.source}` : `the alarm ${alarmName}`,
      asksApproval: approval !== 'none',
    },
    trigger: {
      index,
      happenedAt,
      ...(alarmName !== undefined &&
        state !== undefined && { alarm: { name: alarmName, state: state.value, at: happenedAt } }),
    },
  };
}

/** Whoever may invoke the function need not be allowed to approve: a restore asks. */
function manual(
  { runbook: name, mode, at, kind, ...times }: Of<'manual'>,
  requestId: string,
  now: Instant,
): BeginRun {
  return {
    ...identified(name, at ?? now, `${kind} ${mode} ${at ?? requestId}`),
    ...{ ...times, mode, by: 'a manual start', asksApproval: mode === 'restore' },
  };
}

function identified(
  name: string,
  at: Instant,
  key: string,
): Pick<BeginRun, 'kind' | 'runId' | 'runbook' | 'at'> {
  return { kind: 'begin', runId: idFor(name, at, key), runbook: name, at };
}

function parsed<T>(schema: z.ZodType<T>, message: unknown): T {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const places = result.error.issues.map(
    ({ path, message: why }) => `${path.join('.') || 'message'}: ${why}`,
  );
  throw new LifeboatError(
    'USAGE',
    `This message starts no run: ${places.join('; ')}.`,
    'Correct what sends it. It is in the dead-letter queue; send it again from there once it can be read.',
    { cause: result.error },
  );
}
