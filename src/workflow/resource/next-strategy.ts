import { refusedParts, type RequestPart } from '../../facts/refusals.ts';
import { courseOf } from '../../kinds/courses.ts';
import type { PlannedStrategy } from '../../plan/types.ts';
import type { Failure } from '../base/effects.ts';
import type { Reason } from '../base/reasons.ts';
import type { ResourceContext } from './resource-context.ts';
import { retryPolicy } from '../../facts/retries.ts';

type Standing = Pick<ResourceContext, 'spec' | 'strategy' | 'refusal' | 'fallbacks'>;

/**
 * The index of the next strategy to try; `undefined` when none is left. After a refused request, strategies are skipped that would send
 * the refused part unchanged: AWS would refuse it again, possibly hours later.
 */
export function nextStrategy(
  { spec, strategy, refusal, fallbacks }: Standing,
  failure: Failure | undefined = refusal,
): number | undefined {
  const { strategies } = spec;
  const current = strategies[strategy];
  const others = strategies.map((other, index) => ({ other, index })).slice(strategy + 1);
  if (failure === undefined || current === undefined) return others[0]?.index;
  const isFinal = retryPolicy(failure.class) === undefined;
  // Two strategies got the same refusal, so the parts in which they differ are not its cause.
  if (isFinal && isSame(fallbacks.at(-1)?.reason, failure)) return undefined;
  const parts = refusedParts(failure.code, failure.message);
  if (parts.length === 0) return others[0]?.index;
  return others.find(({ other }) => parts.some((part) => differsIn(part, spec.type, current, other)))?.index;
}

/** Whether a strategy was given up for the same answer of AWS. */
function isSame(reason: Reason | undefined, { code, message }: Failure): boolean {
  return reason?.code === 'aws' && reason.data.awsCode === code && reason.data.awsMessage === message;
}

/** Whether two strategies send different values in this part of the request. */
function differsIn(part: RequestPart, type: string, one: PlannedStrategy, other: PlannedStrategy): boolean {
  const { requestParts } = courseOf(type);
  return requestParts(one)[part] !== requestParts(other)[part];
}
