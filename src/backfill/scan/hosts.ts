import { authorityOf } from '../classes/request-values.ts';
import type { RequestRecord } from '../base/record.ts';
import type { HostCount } from '../base/survey.ts';

/** Distinct hosts that are counted: in a hostile log each request may name another. */
const MOST_HOSTS = 1_000;
const OTHERS = 'further hosts';

/** Counts requests that are to be replayed by the host that they were made to. */
export class HostTally {
  readonly #counts = new Map<string | null, number>();
  readonly #named = new Set<string>();

  /** The name under which a request is to be counted. */
  nameOf(record: RequestRecord): string | null {
    const host = authorityOf(record);
    if (host === undefined) return null;
    if (this.#named.size < MOST_HOSTS) this.#named.add(host);
    return this.#named.has(host) ? host : OTHERS;
  }

  add(name: string | null): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The most frequent first. */
  get counts(): readonly HostCount[] {
    return [...this.#counts]
      .map(([host, requests]) => ({ host, requests }))
      .sort(
        (left, right) => right.requests - left.requests || ((left.host ?? '') < (right.host ?? '') ? -1 : 1),
      );
  }
}
