import type { LiveSettings } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import { pause } from '../base/aws-calls.ts';
import type { LiveSample } from '../control/adaptive.ts';
import type { BackfillLog } from '../base/tools.ts';

/** What one look at the live traffic gave. `undefined` from a reader: nothing new so far. */
export type TrafficReading =
  | { readonly sample: Exclude<LiveSample, 'silent'> }
  /** It could not be read; `why` ends the sentence `The live traffic cannot be seen: ...`. */
  | { readonly sample: 'silent'; readonly why: string };

/** One way to look at the live traffic. */
export interface TrafficReader {
  /** For messages. */
  readonly name: string;
  /** Between two looks. */
  readonly everySeconds: number;
  /** Between two samples that differ. */
  readonly periodSeconds: number;
  /** Until what happens now shows in a sample. */
  readonly delaySeconds: number;
  /** Never throws for what the other side does. */
  read(stop: AbortSignal): Promise<TrafficReading | undefined>;
  close(): Promise<void>;
}

export interface TrafficSignalOptions {
  readonly log: BackfillLog;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Of CloudWatch; default the SDK's own configuration. */
  readonly region?: string;
}

/** What is seen of the live traffic, for as long as anybody asks. */
export interface TrafficSignal {
  readonly name: string;
  readonly periodSeconds: number;
  readonly delaySeconds: number;
  /** Ends with the signal's abort, never with an error. Read it once. */
  samples(): AsyncIterable<LiveSample>;
}

/**
 * Opens the declared view of the live traffic. What fails is `'silent'`, and said once for each change; nothing is ever thrown into the replay.
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
  const { cloudwatch, destroy } = await createClients(['cloudwatch'], region === undefined ? {} : { region });
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
  if (why === undefined) log.info({ live: name }, 'The live traffic can be seen again.');
  else log.warn({ live: name }, `The live traffic cannot be seen: ${why}.`);
}
