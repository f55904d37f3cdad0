import type { Clock } from '../../../src/driver/base/ports.ts';
import type { Conductor } from '../../../src/driver/fleet/conductor.ts';
import type { Contact } from '../../../src/driver/watch/contact.ts';
import type { beginRun } from '../../../src/driver/begin.ts';
import type { dueEffects, requestsOf } from '../../../src/driver/requests/dispatcher.ts';
import type { frozenBy } from '../../../src/hosts/freeze.ts';
import type { Gatekeeper } from '../../../src/driver/fleet/gatekeeper.ts';
import type { watchSignals } from '../../../src/driver/signals/signal-watch.ts';
import type { Lookout } from '../../../src/driver/watch/lookout.ts';
import type { RunTime } from '../../../src/driver/run-time.ts';
import type { grant } from '../../../src/workflow/allocator.ts';
import type { spendCredit } from '../../../src/kinds/ebs-volume/fsr-credits.ts';
import type { kept } from '../../../src/workflow/fleet.ts';
import type { approvers, mayEnter } from '../../../src/workflow/recovery/obstacles.ts';
import type { askedAgain, slotOf } from '../../../src/workflow/base/pending.ts';
import type { isSecured } from '../../../src/workflow/recovery/recovery-answers.ts';
import type { forgetWork, isTidy } from '../../../src/workflow/resource/removals.ts';
import type { isPast } from '../../../src/workflow/resource/walk.ts';
import type { retryPolicy } from '../../../src/facts/retries.ts';
import type { backoffMs } from '../../../src/retry.ts';
import { variant, type Variant } from '../variant.ts';

const MACHINE = 'test/workflow/resource-machine.test.ts';
const SAFETY = 'test/workflow/recovery-safety.test.ts';

