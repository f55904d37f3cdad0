import type { LiveModel, LiveResource } from '../../src/report/model/live-model.ts';
import { after, INCIDENT, RUN } from './fixtures.ts';

export function liveResource(id: string, rest: Partial<LiveResource> = {}): LiveResource {
  return {
    id,
    state: 'warming',
    strategy: 'provisioned-rate',
    percent: 50,
    readyAt: after(1_200),
    isReady: false,
    ...rest,
  };
}

export const READY: Partial<LiveResource> = {
  state: 'ready',
  percent: 100,
  readyAt: after(500),
  isReady: true,
};

/** Ten minutes into a restore, unless told otherwise. */
export function modelOf(rest: Partial<LiveModel> = {}): LiveModel {
  return {
    runId: RUN,
    runbook: 'orders',
    mode: 'restore',
    status: 'running',
    phase: 'warmup',
    incidentAt: INCIDENT,
    asOf: after(600),
    rto: { state: 'on-track', met: null, promisedSeconds: 7_200, forecastSeconds: 1_500 },
    rpo: { state: 'on-track', met: null, promisedSeconds: 7_200, forecastSeconds: 3_600 },
    phases: [
      { name: 'preflight', state: 'done', startedAt: INCIDENT, endedAt: after(5) },
      { name: 'restore', state: 'now', startedAt: after(60) },
      { name: 'warmup', state: 'now', startedAt: after(300) },
      { name: 'verify', state: 'to-come' },
      { name: 'cleanup', state: 'to-come' },
    ],
    resources: [liveResource('orders-db', READY), liveResource('events/vol-1'), liveResource('events/vol-2')],
    waits: [],
    ways: [],
    timeline: [],
    ...rest,
  };
}
