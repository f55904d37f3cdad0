import { approvers, GATED, obstacles, type Gated, type Obstacle } from './obstacles.ts';
import type { ClockJump, HaltedResource, RecoveryContext } from './recovery-context.ts';

/** Whether to accept a halted resource as it is. Only an approval that names the question answers it, never a plain one. */
export interface DifferenceQuestion extends HaltedResource {
  readonly kind: 'difference';
  /** The phase that cannot be reached without an answer. */
  readonly phase: 'cutover';
}

/** A question before a phase: one of the approvals that it wants, or a manual step to be confirmed. */
type PhaseQuestion = Extract<Obstacle, { kind: 'approvals' | 'manual' }>;

/** Whether the time of an uncounted clock jump has passed. The run does not wait for an answer. */
export interface ClockQuestion extends ClockJump {
  readonly kind: 'clock';
  readonly phase: 'cutover';
}

/** A question to operators. */
export type Question = PhaseQuestion | DifferenceQuestion | ClockQuestion;

/** The state that questions are derived from. */
export type Asking = Gated & Pick<RecoveryContext, 'asks' | 'halts' | 'clock'>;

/** The option of `approve` that names a question. */
export type QuestionOption = 'gate' | 'step';

/** An approval: `gate` or `step` names the question; without either it is a plain approval. */
export interface Said {
  readonly by: string;
  readonly gate?: string;
  readonly step?: string;
}

/** Why an approval answers no question. `asked` and `later` are the questions that are open. */
export type Refusal = (
  | { readonly code: 'has-approved'; readonly by: string }
  | { readonly code: 'nothing-asked' | 'all-answered' }
  | { readonly code: 'complete'; readonly phase: string }
  | { readonly code: 'unknown' | 'answered'; readonly option: QuestionOption; readonly name: string }
) & { readonly asked: readonly Question[]; readonly later: readonly Question[] };

/** The question that an approval answers, or why it answers none. */
export type Chosen =
  | { readonly question: Question; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly question?: never };

/** Every question without an answer yet, also those of later phases, in the order in which they are asked. Windows and freeze files ask no person. */
export function openQuestions(context: Asking): readonly Question[] {
  return [
    ...openDifferences(context),
    ...openJumps(context),
    ...GATED.flatMap((phase) => questionsBefore(context, phase)),
  ];
}

/** Halted resources on which no operator has decided. */
export function openDifferences({ halts = [], approvals, outcome }: Asking): readonly DifferenceQuestion[] {
  if (outcome === 'aborted') return [];
  return halts
    .filter(({ resource, number }) => !approvals.some(({ step }) => step === differenceKey(resource, number)))
    .map((halt) => ({ ...halt, kind: 'difference', phase: 'cutover' }));
}

function openJumps({ clock, approvals }: Asking): readonly ClockQuestion[] {
  return (clock?.jumps ?? [])
    .filter((jump) => !jump.isCounted && !isConfirmed(jump, approvals))
    .map((jump) => ({ ...jump, kind: 'clock', phase: 'cutover' }));
}

/** An operator has confirmed that the time of a jump has passed. */
export function isConfirmed(
  { number }: Pick<ClockJump, 'number'>,
  approvals: RecoveryContext['approvals'],
): boolean {
  return approvals.some(({ step }) => step === clockKey(number));
}

/** Whether a step confirms a jump of the clock. */
export function isClockStep(step: string): boolean {
  return step.startsWith(CLOCK);
}

const CLOCK = 'clock/';

function clockKey(number: number): string {
  return `${CLOCK}${number}`;
}

const DIFFERENCE = 'difference/';

/** Identifies a halt within the run: a later halt of the same resource is another question. */
export function differenceKey(resource: string, number: number): string {
  return `${DIFFERENCE}${resource}/${number}`;
}

/** The resource of a {@link differenceKey}; `undefined` for any other step. */
export function resourceOfDifference(step: string): string | undefined {
  return step.startsWith(DIFFERENCE) ? step.slice(DIFFERENCE.length, step.lastIndexOf('/')) : undefined;
}

/** The questions that the run has reached and cannot go on without. */
export function askedNow(context: Asking): readonly PhaseQuestion[] {
  return context.asks ? questionsBefore(context, context.asks) : [];
}

function questionsBefore(context: Gated, phase: (typeof GATED)[number]): readonly PhaseQuestion[] {
  return obstacles(context, phase, 0).filter(
    (obstacle): obstacle is PhaseQuestion => obstacle.kind === 'approvals' || obstacle.kind === 'manual',
  );
}

