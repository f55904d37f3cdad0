import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Sender } from '../../aws/clients.ts';
import { LifeboatError } from '../../errors.ts';
import type { SecretValue } from '../../runbook/backfill-schema.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { RETRIES } from '../../facts/retries.ts';
import type { RetryPolicy } from '../../retry.ts';
import { patiently } from '../base/aws-calls.ts';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Only needed where {@link needsParameterStore} says so. */
  readonly ssm?: Sender<'ssm'>;
  readonly policy?: RetryPolicy;
}

/** Is one of them in the parameter store? Otherwise no client is needed. */
export function needsParameterStore(values: Iterable<SecretValue>): boolean {
  return [...values].some((value) => typeof value !== 'string' && 'ssm' in value);
}

/**
 * Reads all values that stand outside of the runbook, once, before anything is sent. Their values are never part of a message or of a log.
 *
 * @returns the text of each of these values, its prefix included: fit to be the value of a header
 * @throws LifeboatError for a variable or parameter that is missing, may not be read, or cannot stand in a header
 * @example const textOf = await resolveSecrets([{ env: 'TOKEN', prefix: 'Bearer ' }], { env: process.env });
 */
export async function resolveSecrets(
  values: Iterable<SecretValue>,
  sources: SecretSources,
): Promise<(value: SecretValue) => string> {
  const all = [...values];
  const names = new Set(
    all.flatMap((value) => (typeof value !== 'string' && 'ssm' in value ? [value.ssm] : [])),
  );
  const parameters = new Map<string, string>();
  for (const name of names) parameters.set(name, await readParameter(name, sources));
  const textOf = (value: SecretValue): string => {
    if (typeof value === 'string') return fitForHeader(value, 'A value of the runbook');
    const { prefix = '' } = value;
    if ('env' in value)
      return fitForHeader(prefix + variable(value.env, sources), `The environment variable ${value.env}`);
    const parameter = parameters.get(value.ssm);
    if (parameter === undefined)
      throw new Error(`The parameter '${value.ssm}' was not among the values to resolve.`);
    return fitForHeader(prefix + parameter, `The parameter '${value.ssm}'`);
  };
  // Fails now instead of at the first request.
  for (const value of all) textOf(value);
  return textOf;
}

function variable(name: string, { env }: SecretSources): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new LifeboatError(
      'USAGE',
      `The environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}, and the runbook takes a value from it.`,
      `Set ${name}, then run the command again.`,
    );
  return value;
}

async function readParameter(
  name: string,
  { ssm, policy = RETRIES.firstContact }: SecretSources,
): Promise<string> {
  if (ssm === undefined) throw new Error('A parameter is asked for, and no client was given.');
  const answer = await patiently(
    'GetParameter',
    () => ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true })),
    { name, policy, explain: (failure, cause) => explained(name, failure, cause) },
  );
  const value = answer.Parameter?.Value;
  if (value === undefined || value === '')
    throw new LifeboatError(
      'AWS_FAILED',
      `The parameter '${name}' has no value.`,
      'Give it one, or correct its name in the runbook, then run the command again.',
    );
  return value;
}

function explained(name: string, failure: Failure, cause: unknown): LifeboatError | undefined {
  const { code, class: kind } = failure;
  if (code === 'ParameterNotFound' || code === 'ParameterVersionNotFound')
    return new LifeboatError(
      'AWS_FAILED',
      `There is no parameter '${name}' in this account and Region.`,
      'Correct its name in the runbook, or create it, then run the command again.',
      { cause },
    );
  if (kind !== 'denied') return undefined;
  return new LifeboatError(
    'AWS_DENIED',
    `The parameter '${name}' may not be read: ${code}: ${failure.message}`,
    'Give the role ssm:GetParameter on it, and kms:Decrypt on its key (for /aws/reference/secretsmanager also secretsmanager:GetSecretValue), then run the command again.',
    { cause },
  );
}

/** What HTTP allows in the value of a header, and what undici sends. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

function fitForHeader(text: string, whose: string): string {
  if (HEADER_TEXT.test(text)) return text;
  const what = /[\r\n]/.test(text) ? 'a line break' : 'a character';
  throw new LifeboatError(
    'USAGE',
    `${whose} holds ${what} that cannot stand in a header.`,
    `Take ${what === 'a line break' ? 'the line break (often the last character)' : 'it'} out, then run the command again.`,
  );
}
