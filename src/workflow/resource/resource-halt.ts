import type { Instant } from '../../time.ts';
import type { Failure, Finding, FindingCode } from '../base/effects.ts';
import { withoutSlots } from '../base/pending.ts';
import type { Make, ResourceContext, ResourceEvent } from './resource-context.ts';

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
    pending: withoutSlots(context.pending, (slot) => slot === 'settings' || slot === 'verify'),
  };
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
    makes: context.makes.map((make) => ({
      ...make,
      ...(make.hydratedAt === undefined && make.availableAt !== undefined && { progressAt: at }),
      ...(make.availableAt === undefined && make.ailment !== undefined && { createdAt: at }),
    })),
  };
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
    makes: context.makes.map((make) => acceptedMake(make, differences, at)),
  };
}

function acceptedMake(make: Make, differences: readonly Finding[], at: Instant): Make {
  const has = (wanted: FindingCode): Finding | undefined =>
    differences.find(({ code, data }) => code === wanted && data?.thing === make.id);
  const [ailing, unset, stalled] = [
    has('status-not-available'),
    has('settings-not-given'),
    has('hydration-stalled'),
  ];
  const refusal = unset ?? ailing;
  return {
    ...make,
    ...(ailing !== undefined && {
      availableAt: make.availableAt ?? at,
      ...(make.ailment !== undefined && { acceptedAilment: make.ailment }),
    }),
    ...(refusal !== undefined &&
      make.settingsGiven !== true && { settingsGiven: true, settingsRefused: true as const }),
    ...((ailing ?? stalled) !== undefined && { hydratedAt: make.hydratedAt ?? at }),
  };
}

/** All causes of the halt have been resolved, by time or by an operator in the account. */
export function isCured({ halt: halted, makes }: ResourceContext): boolean {
  if (halted === undefined) return false;
  return halted.differences.every(({ code, data }) => {
    const make = makes.find(({ id }) => id === data?.thing);
    if (code === 'status-not-available') return make?.availableAt !== undefined && make.ailment === undefined;
    return code === 'hydration-stalled' && make?.hydratedAt !== undefined;
  });
}

export function statusDifference(id: string, status: string): Finding {
  return {
    subject: `DB instance ${id}: status`,
    message: `is ${status}, not available`,
    code: 'status-not-available',
    data: { thing: id, property: 'status', wanted: 'available', actual: status },
  };
}

export function settingsDifference(id: string, why: string, failure?: Failure): Finding {
  return {
    subject: `DB instance ${id}: settings`,
    message: `could not be given back: ${why}`,
    code: 'settings-not-given',
    data: { thing: id, ...(failure !== undefined && { awsCode: failure.code }) },
  };
}

export function stallDifference(id: string, progress: number): Finding {
  return {
    subject: `DB instance ${id}: loading`,
    message: `has stopped at ${progress} %`,
    code: 'hydration-stalled',
    data: { thing: id, property: 'loading', wanted: '100 %', actual: `${progress} %` },
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