/** The machines and what leads them: answers, retries, gates, quotas, the end. */
export const workflow: readonly Variant[] = [
  variant<typeof slotOf>({
    name: 'an-answer-to-an-earlier-attempt-counts',
    breaks: 'An answer to attempt 1 never completes attempt 2.',
    seam: 'workflow/slotOf',
    how: () => (pending, effectId) => {
      const identity = effectId.replace(/#.*/, '');
      return Object.keys(pending).find((slot) => pending[slot]?.id.replace(/#.*/, '') === identity);
    },
    tests: [{ path: MACHINE, name: 'a late answer to an earlier attempt' }],
  }),
  variant<typeof askedAgain>({
    name: 'attempts-have-no-limit',
    breaks: 'Attempts are limited by the class of the failure.',
    seam: 'askedAgain',
    how: (askedAgain) => (effect, failure, at) => askedAgain({ ...effect, failures: {} }, failure, at),
    tests: [{ path: MACHINE, name: 'a deletion that never succeeds is given up' }],
  }),
  variant<typeof askedAgain>({
    name: 'a-snapshot-is-asked-for-again-at-once',
    breaks: 'After a lost answer a snapshot is asked for again only once it would show.',
    seam: 'askedAgain',
    how: (askedAgain) => (effect, failure, at) => {
      const again = askedAgain(effect, failure, at);
      return again?.type === 'operate' && again.operation === 'takeSnapshot'
        ? { ...again, notBefore: at }
        : again;
    },
    tests: [{ path: 'test/workflow/resource-protect.test.ts', name: 'only once it would show' }],
  }),
  variant<typeof backoffMs>({
    name: 'retries-do-not-wait',
    breaks: 'Retries wait longer and longer, with jitter.',
    seam: 'backoffMs',
    how: () => () => 0,
    tests: [{ path: 'test/retry.test.ts', name: 'back-off grows' }],
  }),
  variant<typeof retryPolicy>({
    name: 'refusals-are-repeated',
    breaks: 'A request that can never succeed is not repeated.',
    seam: 'retryPolicy',
    how: (retryPolicy) => (failure) => retryPolicy(failure) ?? retryPolicy('busy'),
    tests: [{ path: 'test/facts/retries.test.ts' }],
  }),
  variant<typeof mayEnter>({
    name: 'gates-stand-open',
    breaks: 'A phase is entered only when its gates are open.',
    seam: 'mayEnter',
    how: () => () => true,
    tests: [{ path: 'test/driver/people.test.ts', name: 'are waited for without a process' }],
  }),
  variant<typeof approvers>({
    name: 'one-person-counts-twice',
    breaks: 'Approvals count distinct people.',
    seam: 'approvers',
    how: (approvers) => (approvals, phase) =>
      new Set(
        approvals.flatMap((approval, index) =>
          approvers([approval], phase).size > 0 ? [`${approval.by}-${index}`] : [],
        ),
      ),
    tests: [{ path: 'test/workflow/recovery-machine.test.ts', name: 'two approvals need two people' }],
  }),
  variant<typeof frozenBy>({
    name: 'a-freeze-file-that-cannot-be-read-is-none',
    breaks: 'A freeze file that cannot be looked at counts as frozen.',
    seam: 'frozenBy',
    how: (frozenBy) => async (files) => (await frozenBy(files)).filter(({ errno }) => errno === undefined),
    tests: [{ path: 'test/hosts/freeze.test.ts' }],
  }),
  variant<Gatekeeper['opensAt']>({
    name: 'windows-are-not-waited-for',
    breaks: 'The driver wakes when a change window opens.',
    seam: 'Gatekeeper#opensAt',
    how: () => () => undefined,
    tests: [{ path: 'test/driver/gates.test.ts', name: 'is waited for by the clock' }],
  }),
  variant<typeof isSecured>({
    name: 'evidence-is-not-waited-for',
    breaks: 'Evidence is taken of every damaged source before anything is restored.',
    seam: 'isSecured',
    how: () => () => true,
    tests: [{ path: SAFETY, name: 'is taken of every damaged source' }],
  }),
  variant<typeof kept>({
    name: 'the-last-sweep-knows-of-nothing-to-keep',
    breaks: 'The last sweep of a restore keeps the recovered resources and their recovery points.',
    seam: 'workflow/kept',
    how: () => () => [],
    tests: [{ path: 'test/driver/afterwards.test.ts', name: 'the last sweep knows them' }],
  }),
  variant<typeof forgetWork>({
    name: 'deletions-are-forgotten-on-a-fallback',
    breaks: 'Discarded resources are still deleted, and fast snapshot restore is disabled.',
    seam: 'forgetWork',
    how: () => () => ({}),
    tests: [
      { path: MACHINE, name: 'failures|fast snapshot restore|cleaning up' },
      { path: 'test/workflow/random-events.test.ts', name: 'a resource by' },
    ],
  }),
  variant<typeof isTidy>({
    name: 'a-run-ends-before-its-deletions',
    breaks: 'A cleanup is over when everything is deleted and switched off.',
    seam: 'isTidy',
    how: () => () => true,
    tests: [{ path: MACHINE, name: 'cleaning up' }],
  }),
  variant<typeof isPast>({
    name: 'available-counts-as-ready',
    breaks: 'A resource is ready when it is hydrated, unless its runbook says otherwise.',
    seam: 'isPast',
    how: (isPast) => (context, phase) => phase === 'warmup' || isPast(context, phase),
    tests: [{ path: MACHINE, name: 'goes through every state to ready' }],
  }),
  variant<typeof spendCredit>({
    name: 'credits-are-not-spent',
    breaks: 'Each volume spends a credit.',
    seam: 'spendCredit',
    how: () => (fsr) => fsr,
    tests: [{ path: MACHINE, name: 'copies are made as credits come' }],
  }),
  variant<typeof grant>({
    name: 'quotas-are-not-heeded',
    breaks: 'Nothing is granted beyond a quota.',
    seam: 'grant',
    how: (grant) => (requests, _capacities, holds, at) => grant(requests, {}, holds, at),
    tests: [{ path: 'test/workflow/allocator.test.ts', name: 'never grants more than a pool holds' }],
  }),
  variant<typeof grant>({
    name: 'two-resources-share-one-fsr',
    breaks: 'Fast snapshot restore of one snapshot in one zone belongs to one resource at a time.',
    seam: 'grant',
    how: (grant) => (requests, capacities, holds, at) =>
      grant(
        requests.map(({ id, needs }) => ({
          id,
          needs: needs.filter(({ pool }) => !pool.startsWith('only:')),
        })),
        capacities,
        holds,
        at,
      ),
    tests: [{ path: 'test/workflow/allocator.test.ts', name: 'belongs to one resource at a time' }],
  }),
  variant<Conductor['endStarvation']>({
    name: 'starvation-is-not-ended',
    breaks: 'What waits for a quota that nothing will give back tries another strategy or fails.',
    seam: 'Conductor#endStarvation',
    how: () => () => false,
    tests: [{ path: 'test/driver/people.test.ts', name: 'a quota that is never released' }],
  }),
  variant<Contact['giveUpAt']>({
    name: 'an-outage-pauses-nothing',
    breaks: 'After an hour without AWS the run pauses.',
    seam: 'Contact#giveUpAt',
    how: () => () => undefined,
    tests: [{ path: 'test/driver/outages.test.ts', name: 'after an hour it pauses' }],
  }),
  variant<Contact['looked']>({
    name: 'failed-looks-are-no-loss-of-contact',
    breaks: 'While looks fail nothing is judged.',
    seam: 'Contact#looked',
    how: () => () => undefined,
    tests: [
      { path: 'test/driver/outages.test.ts', name: 'three quarters of an hour|after an hour it pauses' },
    ],
  }),
  variant<Lookout['looksAtAll']>({
    name: 'ready-resources-are-not-looked-at',
    breaks: 'Ready resources are looked at now and then until the recovery is over.',
    seam: 'Lookout#looksAtAll',
    how: () => () => false,
    tests: [{ path: 'test/driver/driver-safety.test.ts', name: 'is noticed before the others are ready' }],
  }),
  variant<typeof dueEffects>({
    name: 'back-off-is-ignored',
    breaks: 'An effect is not sent before its time.',
    seam: 'dueEffects',
    how: (dueEffects) => (outbox, _now, rankOf) => dueEffects(outbox, Number.MAX_SAFE_INTEGER, rankOf),
    tests: [{ path: 'test/driver/dispatcher.test.ts', name: 'the most urgent first' }],
  }),
  variant<typeof dueEffects>({
    name: 'the-plan-decides-no-order',
    breaks: 'What the plan needs first is sent first.',
    seam: 'dueEffects',
    how: (dueEffects) => (outbox, now) => dueEffects(outbox, now, () => 0),
    tests: [{ path: 'test/driver/dispatcher.test.ts', name: 'the most urgent first' }],
  }),
  variant<typeof requestsOf>({
    name: 'each-fsr-goes-alone',
    breaks: 'Snapshots of one zone are switched on together.',
    seam: 'requestsOf',
    how: () => (effects) => effects.map((effect) => [effect]),
    tests: [{ path: 'test/driver/dispatcher.test.ts', name: 'ten at a time' }],
  }),
  variant<typeof beginRun>({
    name: 'another-version-drives-a-run',
    breaks: 'A run is driven only by the version of the machines that it began with.',
    seam: 'driver/beginRun',
    how: (beginRun) => async (parts) => {
      try {
        await beginRun(parts);
      } catch (error) {
        if ((error as { readonly code?: string }).code !== 'JOURNAL_TOO_NEW') throw error;
      }
    },
    tests: [{ path: 'test/driver/driver.test.ts', name: 'a run of version' }],
  }),
  variant<typeof RunTime>({
    name: 'the-time-of-a-run-is-that-of-the-clock',
    breaks: 'The time of a run never goes back, whatever its clock does.',
    seam: 'RunTime',
    how: (Original) =>
      class extends Original {
        readonly #clock: Clock;

        constructor(clock: Clock, from: number) {
          super(clock, from);
          this.#clock = clock;
        }

        override now(): number {
          return this.#clock.now();
        }
      },
    tests: [{ path: 'test/hosts/clock.test.ts', name: 'the time of a run' }],
  }),
  variant<typeof watchSignals>({
    name: 'a-sleeping-driver-hears-nobody',
    breaks: 'A signal from another process wakes the driver.',
    seam: 'watchSignals',
    how: () => () => () => undefined,
    tests: [{ path: 'test/driver/signal-watch.test.ts', name: 'a signal from another process wakes' }],
  }),
];
