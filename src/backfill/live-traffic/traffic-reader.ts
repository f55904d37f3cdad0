import type { LiveSample } from '../control/adaptive.ts';

/** One reading of the live traffic. A reader returns `undefined` while there is nothing new. */
export type TrafficReading =
  | { readonly sample: Exclude<LiveSample, 'silent'> }
  /** It could not be read; `why` ends the sentence `No reading of the live traffic: ...`. */
  | { readonly sample: 'silent'; readonly why: string };

export function silent(why: string): TrafficReading {
  return { sample: 'silent', why };
}

/** One way to read the live traffic. */
export interface TrafficReader {
  /** For messages. */
  readonly name: string;
  /** Between two readings. */
  readonly everySeconds: number;
  /** Between two samples that differ. */
  readonly periodSeconds: number;
  /** Until what happens now shows in a sample. */
  readonly delaySeconds: number;
  /** Never throws for what the other side does. */
  read(stop: AbortSignal): Promise<TrafficReading | undefined>;
  close(): Promise<void>;
}
