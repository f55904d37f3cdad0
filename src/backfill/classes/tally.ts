import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import { failedTotal, replayedTotal, type Counts } from '../base/counts.ts';
import { OTHER_CLIENTS } from './classifier.ts';
import type { ClassCount, Verdict } from '../base/verdict.ts';

const VERDICTS: readonly Verdict['kind'][] = ['returns', 'retried', 'replayable', 'lost'];

/** Counts missed requests by rule, verdict and reason: one line of the table each. Reasons are few. */
export class ClassTally {
  readonly #rules: readonly string[];
  readonly #counts = new Map<
    string,
    { rule: string; verdict: Verdict['kind']; reason: string; failed: number }
  >();

  constructor({ clients }: BackfillSpec) {
    this.#rules = [...clients.map(({ name }) => name), OTHER_CLIENTS];
  }

  add(rule: string, verdict: Verdict['kind'], reason: string): void {
    const key = JSON.stringify([rule, verdict, reason]);
    const count = this.#counts.get(key) ?? { rule, verdict, reason, failed: 0 };
    count.failed += 1;
    this.#counts.set(key, count);
  }

  /** In the order of the runbook's rules, then: returns, retried, replayable, lost. */
  get byClass(): readonly ClassCount[] {
    return [...this.#counts.values()]
      .sort(
        (a, b) =>
          this.#rules.indexOf(a.rule) - this.#rules.indexOf(b.rule) ||
          VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
          (a.reason < b.reason ? -1 : 1),
      )
      .map(({ rule, verdict, reason, failed }) => ({
        class: rule,
        verdict,
        failed,
        recoverable: verdict === 'lost' ? 0 : failed,
        reason,
      }));
  }
}

/** How much failed, and how much of it is gone: fractions of all requests, from 0 to 1. */
export interface Loss {
  /** Missed requests: those that failed, and those that were undone. */
  readonly errorRate: number;
  /** Requests that are not recovered. */
  readonly lossRate: number;
  /** How the loss was reached, for people. */
  readonly basis: string;
}

/** The error rate is only a stand-in for the loss: some of what failed comes back. */
export function lossOf(counts: Counts, byClass: readonly ClassCount[]): Loss {
  const failed = failedTotal(counts);
  const requests = counts.healthy + failed;
  if (requests === 0) return { errorRate: 0, lossRate: 0, basis: 'There were no requests.' };
  if (failed === 0)
    return { errorRate: 0, lossRate: 0, basis: `None of ${shown(requests)} requests was missed.` };
  const { rejected, abandoned, ambiguous } = counts.replayed;
  const lost = counts.unrecoverable + rejected + abandoned + ambiguous;
  return { errorRate: failed / requests, lossRate: lost / requests, basis: basisOf(counts, byClass, lost) };
}

function basisOf(counts: Counts, byClass: readonly ClassCount[], lost: number): string {
  const { clientRecovered, unrecoverable, pending, replayed } = counts;
  const retried = Math.min(clientRecovered, sumOf(byClass, 'retried'));
  const back = list([
    [retried, 'were retried by their clients, as the data shows'],
    [clientRecovered - retried, 'are retried by their clients, as the runbook says'],
    [replayed.succeeded, 'were replayed'],
    [pending, 'are pending replay and count as recovered'],
  ]);
  const gone = list([
    [unrecoverable, 'cannot be replayed'],
    [replayed.rejected, 'were rejected'],
    [replayed.abandoned, 'were given up after all attempts'],
    [replayed.ambiguous, 'may or may not have arrived'],
  ]);
  const failed = clientRecovered + unrecoverable + pending + replayedTotal(replayed);
  const first = `Of ${shown(failed)} missed requests ${back === '' ? 'none is recovered' : back}.`;
  const last = lost === 0 ? 'None counts as lost.' : `${shown(lost)} count as lost: ${gone}.`;
  return `${first} ${last}`;
}

function sumOf(byClass: readonly ClassCount[], verdict: Verdict['kind']): number {
  return byClass.reduce((sum, one) => sum + (one.verdict === verdict ? one.failed : 0), 0);
}

function list(parts: readonly (readonly [number, string])[]): string {
  const named = parts.filter(([count]) => count > 0).map(([count, what]) => `${shown(count)} ${what}`);
  const last = named.pop();
  return named.length === 0 ? (last ?? '') : `${named.join(', ')} and ${last}`;
}

function shown(count: number): string {
  return count.toLocaleString('en-US');
}
