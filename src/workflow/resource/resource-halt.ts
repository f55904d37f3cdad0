import type { Finding } from '../../kinds/findings.ts';
import type { Loss } from '../../kinds/losses.ts';
import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import type { Failure } from '../base/effects.ts';
import { withoutSlots } from '../base/pending.ts';
import { foundationOf, idOf, isCurrent, named } from './parts.ts';
import { strategyOf, type ResourceContext, type ResourceEvent } from './resource-context.ts';
import { slotOfStep, VERIFY_SLOT } from './walk.ts';

/**
 * Halts the resource and keeps its copies: they are usable, so only an operator decides whether to correct, accept or delete them.
 * A halt during another one includes the earlier differences.
 */
export function halt(context: ResourceContext, found: readonly Finding[], at: Instant): ResourceContext {
  const number = (context.halts ?? 0) + 1;
  const known = context.halt?.differences ?? [];
  const differences = [...known, ...found.filter((finding) => !isAmong(known, finding))];
  return {
    ...context,
    halt: { number, at, differences },
    halts: number,
    verified: false,
    pending: withoutSlots(context.pending, (slot) => isAboutUsable(context, slot)),
  };
}

/** Requests that only change or compare what is usable: none is sent while an operator decides. */
function isAboutUsable(context: ResourceContext, slot: string): boolean {
  if (slot === VERIFY_SLOT) return true;
  const copies = Array.from({ length: context.spec.copies }, (_, copy) => copy);
  return strategyOf(context).steps.some(
    (step) => step.makes === undefined && copies.some((copy) => slotOfStep(step, copy) === slot),
  );
}

/** Whether `findings` has this one already; findings are equal if thing, property and both values are. */
export function isAmong(findings: readonly Finding[], { subject, message }: Finding): boolean {
  return findings.some((other) => other.subject === subject && other.message === message);
}

/** Findings that no operator has accepted yet. */
export function unaccepted(
  { accepted = [] }: ResourceContext,
  findings: readonly Finding[],
): readonly Finding[] {
  const known = accepted.flatMap(({ differences }) => differences);
  return findings.filter((finding) => !isAmong(known, finding));
}

/** Verifies all copies again. */
export function recheck(context: ResourceContext, round: number, at: Instant): ResourceContext {
  return {
    ...context,
    round,
    halt: undefined,
    misses: 0,
    verified: false,
    // The time limits of loading and of a status start over; until the next sighting, the last seen status is valid.
    parts: context.parts.map((part) => (part.stage === 'live' ? startedOver(part, at) : part)),
  };
}

function startedOver(part: Part, at: Instant): Part {
  const { available, hydrated } = part.at;
  if (available === undefined)
    return part.data.ailment === undefined ? part : { ...part, at: { ...part.at, made: at } };
  return hydrated === undefined ? { ...part, data: { ...part.data, progressAt: at } } : part;
}

/** The differences of the halt are accepted from now on, as long as they do not change. */
export function accept(
  context: ResourceContext,
  { at, by, round }: Extract<ResourceEvent, { type: 'ACCEPT' }>,
): ResourceContext {
  const { halt: halted, accepted = [] } = context;
  if (halted === undefined) return context;
  const { differences } = halted;
  return {
    ...context,
    round,
    halt: undefined,
    accepted: [...accepted, { at, by, differences }],
    verified: differences.some(({ code }) => code === 'not-verified'),
    parts: context.parts.map((part) =>
      isCurrent(part) && part.use === 'result' ? acceptedPart(context, part, differences, at) : part,
    ),
  };
}

/** Milestones that an accepted difference stands for; of a status that is accepted all of the part's own. */
function acceptedPart(
  context: ResourceContext,
  part: Part,
  differences: readonly Finding[],
  at: Instant,
): Part {
  const foundation = foundationOf(context, part);
  const about = differences.filter(
    ({ data }) =>
      data !== undefined && (data.thing === idOf(part) || (foundation && data.thing === idOf(foundation))),
  );
  const own = strategyOf(context).steps.filter(({ makes, on }) => (makes?.role ?? on) === part.role);
  const open = own.filter(
    (step) => part.at[step.until] === undefined && about.some((finding) => standsFor(finding, part, step)),
  );
  const isAiling = about.some(({ code }) => code === 'status-not-available');
  const { ailment } = part.data;
  if (open.length === 0 && !isAiling) return part;
  return {
    ...part,
    at: { ...part.at, ...Object.fromEntries(open.map(({ until }) => [until, at])) },
    data: {
      ...part.data,
      ...(isAiling && ailment !== undefined && { acceptedAilment: ailment }),
      ...(open.some(isChange) && { refused: true as const }),
    },
  };
}

