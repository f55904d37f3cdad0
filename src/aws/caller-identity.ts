import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Sender } from './clients.ts';
import { malformedAnswer } from './request-failures.ts';

/** Who signs the requests. All of it is one line without control characters. */
export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  /** What a person is called in approvals: `oncall/alex` in a role, `alex` for a user, else the ARN. */
  readonly name: string;
}

/**
 * Asks the account's identity service who we are. It needs no permission, only credentials.
 *
 * @throws what `classify()` understands, also when the answer names no identity
 * @example (await readIdentity(sts)).name // 'oncall/alex'
 */
export async function readIdentity(sts: Sender<'sts'>): Promise<Identity> {
  return identityOf(await sts.send(new GetCallerIdentityCommand({})));
}

/** The identity that an answer names. @throws what `classify()` understands when it names none */
export function identityOf(answer: {
  readonly Arn?: string | undefined;
  readonly Account?: string | undefined;
}): Identity {
  const arn = oneLine(answer.Arn ?? '');
  const account = oneLine(answer.Account ?? '') || accountOf(arn);
  if (arn === '' || account === '') throw malformedAnswer('GetCallerIdentity');
  return { account, arn, name: nameOf(arn) };
}

/**
 * What the owner of an ARN is called. A session is part of the name: several people may share a role.
 *
 * @example nameOf('arn:aws:sts::111111111111:assumed-role/oncall/alex') // 'oncall/alex'
 */
export function nameOf(arn: string): string {
  const whole = oneLine(arn);
  const [kind = '', ...path] = whole.split(':').slice(5).join(':').split('/');
  const names = path.filter((part) => part !== '');
  const session = kind === 'assumed-role' && names.length >= 2 ? names.slice(-2).join('/') : undefined;
  // The path before a user's name is for administrators; the name is unique in the account without it.
  const user = kind === 'user' ? names.at(-1) : undefined;
  return session ?? user ?? whole;
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, '').trim();
}
