import { approvers, GATED, obstacles, obstacleText, type Gated, type Obstacle } from './openings.ts';
import type { RecoveryContext } from './recovery-context.ts';

/** A question to people: one of the approvals that a phase wants, or a manual step to be confirmed. */
export type Question = Extract<Obstacle, { kind: 'approvals' | 'manual' }>;

/** What questions follow from. */
export type Asking = Gated & Pick<RecoveryContext, 'asks'>;

/** The option of `approve` that names a question. */
export type QuestionOption = 'gate' | 'step';

/** What one person says: `gate` or `step` names the question; without either it is a plain approval. */
export interface Said {
  readonly by: string;
  readonly gate?: string;
  readonly step?: string;
}

/** The question that an approval answers, or why it answers none. */
export type Chosen =
  | { readonly question: Question; readonly refusal?: never }
  | { readonly refusal: string; readonly question?: never };

/** Every question without an answer yet, also those of later phases, in the order in which they are asked. Windows and freeze files ask nobody. */
export function openQuestions(context: Gated): readonly Question[] {
  return GATED.flatMap((phase) => questionsBefore(context, phase));
}

/** The questions that the run has reached and cannot go on without. */
export function askedNow(context: Asking): readonly Question[] {
  return context.asks ? questionsBefore(context, context.asks) : [];
}

function questionsBefore(context: Gated, phase: (typeof GATED)[number]): readonly Question[] {
  return obstacles(context, phase, 0).filter(
    (obstacle): obstacle is Question => obstacle.kind === 'approvals' || obstacle.kind === 'manual',
  );
}

/** Identifies a question within its run: the phase, or the id of the manual step. */
export function questionKey(question: Question): string {
  return question.kind === 'manual' ? question.gate.id : question.phase;
}

/** How `approve` names it: `--gate cutover`, `--step dns`. */
export function questionName(question: Question): {
  readonly option: QuestionOption;
  readonly name: string;
} {
  if (question.kind === 'approvals') return { option: 'gate', name: question.phase };
  return { option: 'step', name: shortName(question.gate.id) };
}

/** `cutover/manual/dns` is `dns`; a step without a name is its number. */
function shortName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** `--gate cutover (1 of 2 approval(s) before cutover)`, for people. */
export function questionText(question: Question): string {
  const { option, name } = questionName(question);
  return `--${option} ${name} (${obstacleText(question)})`;
}

/**
 * The question that an approval answers. A named one may also answer a question of a later phase. A plain one answers only what `now`
 * asks, `now` being what the driver wrote last: it never answers what is asked only once signals before it have been heard (`next`).
 * While approvals are asked for, the plain approval of a person who is not among the approvers means those, also when it comes too late.
 */
export function chooseQuestion(now: Asking, next: Asking, said: Said): Chosen {
  const chosen =
    said.gate === undefined && said.step === undefined ? plain(now, next, said.by) : named(now, next, said);
  if (chosen.question?.kind !== 'approvals') return chosen;
  const hasSpoken = approvers(next.approvals, chosen.question.phase).has(said.by);
  return hasSpoken ? { refusal: `${said.by} has approved already; another person must` } : chosen;
}

function plain(now: Asking, next: Asking, by: string): Chosen {
  const asked = askedNow(now);
  if (next.outcome === 'aborted' || asked.length === 0)
    return { refusal: withQuestions('no approval is waited for', now, next) };
  const stillOpen = new Map(openQuestions(next).map((question) => [questionKey(question), question]));
  const [first] = asked;
  const isLate =
    first?.kind === 'approvals' &&
    !stillOpen.has(first.phase) &&
    !approvers(next.approvals, first.phase).has(by);
  if (isLate)
    return { refusal: withQuestions(`the approvals before ${first.phase} are complete already`, now, next) };
  const open = asked.find((question) => stillOpen.has(questionKey(question)));
  const question = open === undefined ? undefined : stillOpen.get(questionKey(open));
  return question === undefined
    ? { refusal: withQuestions('all that was asked has been answered already', now, next) }
    : { question };
}

function named(now: Asking, next: Asking, { gate, step }: Said): Chosen {
  const option: QuestionOption = gate === undefined ? 'step' : 'gate';
  const name = gate ?? step ?? '';
  const id = next.gates.find((known) => isNamed(known.id, known.kind, option, name));
  const key = id === undefined ? undefined : id.kind === 'manual' ? id.id : id.before;
  if (key === undefined)
    return { refusal: withQuestions(`it has no ${option} '${name}' to approve`, now, next) };
  const question = openQuestions(next).find((open) => questionKey(open) === key);
  return question === undefined
    ? { refusal: withQuestions(`--${option} ${name} has been approved already`, now, next) }
    : { question };
}

/** A gate is named by its phase, each by its whole id, a manual step also by the last part of that. */
function isNamed(id: string, kind: string, option: QuestionOption, name: string): boolean {
  if (option === 'step') return kind === 'manual' && (name === id || name === shortName(id));
  return (kind === 'approvals' || kind === 'cost') && (name === id || name === id.split('/')[0]);
}

function withQuestions(refusal: string, now: Asking, next: Asking): string {
  const asked = new Set(askedNow(now).map(questionKey));
  const open = openQuestions(next);
  const listed = (what: string, isAsked: boolean): string => {
    const texts = open.filter((question) => asked.has(questionKey(question)) === isAsked).map(questionText);
    return texts.length === 0 ? '' : `; ${what}: ${texts.join('; ')}`;
  };
  return `${refusal}${listed('asked now', true)}${listed('asked later', false)}`;
}
