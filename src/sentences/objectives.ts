import { formatDuration } from '../time.ts';
import type { EventOf } from '../workflow/timeline/timeline.ts';

type Change = EventOf<'objective.rto'>['data'];

/** The new state of the RTO, and the resource and step that decide it. */
export function rtoText({ state, objectiveSeconds, elapsedSeconds, forecastSeconds, cause }: Change): string {
  const promised = formatDuration(objectiveSeconds);
  if (cause !== undefined && (cause.step === 'failed' || cause.step === 'halted')) {
    const why = stoppedText(cause);
    if (state !== 'breached') return `RTO at risk: no forecast, because ${why}; objective ${promised}`;
    return elapsedSeconds > objectiveSeconds
      ? `RTO breached: ${promised} have passed; no forecast, because ${why}`
      : `RTO will be missed: ${why}, and a drill does not retry; objective ${promised}`;
  }
  const because = cause === undefined ? '' : `; decided by ${cause.resource} (${cause.step})`;
  const end = forecastSeconds === null ? 'never' : formatDuration(forecastSeconds);
  switch (state) {
    case 'breached':
      return `RTO breached: ${promised} have passed; forecast ${end}${because}`;
    case 'at-risk':
      return forecastSeconds === null || forecastSeconds > objectiveSeconds
        ? `RTO will be missed: forecast ${end}, objective ${promised}${because}`
        : `RTO at risk: forecast ${end}, but the p90 exceeds ${promised}${because}`;
    case 'on-track':
      return `RTO on track: forecast ${end}, objective ${promised}`;
  }
}

/** The new state of the RPO. */
export function rpoText({ state, objectiveSeconds, elapsedSeconds, cause, oldest }: Change): string {
  const promised = formatDuration(objectiveSeconds);
  const age = formatDuration(elapsedSeconds);
  switch (state) {
    case 'at-risk':
      return `RPO at risk: ${stoppedText(cause)}, and its data is not back`;
    case 'breached':
      return `RPO missed: the recovery points lose ${age}, objective ${promised}; decided by ${oldest}`;
    case 'on-track':
      return `RPO on track: at most ${age} lost, objective ${promised}`;
  }
}

function stoppedText(
  { resource, step }: NonNullable<Change['cause']> = { resource: 'a resource', step: 'failed' },
): string {
  return step === 'halted' ? `${resource} waits for a decision` : `${resource} has failed`;
}
