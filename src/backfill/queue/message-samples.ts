import { printableLine } from '../base/printable.ts';
import type { Sample } from '../base/survey.ts';

/** Of each kind. */
const MOST = 20;

/** Counts messages that are no requests, and keeps the first of them for people. */
export class MessageSamples {
  readonly #source: string;
  readonly #counts = { malformed: 0, foreign: 0 };
  readonly #samples: Sample[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  get malformed(): number {
    return this.#counts.malformed;
  }

  get foreign(): number {
    return this.#counts.foreign;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** @param ordinal which message it was: a queue has no other place */
  add(kind: Sample['kind'], why: string, body: string, ordinal: number): void {
    this.#counts[kind] += 1;
    if (this.#counts[kind] > MOST) return;
    const text = printableLine(Buffer.from(body.slice(0, 4_096)));
    this.#samples.push({ source: this.#source, offset: ordinal, kind, why, text });
  }
}
