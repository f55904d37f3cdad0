import type { RequestRecord } from '../base/record.ts';
import { maskedHeaders } from '../lines/payload-evidence.ts';
import type { SourceFacts } from '../base/survey.ts';

const UNKNOWN_CLIENT =
  'without a client, so that a retry by the same client cannot be recognized: name the client (fields.client), or what identifies a request (identity)';
const NO_STATUS =
  'without a status. It may stand for an answer that was not logged, such as an empty 200 (Caddy) or a 404 (Traefik): with missingStatus: answered in the runbook they are not missed';

/** Properties of missed requests that could not be determined, and what the operator must set for them. */
export class Doubts {
  readonly #counts = new Map<number, Map<string, number>>();
  readonly #masked = new Set<string>();
  /** Missed requests without a status. */
  withoutStatus = 0;

  /** A missed request. */
  note(source: number, { doubts = [], status }: RequestRecord, isCapture: boolean): void {
    for (const doubt of doubts) this.#add(source, `: ${doubt}`);
    if (status !== undefined) return;
    this.withoutStatus += 1;
    // A capture says by it that nothing answered.
    if (!isCapture) this.#add(source, ` ${NO_STATUS}`);
  }

  /** A missed request whose retry is to be looked for, and has nothing to be known by. */
  noteUnidentified(source: number): void {
    this.#add(source, ` ${UNKNOWN_CLIENT}`);
  }

  /** A request that is to be replayed. */
  noteHeaders({ headers }: RequestRecord, rewritten: Readonly<Record<string, unknown>> = {}): void {
    for (const name of maskedHeaders(headers)) if (!Object.hasOwn(rewritten, name)) this.#masked.add(name);
  }

  /** Notes of one source, the most frequent first. */
  remarks(source: number): readonly string[] {
    return [...(this.#counts.get(source) ?? [])]
      .sort(([, left], [, right]) => right - left)
      .map(([text, count]) => `${missed(count)}${text}`);
  }

  actions(): readonly string[] {
    if (this.#masked.size === 0) return [];
    const names = [...this.#masked].sort().join(', ');
    return [
      `Set ${names} for the replay (replay.rewrite.headers): the source holds a mask such as REDACTED in place of the value, and the target will refuse it.`,
    ];
  }

  #add(source: number, text: string): void {
    const ofSource = this.#counts.get(source) ?? new Map<string, number>();
    this.#counts.set(source, ofSource.set(text, (ofSource.get(text) ?? 0) + 1));
  }
}

/** Requests that do not count as missed because of their status alone. */
export function leftOut({ clientAborts = 0, assumedAnswered = 0 }: SourceFacts): readonly string[] {
  const aborts = `${requests(clientAborts)} that ended because the client left (460, 499) ${clientAborts === 1 ? 'is' : 'are'} not counted as missed: add 460 and 499 to 'failed' in the runbook to count them`;
  const answered = `${requests(assumedAnswered)} without a status ${assumedAnswered === 1 ? 'is' : 'are'} taken as answered, as missingStatus in the runbook says`;
  return [...(clientAborts > 0 ? [aborts] : []), ...(assumedAnswered > 0 ? [answered] : [])];
}

function missed(count: number): string {
  return `${count.toLocaleString('en-US')} missed request${count === 1 ? '' : 's'}`;
}

function requests(count: number): string {
  return `${count.toLocaleString('en-US')} request${count === 1 ? '' : 's'}`;
}