/** The step only changes what is there. */
function isChange({ operation, makes }: StrategyStep): boolean {
  return operation !== undefined && makes === undefined;
}

function standsFor({ code, data }: Finding, part: Part, step: StrategyStep): boolean {
  const isOwn = data?.thing === idOf(part);
  switch (code) {
    case 'status-not-available':
      return isOwn;
    case 'settings-not-given':
      return isOwn && isChange(step);
    case 'hydration-stalled':
      return isOwn && step.operation === undefined;
    case 'step-not-completed':
      return data?.property === step.id;
    default:
      return false;
  }
}

/** All causes of the halt have been resolved, by time or by an operator in the account. */
export function isCured({ halt: halted, parts }: ResourceContext): boolean {
  if (halted === undefined) return false;
  return halted.differences.every(({ code, data }) => {
    const part = parts.find((candidate) => isCurrent(candidate) && idOf(candidate) === data?.thing);
    if (code === 'status-not-available')
      return part?.at.available !== undefined && part.data.ailment === undefined;
    return code === 'hydration-stalled' && part?.at.hydrated !== undefined;
  });
}

function subjectOf(context: ResourceContext, part: Part, what: string): { subject: string; thing: string } {
  const id = idOf(part) ?? context.spec.id;
  return { subject: `${named(context, { type: part.type, id })}: ${what}`, thing: id };
}

export function statusDifference(context: ResourceContext, part: Part, status: string): Finding {
  const { subject, thing } = subjectOf(context, part, 'status');
  return {
    subject,
    message: `is ${status}, not available`,
    code: 'status-not-available',
    data: { thing, property: 'status', wanted: 'available', actual: status },
  };
}

/** After an operation that cannot be taken back, a thing that no longer works is kept too. */
export function lostDifference(context: ResourceContext, part: Part, { code, data }: Loss): Finding {
  const { subject, thing } = subjectOf(context, part, 'status');
  const actual = 'status' in data ? data.status : code;
  return {
    subject,
    message: `is ${actual}, not available`,
    code: 'status-not-available',
    data: { thing, property: 'status', wanted: 'available', actual },
  };
}

export function settingsDifference(
  context: ResourceContext,
  id: string,
  why: string,
  failure?: Failure,
): Finding {
  const type = context.parts.find((part) => idOf(part) === id)?.type ?? '';
  return {
    subject: `${named(context, { type, id })}: settings`,
    message: `could not be given back: ${why}`,
    code: 'settings-not-given',
    data: { thing: id, ...(failure !== undefined && { awsCode: failure.code }) },
  };
}

/** A step was refused or did not complete. Where its part was not made, the finding is about what it would be built on. */
export function stepDifference(
  context: ResourceContext,
  part: Part,
  { id: step, until }: StrategyStep,
  message: string,
): Finding {
  const about = part.thing === undefined ? (foundationOf(context, part) ?? part) : part;
  const { subject, thing } = subjectOf(context, about, step);
  return {
    subject,
    message,
    code: 'step-not-completed',
    data: { thing, property: step, wanted: until },
  };
}

export function stallDifference(context: ResourceContext, part: Part, progress: number): Finding {
  const { subject, thing } = subjectOf(context, part, 'loading');
  return {
    subject,
    message: `has stopped at ${progress} %`,
    code: 'hydration-stalled',
    data: { thing, property: 'loading', wanted: '100 %', actual: `${progress} %` },
  };
}

/** The copies could not be compared with the request. */
export function unverified(ids: readonly string[], failure: Failure): readonly Finding[] {
  return ids.map((id) => ({
    subject: `${id}: configuration`,
    message: `could not be verified: ${failure.code}: ${failure.message}`,
    code: 'not-verified',
    data: { thing: id, awsCode: failure.code },
  }));
}
