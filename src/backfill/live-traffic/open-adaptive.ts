import { performance } from 'node:perf_hooks';
import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import { createAdaptiveRate, type AdaptiveRate } from '../control/adaptive.ts';
import type { BackfillLog } from '../base/tools.ts';
import { openTrafficSignal } from './traffic-signal.ts';
import { watchOwnHealth } from './own-health.ts';

export interface AdaptiveOptions {
  readonly log: BackfillLog;
  /** Of CloudWatch. */
  readonly region?: string;
}

/** An adaptive rate with all that feeds it. */
export interface OpenAdaptive {
  readonly governor: AdaptiveRate;
  /** Lets go of the live signal and of its timers. */
  close(): Promise<void>;
}

/** Creates the adaptive rate of a replay and feeds it, by `performance.now()`, with the declared live signal and the health of this process. */
export async function openAdaptive(
  settings: Pick<ReplaySettings, 'live' | 'maxRate' | 'connections'>,
  { log, region }: AdaptiveOptions,
): Promise<OpenAdaptive> {
  const { live, maxRate, connections } = settings;
  const end = new AbortController();
  const signal =
    live === undefined
      ? undefined
      : await openTrafficSignal(live, { log, signal: end.signal, ...(region !== undefined && { region }) });
  const governor = createAdaptiveRate({
    connections,
    errorRatePercent: live?.errorRate ?? 1,
    ...(live?.p99 !== undefined && { p99Seconds: live.p99 }),
    ...(maxRate !== undefined && { maxRate }),
    ...(signal !== undefined && {
      live: { periodSeconds: signal.periodSeconds, delaySeconds: signal.delaySeconds },
    }),
  });
  const health = watchOwnHealth();
  const timer = setInterval(() => governor.notice(health.read(), performance.now()), SECOND_MS);
  // It must not keep the process alive on its own.
  timer.unref();
  const reading = (async () => {
    if (signal === undefined) return;
    for await (const sample of signal.samples()) governor.observe(sample, performance.now());
  })();
  return {
    governor,
    async close() {
      clearInterval(timer);
      health.close();
      end.abort();
      await reading;
    },
  };
}
