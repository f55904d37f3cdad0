import type { Finding } from '../../kinds/findings.ts';
import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import type { Failure } from '../base/effects.ts';
import { withoutSlots } from '../base/pending.ts';
import { copyNumbers, foundationOf, idOf, isCurrent, named } from './parts.ts';
import { strategyOf, type ResourceContext, type ResourceEvent } from './resource-context.ts';
import { slotOfStep, VERIFY_SLOT } from './walk.ts';

/**
 * Halts the resource and keeps its copies: they are usable, so an operator decides whether to correct, accept or delete them.
 * A second halt includes the differences of the first.
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

/** Whether a request changes or compares usable copies: none is sent while an operator decides. */
function isAboutUsable(context: ResourceContext, slot: string): boolean {
  if (slot === VERIFY_SLOT) return true;
  return strategyOf(context).steps.some(
    (step) =>
      step.makes === undefined && copyNumbers(context, step).some((copy) => slotOfStep(step, copy) === slot),
  );
}

/** Whether `findings` contains an equal finding: the same subject (thing and property) and the same message (both values). */
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

/** Ends the halt, so that all copies are verified again. */
export function recheck(context: ResourceContext, round: number, at: Instant): ResourceContext {
  return {
    ...context,
    round,
    halt: undefined,
    misses: 0,
    verified: false,
    // The time limits of loading and of a status start again. The last seen status is valid until the next sighting.
    parts: context.parts.map((part) => (part.stage === 'live' ? startedOver(part, at) : part)),
  };
}

function startedOver(part: Part, at: Instant): Part {
  const { available, hydrated } = part.at;
  if (available === undefined)
    return part.data.ailment === undefined ? part : { ...part, at: { ...part.at, made: at } };
  return hydrated === undefined ? { ...part, data: { ...part.data, progressAt: at } } : part;
}

/** Ends the halt by accepting its differences, as long as they do not change. */
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

/** The part with the milestones that count as reached because the operator accepted a difference instead. */
function acceptedPart(
  context: ResourceContext,
  part: Part,
  differences: readonly Finding[],
  at: Instant,
): Part {
  const foundation = foundationOf(context, part);
  const own = differences.filter(
    ({ data }) =>
      data !== undefined && (data.thing === idOf(part) || (foundation && data.thing === idOf(foundation))),
  );
  const open = strategyOf(context).steps.filter(
    (step) =>
      (step.makes?.role ?? step.on) === part.role &&
      part.at[step.until] === undefined &&
      own.some((finding) => standsFor(finding, part, step)),
  );
  const isAiling = own.some(({ code }) => code === 'status-not-available');
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

/** The step changes an existing part. */
function isChange({ operation, makes }: StrategyStep): boolean {
  return operation !== undefined && makes === undefined;
}

/** Whether accepting the finding completes the step. */
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

/** Whether all causes of the halt are resolved: the statuses are available, loading is complete. */
export function isCured({ halt: halted, parts }: ResourceContext): boolean {
  if (halted === undefined) return false;
  return halted.differences.every(({ code, data }) => {
    const part = parts.find((candidate) => isCurrent(candidate) && idOf(candidate) === data?.thing);
    if (code === 'status-not-available')
      return part?.at.available !== undefined && part.data.ailment === undefined;
    return code === 'hydration-stalled' && part?.at.hydrated !== undefined;
  });
}

function about(context: ResourceContext, part: Part, property: string): { subject: string; thing: string } {
  const id = idOf(part) ?? context.spec.id;
  return { subject: `${named(context, { type: part.type, id })}: ${property}`, thing: id };
}

export function statusDifference(context: ResourceContext, part: Part, status: string): Finding {
  const { subject, thing } = about(context, part, 'status');
  return {
    subject,
    message: `is ${status}, not available`,
    code: 'status-not-available',
    data: { thing, property: 'status', wanted: 'available', actual: status },
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

/** A step was refused or did not complete. If its part was not made, the finding names the part that it would be built on. */
export function stepDifference(
  context: ResourceContext,
  part: Part,
  { id: step, until }: StrategyStep,
  message: string,
): Finding {
  const subjectPart = part.thing === undefined ? (foundationOf(context, part) ?? part) : part;
  const { subject, thing } = about(context, subjectPart, step);
  return {
    subject,
    message,
    code: 'step-not-completed',
    data: { thing, property: step, wanted: until },
  };
}

export function stallDifference(context: ResourceContext, part: Part, progress: number): Finding {
  const { subject, thing } = about(context, part, 'loading');
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