/** Identifies a question within its run: the phase, or the id of the manual step. */
export function questionKey(question: Question): string {
  if (question.kind === 'difference') return differenceKey(question.resource, question.number);
  if (question.kind === 'clock') return clockKey(question.number);
  return question.kind === 'manual' ? question.gate : question.phase;
}

/** How `approve` names it: `--gate cutover`, `--step dns`. */
export function questionName(question: Question): {
  readonly option: QuestionOption;
  readonly name: string;
} {
  if (question.kind === 'approvals') return { option: 'gate', name: question.phase };
  if (question.kind === 'difference') return { option: 'step', name: question.resource };
  if (question.kind === 'clock') return { option: 'step', name: clockKey(question.number) };
  return { option: 'step', name: shortName(question.gate) };
}

/** `cutover/manual/dns` is `dns`; a step without a name is its number. */
export function shortName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/**
 * The question that an approval answers. A named one may also answer a question of a later phase. A plain one answers only what `now`
 * asks, `now` being the state that the driver wrote last: it never answers a question that opens only after earlier signals are applied (`next`).
 * While approvals are asked for, the plain approval of a person who is not among the approvers means those, also when it comes too late.
 */
export function chooseQuestion(now: Asking, next: Asking, said: Said): Chosen {
  const chosen =
    said.gate === undefined && said.step === undefined ? plain(now, next, said.by) : named(now, next, said);
  if (chosen.question?.kind !== 'approvals') return chosen;
  const hasSpoken = approvers(next.approvals, chosen.question.phase).has(said.by);
  return hasSpoken ? { refusal: { code: 'has-approved', by: said.by, asked: [], later: [] } } : chosen;
}

function plain(now: Asking, next: Asking, by: string): Chosen {
  const asked = askedNow(now);
  if (next.outcome === 'aborted' || asked.length === 0)
    return { refusal: { code: 'nothing-asked', ...stillOpen(now, next) } };
  const unanswered = new Map(openQuestions(next).map((question) => [questionKey(question), question]));
  const [first] = asked;
  const isLate =
    first?.kind === 'approvals' &&
    !unanswered.has(first.phase) &&
    !approvers(next.approvals, first.phase).has(by);
  if (isLate) return { refusal: { code: 'complete', phase: first.phase, ...stillOpen(now, next) } };
  const open = asked.find((question) => unanswered.has(questionKey(question)));
  const question = open === undefined ? undefined : unanswered.get(questionKey(open));
  return question === undefined
    ? { refusal: { code: 'all-answered', ...stillOpen(now, next) } }
    : { question };
}

function named(now: Asking, next: Asking, { gate, step }: Said): Chosen {
  const difference = openDifferences(next).find(
    (open) => step !== undefined && (step === open.resource || step === questionKey(open)),
  );
  if (difference !== undefined) return { question: difference };
  const jump = openJumps(next).find((open) => step === questionKey(open));
  if (jump !== undefined) return { question: jump };
  const option: QuestionOption = gate === undefined ? 'step' : 'gate';
  const name = gate ?? step ?? '';
  const id = next.gates.find((known) => isNamed(known.id, known.kind, option, name));
  const key = id === undefined ? undefined : id.kind === 'manual' ? id.id : id.before;
  if (key === undefined) return { refusal: { code: 'unknown', option, name, ...stillOpen(now, next) } };
  const question = openQuestions(next).find((open) => questionKey(open) === key);
  return question === undefined
    ? { refusal: { code: 'answered', option, name, ...stillOpen(now, next) } }
    : { question };
}

/** A gate is named by its phase, each by its whole id, a manual step also by the last part of that. */
function isNamed(id: string, kind: string, option: QuestionOption, name: string): boolean {
  if (option === 'step') return kind === 'manual' && (name === id || name === shortName(id));
  return (kind === 'approvals' || kind === 'cost') && (name === id || name === id.split('/')[0]);
}

/** The open questions: those that the run asks now, and those that it asks later. */
function stillOpen(now: Asking, next: Asking): Pick<Refusal, 'asked' | 'later'> {
  const keys = new Set([...openDifferences(next), ...openJumps(next), ...askedNow(now)].map(questionKey));
  const open = openQuestions(next);
  const isAsked = (question: Question): boolean => keys.has(questionKey(question));
  return { asked: open.filter(isAsked), later: open.filter((question) => !isAsked(question)) };
}
