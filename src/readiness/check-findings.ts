import type { Advice } from '../advice.ts';
import type { Place } from '../errors.ts';
import type { DocumentPath } from '../document/complaints.ts';
import type { Plan, Problem, ProblemData } from '../plan/types.ts';
import type { ParsedRunbook } from '../runbook/parse.ts';
import type { UnsupportedPart } from '../runbook/support.ts';
import { LINT_CODES } from './check-codes.ts';

/** A runbook with the plan that was made for it. */
export interface Planned {
  readonly source: ParsedRunbook;
  readonly unsupported: readonly UnsupportedPart[];
  readonly plan: Plan;
  /** Whether the plan restores every resource, however late. */
  readonly isFeasible: boolean;
}

/** One entry of `check --json`. */
export interface CheckFinding {
  readonly severity: Problem['severity'];
  readonly code: string;
  /** Planned resource or runbook resource; null for what concerns all. */
  readonly resource: string | null;
  /** The ids and figures of the message. */
  readonly data: ProblemData;
  readonly message: string;
  readonly next: Advice;
  readonly runbook: string;
  /** Where in the runbook, when it stands in a place of its own. */
  readonly at?: Place;
}

/** The findings about one runbook. `ready` is null when only the file was checked. */
export interface Checked {
  readonly file: string;
  readonly name: string;
  readonly ready: boolean | null;
  readonly findings: readonly CheckFinding[];
  /** Null when none was saved: the account is not ready, or only the file was checked. */
  readonly baseline: SavedBaseline | null;
}

/** Where the inventory of a ready account was saved. */
export interface SavedBaseline {
  readonly file: string;
  /** Only simulations read it. */
  readonly simulated: boolean;
}

/** The next step of a finding that needs none; the text output leaves it out. */
export const NOTHING_TO_DO = 'Nothing.';

/** Findings with the same code that are listed; the rest is counted. */
const MOST_OF_A_KIND = 20;
const SEVERITIES: readonly Problem['severity'][] = ['error', 'warning', 'info'];

/** Findings from the file alone: parts that this version does not execute. */
export function lintFindings(
  source: ParsedRunbook,
  unsupported: readonly UnsupportedPart[],
): readonly CheckFinding[] {
  return unsupported.map(({ path, part, effect, message, next }) => ({
    severity: effect === 'refused' ? 'error' : 'info',
    code: LINT_CODES[effect],
    resource: resourceAt(source, path),
    data: { part },
    message,
    next,
    runbook: source.runbook.name,
    at: source.placeOf(path),
  }));
}

/** Everything that would prevent or delay a recovery now, worst first; `checks` are the problems found beside the plan's. */
export function readinessFindings(
  { source, unsupported, plan }: Planned,
  checks: readonly Problem[],
): readonly CheckFinding[] {
  const runbook = source.runbook.name;
  const findings = [
    ...lintFindings(source, unsupported),
    ...[...plan.problems.filter((problem) => !isTold(problem, checks)), ...checks].map((problem) =>
      findingOf(problem, runbook),
    ),
  ];
  return SEVERITIES.flatMap((severity) =>
    fewOfAKind(findings.filter((finding) => finding.severity === severity)),
  );
}

/** A recovery point that is too old now is told as such, whatever the plan says of the same one. */
function isTold({ code, resource, data }: Problem, checks: readonly Problem[]): boolean {
  if (code !== 'RPO_MISSED') return false;
  return checks.some(
    (check) =>
      check.code === 'RECOVERY_POINT_TOO_OLD' &&
      check.resource === resource &&
      check.data?.['recoveryPoint'] === data?.['recoveryPoint'],
  );
}

/** Ready: a run would start, and would recover every resource within the RTO and the RPO. */
export function isReady({ plan, isFeasible, unsupported }: Planned, checks: readonly Problem[]): boolean {
  const wouldStart = unsupported.every(({ effect }) => effect !== 'refused');
  const isSound = checks.every(({ severity }) => severity !== 'error');
  return isFeasible && wouldStart && isSound && plan.meets.rto && plan.meets.rpo;
}

function findingOf(problem: Problem, runbook: string): CheckFinding {
  const { severity, code, resource = null, data = {}, message, next } = problem;
  return { severity, code, resource, data, message, next, runbook };
}

function fewOfAKind(findings: readonly CheckFinding[]): readonly CheckFinding[] {
  const groups = new Map<string, CheckFinding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.code);
    if (group === undefined) groups.set(finding.code, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= MOST_OF_A_KIND) return group;
    const shown = group.slice(0, MOST_OF_A_KIND - 1);
    const { severity, code, next, runbook } = first;
    const more = group.length - shown.length;
    const message = `And ${more} more of this kind.`;
    return [...shown, { severity, code, resource: null, data: { more }, message, next, runbook }];
  });
}

function resourceAt(source: ParsedRunbook, path: DocumentPath): string | null {
  const [first, index] = path;
  if (first !== 'resources' || typeof index !== 'number') return null;
  return source.runbook.resources[index]?.id ?? null;
}
