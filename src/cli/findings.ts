import type { Place } from '../errors.ts';
import type { DocumentPath } from '../document/complaints.ts';
import type { Problem } from '../plan/types.ts';
import type { UnsupportedPart } from '../runbook/support.ts';
import type { Preparation, RunbookFile } from './prepare.ts';

/** One entry of `check --json`. */
export interface CheckFinding {
  readonly severity: Problem['severity'];
  readonly code: string;
  /** Planned resource or runbook resource; null for what concerns all. */
  readonly resource: string | null;
  readonly message: string;
  readonly next: string;
  readonly runbook: string;
  /** Where in the runbook, when it stands in a place of its own. */
  readonly at?: Place;
}

/** What was found about one runbook. `ready` is null when nothing but the file was looked at. */
export interface Checked {
  readonly file: string;
  readonly name: string;
  readonly ready: boolean | null;
  readonly findings: readonly CheckFinding[];
}

/** What the file alone tells: parts that this version does not carry out. */
export function lintFindings(
  source: RunbookFile,
  unsupported: readonly UnsupportedPart[],
): readonly CheckFinding[] {
  return unsupported.map(({ path, effect, message, next }) => ({
    severity: effect === 'refused' ? 'error' : 'info',
    code: effect === 'refused' ? 'NOT_YET_SUPPORTED' : 'NOT_EXERCISED',
    resource: resourceAt(source, path),
    message,
    next,
    runbook: source.runbook.name,
    at: source.placeOf(path),
  }));
}

/** All that stands in the way of a recovery now, worst first. */
export function readinessFindings(preparation: Preparation): readonly CheckFinding[] {
  const { source, unsupported, plan } = preparation;
  const runbook = source.runbook.name;
  const findings = [
    ...lintFindings(source, unsupported),
    ...plan.problems.map((problem) => findingOf(problem, runbook)),
    ...goneFindings(preparation, runbook),
  ];
  const order = ['error', 'warning', 'info'];
  return findings.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}

/** Ready: everything can be brought back, by a run that would start, within what was promised. */
export function isReady({ plan, isFeasible, unsupported }: Preparation): boolean {
  const wouldStart = unsupported.every(({ effect }) => effect !== 'refused');
  return isFeasible && wouldStart && plan.meets.rto && plan.meets.rpo;
}

function findingOf({ severity, code, resource, message, next }: Problem, runbook: string): CheckFinding {
  return { severity, code, resource: resource ?? null, message, next, runbook };
}

/** In quiet times a source that is gone is news, whether it can be recovered or not. */
function goneFindings({ membership }: Preparation, runbook: string): readonly CheckFinding[] {
  return membership.members
    .filter(({ gone }) => gone)
    .map(({ planId, sourceId }) => ({
      severity: 'warning',
      code: 'SOURCE_GONE',
      resource: planId,
      message: `${sourceId} does not exist any more; only its backups or the baseline know of it.`,
      next: 'Recover it; or, if it was removed on purpose, remove its backups and check again with --no-baseline.',
      runbook,
    }));
}

function resourceAt(source: RunbookFile, path: DocumentPath): string | null {
  const [first, index] = path;
  if (first !== 'resources' || typeof index !== 'number') return null;
  return source.runbook.resources[index]?.id ?? null;
}
