import type { Failure } from '../workflow/base/effects.ts';
import { NOTHING_TO_DO } from './check-findings.ts';
import type { CheckProblem } from './check-codes.ts';

/** Who is signed in, or why that is not known. */
export type IdentityAnswer =
  | {
      readonly kind: 'account';
      readonly identity: { readonly account: string; readonly name: string; readonly arn: string };
    }
  | { readonly kind: 'simulated'; readonly user: string }
  | { readonly kind: 'unknown'; readonly failure: Failure };

export interface IdentityContext {
  readonly region: string;
  /** AWS_REGION as it is set, if it is. */
  readonly regionOfEnvironment: string | undefined;
  /** As the inventory has it. */
  readonly account: string;
}

/** What is to be said of who is signed in, and where. */
export function identityProblems(answer: IdentityAnswer, context: IdentityContext): readonly CheckProblem[] {
  const { region, regionOfEnvironment, account } = context;
  if (answer.kind === 'simulated') {
    const message = `Simulated: account ${account}, Region ${region}, as the user ${answer.user} of this machine.`;
    return [
      {
        severity: 'info',
        code: 'IDENTITY',
        data: { account, region, name: answer.user },
        message,
        next: NOTHING_TO_DO,
      },
    ];
  }
  if (answer.kind === 'unknown') return [unknownIdentity(answer.failure)];
  const { identity } = answer;
  const problems: CheckProblem[] = [
    {
      severity: 'info',
      code: 'IDENTITY',
      data: { account: identity.account, region, name: identity.name, arn: identity.arn },
      message: `Signed in to account ${identity.account} as ${identity.name} (${identity.arn}), Region ${region}.`,
      next: NOTHING_TO_DO,
    },
  ];
  if (regionOfEnvironment !== undefined && regionOfEnvironment !== '' && regionOfEnvironment !== region) {
    problems.push({
      severity: 'info',
      code: 'REGION_DIFFERS',
      data: { environment: regionOfEnvironment, region },
      message: `AWS_REGION is ${regionOfEnvironment}, but the recovery is checked in ${region}, as the runbook or --region says.`,
      next: `To check ${regionOfEnvironment} instead, give --region ${regionOfEnvironment}.`,
    });
  }
  return problems;
}

/** The account could be read, or nothing would be said here at all. */
function unknownIdentity({ class: kind, code, message }: Failure): CheckProblem {
  const told = `${code}: ${message.replace(/\.$/, '')}`;
  if (kind === 'credentials') {
    return {
      severity: 'error',
      code: 'NOT_SIGNED_IN',
      data: { awsCode: code },
      message: `The identity service does not accept the credentials (${told}).`,
      next: 'Sign in, or set AWS_PROFILE, then check again.',
    };
  }
  return {
    severity: kind === 'unsupported' ? 'info' : 'warning',
    code: 'IDENTITY_UNKNOWN',
    data: { awsCode: code },
    message: `The identity service does not say who is signed in (${told}): approvals would need a reason.`,
    next: 'Check that sts:GetCallerIdentity can be reached from here; a recovery can start without.',
  };
}
