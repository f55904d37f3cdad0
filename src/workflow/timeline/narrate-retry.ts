import { requestOf, type Failure } from '../base/effects.ts';
import type { Pending } from '../base/pending.ts';
import type { TimelineEvent } from './timeline.ts';

/** Later attempts are not reported: during throttling or an outage they would flood the timeline. */
const ATTEMPTS_TOLD = 3;

/** The effect that is sent again because of `failure`, if there is one and its attempt is among the first. */
export function retryEvent(
  was: Pending | undefined,
  pending: Pending,
  failure: Failure,
): readonly TimelineEvent[] {
  const known = new Set(Object.values(was ?? {}).map(({ id }) => id));
  const again = Object.values(pending).find(({ id, attempt }) => attempt > 1 && !known.has(id));
  if (again === undefined || again.attempt > ATTEMPTS_TOLD) return [];
  const { class: kind, code, message } = failure;
  const { attempt } = again;
  const request = requestOf(again);
  return [
    { code: 'fault.retry', data: { request, class: kind, awsCode: code, awsMessage: message, attempt } },
  ];
}
