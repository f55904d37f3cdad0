import { DURATIONS, LOG_REPLAY_SPEEDUP, logSecondsBefore } from '../../../facts/durations.ts';
import type { DbInstance, DbSnapshot } from '../../../inventory/schema.ts';
import type { Instant } from '../../../time.ts';
import { sum, type Forecast } from '../../forecast.ts';
import { restoreSteps } from '../steps.ts';
import type { Strategy } from '../../strategy.ts';
import type { DatabaseSubject } from '../subject.ts';
import { offer, refuse } from '../../strategy.ts';

/** A new instance from the last automated backup, with the logs replayed up to an instant. */
export const pointInTime: Strategy<DatabaseSubject> = {
  name: 'point-in-time',
  propose(subject) {
    const way = subject.fromLogs;
    if ('why' in way) return refuse('point-in-time', way.why);
    const replay = replaySeconds(way.point.at, subject.snapshots, subject.source);
    return offer(
      {
        name: 'point-in-time',
        why: 'a new instance with the logs replayed; the least data lost without a replica',
        point: way.point,
        spec: way.spec,
        steps: restoreSteps(sum(DURATIONS.dbRestoreToPointInTime, replay), way.spec, subject.readyWhen),
      },
      { ...subject, copies: 1 },
    );
  },
};

/** Logs are replayed from the last automated backup before the point; a day of them where none is known. */
export function replaySeconds(
  at: Instant,
  snapshots: readonly DbSnapshot[],
  source: Pick<DbInstance, 'earliestRestorableTime'> | undefined,
): Forecast {
  const automated = snapshots.filter((snapshot) => snapshot.source === 'automated');
  const logSeconds = logSecondsBefore(
    at,
    automated.map((snapshot) => snapshot.at),
    source?.earliestRestorableTime,
  );
  return {
    p50Seconds: logSeconds / LOG_REPLAY_SPEEDUP.p50,
    p90Seconds: logSeconds / LOG_REPLAY_SPEEDUP.p90,
  };
}
