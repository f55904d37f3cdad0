import { refusedParts, type RequestPart } from '../../facts/refusals.ts';
import type { MakeSpec, PlannedStrategy } from '../../plan/types.ts';
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
  const present = strategies[strategy];
  const others = strategies.map((other, index) => ({ other, index })).slice(strategy + 1);
  if (failure === undefined || present === undefined) return others[0]?.index;
  const isFinal = retryPolicy(failure.class) === undefined;
  // Two strategies got the same refusal, so what differs between them is not its cause, whatever the code means.
  if (isFinal && isSame(fallbacks.at(-1)?.reason, failure)) return undefined;
  const parts = refusedParts(failure.code, failure.message);
  if (parts.length === 0) return others[0]?.index;
  return others.find(({ other }) => parts.some((part) => differsIn(part, present, other)))?.index;
}

/** Whether a strategy was given up for the same answer of AWS. */
function isSame(reason: Reason | undefined, { code, message }: Failure): boolean {
  return reason?.code === 'aws' && reason.data.awsCode === code && reason.data.awsMessage === message;
}

function differsIn(part: RequestPart, one: PlannedStrategy, other: PlannedStrategy): boolean {
  return partOf(part, one.spec) !== partOf(part, other.spec);
}

/** One part of the request for `spec`, as text to compare. */
function partOf(part: RequestPart, spec: MakeSpec): string {
  switch (part) {
    case 'operation':
      return spec.kind === 'volume' ? 'volume' : 'snapshotId' in spec.from ? 'snapshot' : 'pointInTime';
    case 'source':
      return spec.kind === 'volume' ? spec.snapshotId : JSON.stringify(spec.from);
    case 'rate':
      return spec.kind === 'volume' ? String(spec.rateMiBps) : '';
    case 'settings':
      return settingsText(spec);
  }
}

/** Fields that are not settings, or not sent. */
const NO_SETTING: ReadonlySet<string> = new Set(['snapshotId', 'from', 'rateMiBps', 'fullSizeGiB', 'engine']);

function settingsText(spec: MakeSpec): string {
  const settings = Object.entries(spec).filter(([name]) => !NO_SETTING.has(name));
  return JSON.stringify(settings.sort(([one], [other]) => (one < other ? -1 : 1)));
}
