import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import * as z from 'zod';
import { guesser } from '../src/document/suggest.ts';
import { LifeboatError } from '../src/errors.ts';
import { scheduleFault } from '../src/runbook/drill-times.ts';

/** The command line gives texts, cdk.json numbers too. */
const days = z.coerce.number().int().min(1).max(3_650);
/** CloudWatch Logs keeps logs for these numbers of days alone. */
const LOG_DAYS = Object.values(RetentionDays).filter((value) => typeof value === 'number');
const account = z
  .string()
  .regex(/^\d{12}$/, 'twelve digits')
  .optional();
const emails = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((one) => one.trim()))
  .pipe(z.array(z.email('an e-mail address such as oncall@example.com')))
  .default([]);

const settingsSchema = z.strictObject({
  /** Folder of the runbooks, and of the baselines beside them. */
  runbooks: z.string().min(1).default('runbooks'),
  /** Folder that `npm run build:lambda` writes. */
  bundle: z.string().min(1).default('dist/lambda'),
  /** Who is told of everything that a person must know, separated by commas. */
  emails,
  /** Account of the deployment. Default: that of the credentials. */
  account,
  /** Account whose volumes and databases are recovered, by roles that the functions assume. Default: that of the deployment. */
  recoveryAccount: account,
  /** Names of the roles that restored databases may be given for enhanced monitoring, separated by commas. */
  monitoringRoles: z
    .string()
    .regex(/^[\w+=,.@-]+$/, 'names of roles, separated by commas')
    .default('rds-monitoring-role')
    .transform((names) => names.split(',')),
  /** Names of the roles that restored databases may be given back, such as for S3 imports, separated by commas. Drills give none. */
  databaseRoles: z
    .string()
    .regex(/^[\w+=,.@-]*$/, 'names of roles, separated by commas')
    .default('')
    .transform((names) => names.split(',').filter((name) => name !== '')),
  /** Identifiers of the read replicas that a restore may promote, separated by commas. None: it may promote none. */
  replicas: z
    .string()
    .regex(
      /^([a-zA-Z][a-zA-Z0-9-]*(,[a-zA-Z][a-zA-Z0-9-]*)*)?$/,
      'identifiers of DB instances, separated by commas',
    )
    .default('')
    .transform((ids) => (ids === '' ? [] : ids.toLowerCase().split(','))),
  /** When readiness is checked, UTC. */
  checkSchedule: z
    .string()
    .superRefine((text, { addIssue }) => {
      const message = scheduleFault(text);
      if (message !== undefined) addIssue({ code: 'custom', message });
    })
    .default('cron(0 5 * * ? *)'),
  /** How long nobody can delete a report. */
  evidenceDays: days.default(400),
  logDays: z.coerce
    .number()
    .refine((value) => LOG_DAYS.includes(value), `one of ${LOG_DAYS.join(', ')}`)
    .default(90),
});

/** What the context of the CDK says about a deployment: keys that begin with `lifeboat:`. */
export type Settings = z.output<typeof settingsSchema>;

/** Their names, without the prefix. */
export const SETTINGS: readonly string[] = Object.keys(settingsSchema.shape);

const PREFIX = 'lifeboat:';

/**
 * The settings in the context. A misspelt key would be a deployment without what was asked for, so unknown ones are refused.
 *
 * @throws LifeboatError `USAGE`
 */
export function readSettings(node: Node): Settings {
  const context: Readonly<Record<string, unknown>> = node.getAllContext() as Record<string, unknown>;
  const given = Object.entries(context).flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value] as const] : [],
  );
  const unknown = given.find(([key]) => !SETTINGS.includes(key))?.[0];
  if (unknown !== undefined) {
    const guess = guesser(SETTINGS)(unknown);
    throw refused(
      `The context has no setting '${PREFIX}${unknown}'${guess === undefined ? '' : `; did you mean '${PREFIX}${guess}'?`}`,
    );
  }
  const parsed = settingsSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return withAccount(parsed.data);
  const [issue] = parsed.error.issues;
  throw refused(`${PREFIX}${String(issue?.path[0] ?? '')}: ${issue?.message ?? 'it is not valid'}`);
}

function withAccount(settings: Settings): Settings {
  const { account: own, recoveryAccount } = settings;
  if (recoveryAccount === undefined || recoveryAccount === own)
    return { ...settings, recoveryAccount: undefined };
  if (own !== undefined) return settings;
  throw refused(
    `${PREFIX}recoveryAccount needs ${PREFIX}account: its roles name the account whose functions assume them`,
  );
}

function refused(message: string): LifeboatError {
  return new LifeboatError(
    'USAGE',
    `${message}.`,
    "Correct the 'context' of cdk.json, or the option -c; docs/cloud.md lists the settings.",
  );
}

/** @throws LifeboatError `FILE_UNREADABLE` where the functions have not been built */
export function requireBundle({ bundle }: Settings): void {
  if (existsSync(join(bundle, 'index.mjs'))) return;
  const message = `The bundle of the functions is not in '${bundle}'.`;
  throw new LifeboatError('FILE_UNREADABLE', message, 'Build it with: npm run build:lambda.');
}
