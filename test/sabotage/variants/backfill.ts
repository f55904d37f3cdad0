import type { Breaker } from '../../../src/backfill/replay/breaker.ts';
import type { judge } from '../../../src/backfill/replay/judge.ts';
import type { KeyOrder } from '../../../src/backfill/replay/key-order.ts';
import type { RetryBudget } from '../../../src/backfill/replay/retry-budget.ts';
import type { readLine } from '../../../src/backfill/ledger/entries.ts';
import type { idempotencyKeys } from '../../../src/backfill/targets/idempotency-key.ts';
import type { printable } from '../../../src/backfill/base/printable.ts';
import type { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import type { isBalanced } from '../../../src/backfill/base/counts.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import type { hasCredentials } from '../../../src/addresses.ts';
import { variant, type Variant } from '../variant.ts';

/** Replaying once, in order, at a pace, and telling the truth about it. */
export const backfill: readonly Variant[] = [
  variant<SqliteJournal['putValue']>({
    name: 'no-journal-says-where-the-ledger-is',
    breaks: 'A machine without the ledger of a backfill sends nothing again.',
    seam: 'SqliteJournal#putValue',
    how: (putValue) =>
      function (this: SqliteJournal, name, value) {
        return name === 'ledger' ? Promise.resolve() : putValue.call(this, name, value);
      },
    tests: [{ path: 'test/backfill/review/backfill-of-run.test.ts', name: 'on another machine' }],
  }),
  variant<typeof readLine>({
    name: 'the-ledger-believes-any-checksum',
    breaks: 'A line of the ledger counts only when its checksum fits.',
    seam: 'ledger/readLine',
    how: () => (bytes, start, end) => {
      try {
        const value: unknown = JSON.parse(bytes.toString('utf8', start + 9, end));
        return Array.isArray(value) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    tests: [{ path: 'test/backfill/ledger/entries.test.ts', name: 'any flipped bit of a line is found' }],
  }),
  variant<typeof judge>({
    name: 'any-answer-is-success',
    breaks: 'Only an answer that took the request is success.',
    seam: 'replay/judge',
    how: (judge) => (attempt, history, policy) =>
      attempt.kind === 'answered'
        ? { kind: 'final', fate: { kind: 'succeeded', status: attempt.status } }
        : judge(attempt, history, policy),
    tests: [{ path: 'test/backfill/replay/judge.test.ts' }],
  }),
  variant<typeof judge>({
    name: 'what-may-have-arrived-is-called-abandoned',
    breaks: 'What may have arrived once is never called abandoned.',
    seam: 'replay/judge',
    how: (judge) => (attempt, history, policy) => judge(attempt, { ...history, maybeArrived: false }, policy),
    tests: [{ path: 'test/backfill/replay/engine.test.ts', name: 'what may have arrived once' }],
  }),
  variant<typeof judge>({
    name: 'ambiguous-requests-are-sent-again-against-the-policy',
    breaks: 'By the policy `report`, a request whose outcome is unknown is not sent again.',
    seam: 'replay/judge',
    how: (judge) => (attempt, history, policy) => judge(attempt, history, { ...policy, ambiguous: 'resend' }),
    tests: [{ path: 'test/backfill/replay/judge.test.ts', name: 'by policy an unknown outcome' }],
  }),
  variant<KeyOrder['admit']>({
    name: 'requests-of-one-key-go-side-by-side',
    breaks: 'Requests with the same key are sent one after the other, in their order.',
    seam: 'KeyOrder#admit',
    how: () => () => true,
    tests: [{ path: 'test/backfill/replay/key-order.test.ts', name: 'one of a key is on its way' }],
  }),
  variant<RetryBudget['mayRepeat']>({
    name: 'repeats-have-no-budget',
    breaks: 'Repeats are at most a share of the sends.',
    seam: 'RetryBudget#mayRepeat',
    how: () => () => true,
    tests: [{ path: 'test/backfill/replay/retry-budget.test.ts', name: 'forgets what is ten seconds ago' }],
  }),
  variant<Breaker['permits']>({
    name: 'a-target-that-is-down-gets-everything',
    breaks: 'While a target is down single probes are sent, and nothing loses its attempts.',
    seam: 'Breaker#permits',
    how: () => () => Infinity,
    tests: [{ path: 'test/backfill/replay/breaker.test.ts' }],
  }),
  variant<typeof idempotencyKeys>({
    name: 'idempotency-keys-differ-between-attempts',
    breaks: 'Every attempt at a record carries the same idempotency key.',
    seam: 'idempotencyKeys',
    how: (idempotencyKeys) => (backfill) => {
      let attempts = 0;
      return (key) => {
        attempts += 1;
        return idempotencyKeys(`${backfill}-${attempts}`)(key);
      };
    },
    tests: [{ path: 'test/backfill/targets/idempotency-key.test.ts' }],
  }),
  variant<typeof idempotencyKeys>({
    name: 'idempotency-keys-do-not-know-the-source',
    breaks: 'Records of different sources have different idempotency keys.',
    seam: 'idempotencyKeys',
    how: (idempotencyKeys) => (backfill) => (key) => idempotencyKeys(backfill)({ ...key, source: 0 }),
    tests: [{ path: 'test/backfill/targets/idempotency-key.test.ts' }],
  }),
  variant<typeof printable>({
    name: 'answers-of-a-target-reach-the-terminal',
    breaks: 'What a target answers steers no terminal.',
    seam: 'base/printable',
    how: () => (text) => text,
    tests: [{ path: 'test/backfill/targets/http.test.ts', name: 'fit for a terminal' }],
  }),
  variant<typeof createFixedRate>({
    name: 'the-fixed-rate-is-doubled',
    breaks: 'A fixed rate is never exceeded.',
    seam: 'createFixedRate',
    how: (createFixedRate) => (ratePerSecond) => createFixedRate(2 * ratePerSecond),
    tests: [{ path: 'test/backfill/replay/fixed-rate.test.ts' }],
  }),
  variant<typeof isBalanced>({
    name: 'counts-are-not-balanced',
    breaks: 'Every record that was scanned is in exactly one count.',
    seam: 'isBalanced',
    how: () => () => true,
    tests: [{ path: 'test/backfill/base/counts.test.ts' }],
  }),
  variant<typeof hasCredentials>({
    name: 'addresses-may-hold-a-password',
    breaks: 'An address with a password in it is refused.',
    seam: 'hasCredentials',
    how: () => () => false,
    tests: [{ path: 'test/runbook/contradictions.test.ts', name: 'a password in an address' }],
  }),
];
