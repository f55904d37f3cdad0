import type { LiveSettings } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import { pause } from '../../pause.ts';
import type { LiveSample } from '../control/adaptive.ts';
import { regional, type BackfillLog } from '../base/tools.ts';
import type { TrafficReader } from './traffic-reader.ts';

export interface TrafficSignalOptions {
  readonly log: BackfillLog;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Of CloudWatch; default the SDK's own configuration. */
  readonly region?: string;
}

/** Readings of the live traffic, until its abort signal. */
export interface TrafficSignal {
  readonly name: string;
  readonly periodSeconds: number;
  readonly delaySeconds: number;
  /** Ends with the signal's abort, never with an error. Read it once. */
  samples(): AsyncIterable<LiveSample>;
}

/**
 * Opens the declared signal. A failed reading becomes `'silent'` and is logged once for each change; the replay never gets an exception.
 *
 * @example for await (const sample of (await openTrafficSignal(live, { log, signal })).samples()) rate.observe(sample, performance.now());
 */
export async function openTrafficSignal(
  settings: LiveSettings,
  options: TrafficSignalOptions,
): Promise<TrafficSignal> {
  const reader = await openReader(settings, options);
  const { name, periodSeconds, delaySeconds } = reader;
  return { name, periodSeconds, delaySeconds, samples: () => samplesOf(reader, options) };
}

async function openReader(settings: LiveSettings, { region }: TrafficSignalOptions): Promise<TrafficReader> {
  const { url, log, loadBalancer, every } = settings;
  if (url !== undefined) return (await import('./url-reader.ts')).createUrlReader(url, every);
  if (log !== undefined)
    return (await import('./log-reader.ts')).createLogReader(log, every, settings.fields ?? {});
  if (loadBalancer === undefined) throw new Error('no live signal is declared');
  const { createClients } = await import('../../aws/clients.ts');
  const { cloudwatch, destroy } = await createClients(['cloudwatch'], regional(region));
  const { createBalancerReader } = await import('./balancer-reader.ts');
  return createBalancerReader(loadBalancer, { cloudwatch, every, destroy });
}

async function* samplesOf(
  reader: TrafficReader,
  { log, signal }: TrafficSignalOptions,
): AsyncGenerator<LiveSample> {
  const { name } = reader;
  let silentBecause: string | undefined;
  try {
    while (!signal.aborted) {
      const began = performance.now();
      const reading = await reader.read(signal);
      if (signal.aborted) return;
      const why = reading === undefined ? silentBecause : 'why' in reading ? reading.why : undefined;
      if (why !== silentBecause) remark(log, name, why);
      silentBecause = why;
      if (reading !== undefined) yield reading.sample;
      await pause(Math.max(0, reader.everySeconds * SECOND_MS - (performance.now() - began)), signal);
    }
  } finally {
    await reader.close();
  }
}

function remark(log: BackfillLog, name: string, why: string | undefined): void {
  if (why === undefined) log.info({ live: name }, 'Readings of the live traffic are available again.');
  else log.warn({ live: name }, `No reading of the live traffic: ${why}.`);
}
