import { count, field, optional, text, type Coded, type Declared } from '../../coded.ts';
import type { RunMode } from '../../plan/types.ts';
import type { Claim, Failure, Finding } from './effects.ts';

interface Halted {
  readonly resource: string;
  readonly differences: readonly Finding[];
}

const awsFailure = {
  awsCode: text("AWS's error code."),
  awsMessage: text("AWS's error message."),
};
const holder = {
  holder: field<Claim>('claim', 'The claim of the other run.'),
  seconds: count('Since the other run was started.'),
};
const given = { by: text('Who gave the signal.'), reason: optional(text('Why.')) };

function why<const D extends Declared['data']>(about: string, data: D) {
  return { about, data } as const;
}

/** Why something cannot go on or was given up. Sentences about it are in `src/sentences`. */
export const REASONS = {
  'request-failed': why('A request of the run itself failed for good.', {
    request: text('The request.'),
    ...awsFailure,
  }),
  claimed: why('Another run recovers the runbook.', holder),
  preempted: why('A restore took the runbook from this drill.', holder),
  'backup-unusable': why('A backup that the plan relies on cannot be used.', {
    finding: field<Finding>('finding', 'What is wrong with it.'),
  }),
  'not-recovered': why('Resources failed or wait for a decision.', {
    mode: field<RunMode>('drill or restore', 'The mode of the run.'),
    failed: count('Resources that failed.'),
    total: count('Resources of the run.'),
    halts: field<readonly Halted[]>('list of halted resources', 'Those that wait for a decision.'),
  }),
  rejected: why('An approver rejected the run.', given),
  aborted: why('An operator aborted the run.', given),
  silence: why('AWS has not answered for too long.', { seconds: count('For how long.'), ...awsFailure }),
  'backfill-stuck': why('The backfill cannot go on without an operator.', {
    message: text('What stops it.'),
  }),
  /** Of journals that kept sentences instead of data. */
  stated: why('A reason that an older version wrote as a sentence.', { message: text('The sentence.') }),
} as const satisfies Readonly<Record<string, Declared>>;

export type Reason = Coded<typeof REASONS>;

/** A failure of AWS as data of a reason or an entry. */
export function awsFailureOf({ code, message }: Failure): { awsCode: string; awsMessage: string } {
  return { awsCode: code, awsMessage: message };
}
