import type { TimelineEntry } from '../../workflow/base/decision.ts';
import type { Log, LogRow } from './log.ts';
import type { Entry } from './run-state.ts';

/** Reads the timeline from the log. One that follows the timeline reads only what is new; one that needs its end reads backward. */
export class TimelineReader {
  readonly #log: Log;
  /** The row that was read last, and the entries up to and with it. */
  #read = { n: 0, told: 0 };

  constructor(log: Log) {
    this.#log = log;
  }

  /** Entries after the `from`-th, oldest first. */
  async after(from: number): Promise<readonly TimelineEntry[]> {
    const { n, told } = this.#read;
    const isNext = n === 0 ? from === 0 : from >= told;
    return isNext ? this.#forward(n, from - told) : this.#backward(from);
  }

  async #forward(after: number, skipped: number): Promise<readonly TimelineEntry[]> {
    const entries: TimelineEntry[] = [];
    for await (const { n, standing, entry } of this.#log.from(after + 1)) {
      entries.push(...timelineIn(entry));
      this.#read = { n, told: standing.told };
    }
    return entries.slice(skipped);
  }

  async #backward(from: number): Promise<readonly TimelineEntry[]> {
    const parts: (readonly TimelineEntry[])[] = [];
    let begin = 0;
    let last: LogRow | undefined;
    for await (const row of this.#log.backward()) {
      last ??= row;
      if (row.standing.told <= from) {
        begin = row.standing.told;
        break;
      }
      parts.unshift(timelineIn(row.entry));
    }
    if (last !== undefined) this.#read = { n: last.n, told: last.standing.told };
    return parts.flat().slice(from - begin);
  }
}

function timelineIn({ decisions = [] }: Entry): readonly TimelineEntry[] {
  return decisions.flatMap(({ timeline }) => timeline);
}
