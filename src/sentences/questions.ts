import { formatDuration, formatInstant, SECOND_MS } from '../time.ts';
import type { Finding } from '../workflow/base/effects.ts';
import type { Obstacle } from '../workflow/recovery/obstacles.ts';
import {
  isClockStep,
  questionName,
  resourceOfDifference,
  shortName,
  type Question,
  type Refusal,
} from '../workflow/recovery/questions.ts';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/** What a phase waits for: `0 of 2 approvals given before restore`. */
export function obstacleText(obstacle: Obstacle): string {
  const { phase } = obstacle;
  switch (obstacle.kind) {
    case 'approvals': {
      const { given, of, why } = obstacle;
      return `${given} of ${of} approvals given before ${phase}${why === undefined ? '' : ` (${why})`}`;
    }
    case 'manual':
      return `manual step before ${phase}: ${obstacle.instructions}`;
    case 'window':
      return `change window before ${phase} (${obstacle.window}) opens ${formatInstant(obstacle.opensAt)}`;
    case 'freeze':
      return `freeze before ${phase}: ${frozenText(obstacle)}`;
  }
}

/** Why a freeze file stops the run. */
export function frozenText({ file, errno }: Frozen): string {
  return errno === undefined ? `${file} exists` : `${file} cannot be read (${errno})`;
}

/** The differences of a halted resource in one line. */
export function differenceText({ differences }: { readonly differences: readonly Finding[] }): string {
  return differences.map(({ subject, message }) => `${subject} ${message}`).join('; ');
}

/** What an approval was given for: `before cutover`, `before cutover/manual/dns`, `accepted events as it is`. */
export function approvedText({
  gate,
  step,
}: {
  readonly gate: string;
  readonly step?: string | null;
}): string {
  if (step == null) return `before ${gate}`;
  const accepted = resourceOfDifference(step);
  if (accepted !== undefined) return `accepted ${accepted} as it is`;
  return isClockStep(step) ? `counted the jump ${shortName(step)} of the clock` : `before ${step}`;
}

/** `--gate cutover (0 of 2 approvals given before cutover)`. */
function questionText(question: Question): string {
  const { option, name } = questionName(question);
  return `--${option} ${name} (${questionAbout(question)})`;
}

function questionAbout(question: Question): string {
  switch (question.kind) {
    case 'difference':
      return `accept that ${differenceText(question)}`;
    case 'clock':
      return `count the ${formatDuration(question.ms / SECOND_MS)} by which the clock jumped`;
    default:
      return obstacleText(question);
  }
}

/** Why an approval answers no question, with the questions that are open. */
export function refusalText(refusal: Refusal): string {
  const listed = (what: string, questions: readonly Question[]): string =>
    questions.length === 0 ? '' : `; ${what}: ${questions.map(questionText).join('; ')}`;
  return `${whyRefused(refusal)}${listed('asked now', refusal.asked)}${listed('asked later', refusal.later)}`;
}

function whyRefused(refusal: Refusal): string {
  switch (refusal.code) {
    case 'has-approved':
      return `${refusal.by} has already approved; another person must approve`;
    case 'nothing-asked':
      return 'the run does not wait for an approval';
    case 'all-answered':
      return 'every question has already been answered';
    case 'complete':
      return `the approvals before ${refusal.phase} are already complete`;
    case 'unknown':
      return `the run has no ${refusal.option} '${refusal.name}' to approve`;
    case 'answered':
      return `--${refusal.option} ${refusal.name} has already been approved`;
  }
}
