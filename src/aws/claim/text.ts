import type { RunMode } from '../../plan/types.ts';
import type { Claim } from '../../workflow/base/effects.ts';
import type { Instant } from '../../time.ts';
import { sanitise } from '../request-failures.ts';

/** A claim as it stands in the account. */
export interface HeldClaim extends Claim {
  /** The drill that it was taken from: told again when the answer was lost. */
  readonly preempted?: Claim;
}

const LONGEST_TAG_VALUE = 256;
const LONGEST_NAME = 200;
/** How much of a name a tag has room for: as much as fits. */
const NAME_BYTES = [96, 48, 24, 12, 0] as const;
const TAG_FORMAT = 1;

/** JSON of the claim, for a parameter. SSM refuses `{{`, which it takes for a reference. */
export function claimText({ preempted, ...claim }: HeldClaim): string {
  const plain = (one: Claim): Claim => ({
    ...one,
    by: one.by.slice(0, LONGEST_NAME),
    host: one.host.slice(0, LONGEST_NAME),
  });
  const whole = { ...(preempted !== undefined && { preempted: plain(preempted) }), ...plain(claim) };
  return JSON.stringify(whole).replace(/\{\{/g, '{\\u007b');
}

/** The claim in a parameter's value; `undefined` when it is none. */
export function parseClaimText(text: string): HeldClaim | undefined {
  const value = parsedJson(text);
  if (!isRecord(value)) return undefined;
  const claim = claimIn(value);
  const earlier = isRecord(value['preempted']) ? claimIn(value['preempted']) : undefined;
  return claim === undefined ? undefined : { ...claim, ...(earlier !== undefined && { preempted: earlier }) };
}

function claimIn(value: Readonly<Record<string, unknown>>): Claim | undefined {
  const { runId, runbook, mode, by, host, at, incidentAt, damagedAt } = value;
  return checked({ runId, runbook, mode, by, host, at, incidentAt, damagedAt });
}

/** Where else a claim stands whose tag says so. */
const WITH_PARAMETER = 'p';

/**
 * The essentials of a claim in at most 256 characters that every service takes in a tag. The operator and the host are cut as far as needed,
 * the run and the runbook never.
 *
 * @param hasParameter the claim is a parameter too
 */
export function claimTag(
  { runId, runbook, mode, by, host, at, incidentAt, damagedAt }: Claim,
  hasParameter = false,
): string {
  for (const longest of NAME_BYTES) {
    const parts = [
      // Names may be long, and a run's id mostly begins with that of its runbook: then its length tells it.
      ...[TAG_FORMAT, runId, runId.startsWith(runbook) ? runbook.length : runbook, mode],
      ...[at, incidentAt - at, damagedAt - at],
      // The end of an ARN names the identity, the beginning of a host's name the host.
      ...[lastBytes(by, longest), firstBytes(host, longest)],
      ...(hasParameter ? [WITH_PARAMETER] : []),
    ];
    const value = Buffer.from(JSON.stringify(parts)).toString('base64url');
    if (value.length <= LONGEST_TAG_VALUE) return value;
  }
  throw new Error(`the id of run ${runId} is too long for a tag`);
}

/** The claim in a tag's value; `undefined` when it is none. */
export function parseClaimTag(value: string): Claim | undefined {
  const [format, runId, named, mode, at, sinceIncident, sinceDamage, by, host] = tagParts(value);
  if (format !== TAG_FORMAT) return undefined;
  const runbook = typeof named === 'number' && isText(runId) ? runId.slice(0, named) : named;
  const incidentAt = sum(at, sinceIncident);
  return checked({ runId, runbook, mode, by, host, at, incidentAt, damagedAt: sum(at, sinceDamage) });
}

/** Does the tag say that its claim is a parameter too? */
export function tellsOfParameter(value: string): boolean {
  return tagParts(value)[9] === WITH_PARAMETER;
}

function tagParts(value: string): readonly unknown[] {
  if (!/^[A-Za-z0-9_-]+$/.test(value)) return [];
  const parts = parsedJson(Buffer.from(value, 'base64url').toString('utf8'));
  return Array.isArray(parts) ? parts : [];
}

/** A claim exists but cannot be read: report an unknown holder, from whom no run may take it. */
export function unknownHolder(runbook: string, at: Instant, why: string): Claim {
  const by = sanitise(`unknown: ${why}`);
  return {
    runId: 'unknown',
    runbook,
    mode: 'restore',
    by,
    host: 'unknown',
    at,
    incidentAt: at,
    damagedAt: at,
  };
}

function checked(claim: { readonly [Field in keyof Claim]: unknown }): Claim | undefined {
  const { runId, runbook, mode, by, host, at, incidentAt, damagedAt } = claim;
  if (!isText(runId) || runId === '' || !isText(runbook) || !isText(by) || !isText(host)) return undefined;
  if (!isInstant(at) || !isInstant(incidentAt) || !isInstant(damagedAt) || !isMode(mode)) return undefined;
  const told = { runId: sanitise(runId), runbook: sanitise(runbook), by: sanitise(by), host: sanitise(host) };
  return { ...told, mode, at, incidentAt, damagedAt };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Text that is not JSON is no claim; the caller reports that.
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isMode(value: unknown): value is RunMode {
  return value === 'restore' || value === 'drill';
}

/** What a Date can hold. */
function isInstant(value: unknown): value is Instant {
  return Number.isInteger(value) && Math.abs(value as number) <= 8.64e15;
}

function sum(one: unknown, other: unknown): unknown {
  return typeof one === 'number' && typeof other === 'number' ? one + other : undefined;
}

function firstBytes(text: string, longest: number): string {
  let short = text.slice(0, longest);
  while (Buffer.byteLength(short) > longest) short = short.slice(0, -1);
  return short.replace(/[\uD800-\uDBFF]$/, '');
}

function lastBytes(text: string, longest: number): string {
  let short = longest === 0 ? '' : text.slice(-longest);
  while (Buffer.byteLength(short) > longest) short = short.slice(1);
  return short.replace(/^[\uDC00-\uDFFF]/, '');
}
