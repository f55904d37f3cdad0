import type { Advice } from '../advice.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { Problem, ProblemData } from './types.ts';

/** A problem of one planned resource. Equal ones of the members of a tag selector become one problem. */
export interface Finding<Code extends string = ProblemCode> {
  readonly severity: Problem['severity'];
  readonly code: Code;
  /** Id of the runbook's resource: the findings of its members become one problem. */
  readonly runbookId: string;
  /** Planned id. */
  readonly resource: string;
  readonly data: ProblemData;
  /** The rest of a sentence that begins with the resource. */
  readonly text: string;
  readonly next: Advice;
  /** The member with the largest one stands for all. */
  readonly weight: number;
}

const SEVERITIES: readonly Problem['severity'][] = ['error', 'warning', 'info'];
const NAMES_SHOWN = 5;

/** One problem for each code and runbook resource, the worst member as its example, errors first. */
export function gather<Code extends string>(findings: readonly Finding<Code>[]): readonly Problem<Code>[] {
  const groups = new Map<string, Finding<Code>[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.code} ${finding.runbookId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return bySeverity([...groups.values()].map(problemOf));
}

export function bySeverity<P extends Problem>(problems: readonly P[]): readonly P[] {
  return SEVERITIES.flatMap((severity) => problems.filter((problem) => problem.severity === severity));
}

function problemOf<Code extends string>(group: readonly Finding<Code>[]): Problem<Code> {
  const worst = group.reduce((left, right) => (right.weight > left.weight ? right : left));
  const { severity, code, data, next } = worst;
  const example = `${worst.resource} ${worst.text}`;
  if (group.length === 1) return { severity, code, resource: worst.resource, data, message: example, next };
  const others = group.filter((finding) => finding !== worst).map((finding) => finding.resource);
  return {
    ...{ severity, code, resource: worst.runbookId },
    data: { ...data, example: worst.resource, others },
    message: `${example} The same applies to ${listed(others)}.`,
    next,
  };
}

/** `a, b, c and 509 more`. */
export function listed(names: readonly string[], shown = NAMES_SHOWN): string {
  return names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}
