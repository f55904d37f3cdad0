import type { Allocation } from '../../../src/driver/fleet/allocation.ts';
import type { ClaimWatch } from '../../../src/driver/watch/claim-watch.ts';
import type { Contact } from '../../../src/driver/watch/contact.ts';
import type { send } from '../../../src/driver/requests/dispatcher.ts';
import type { Driver } from '../../../src/driver/driver.ts';
import type { FleetState } from '../../../src/driver/fleet/fleet-state.ts';
import type { observe } from '../../../src/driver/watch/observer.ts';
import { variant, type Variant } from '../variant.ts';

const SAFETY = 'test/driver/driver-safety.test.ts';

/** The loop: what is observed, written down and sent, in which order. */
export const driving: readonly Variant[] = [
  variant<FleetState['flush']>({
    name: 'effects-are-sent-before-they-are-journalled',
    breaks: 'A decision is in the journal before its effects are sent.',
    seam: 'FleetState#flush',
    how: (flush) =>
      async function (this: FleetState, beside) {
        const sent = flush.call(this, beside);
        sent.catch(() => undefined);
      },
    tests: [{ path: 'test/driver/driver.test.ts', name: 'stops the driver before anything is sent' }],
  }),
  variant<typeof observe>({
    name: 'one-absence-is-believed',
    breaks: 'Absence is not deletion until read twice, a settle window apart.',
    seam: 'driver/observe',
    how: (observe) => async (executor, members, absences, at, claim) => {
      const first = await observe(executor, members, absences, at, claim);
      if (first.isComplete) return first;
      return observe(executor, members, first.absences, at + 3_600_000, claim);
    },
    tests: [{ path: 'test/driver/outages.test.ts', name: 'what a read does not show once is no loss' }],
  }),
  variant<typeof observe>({
    name: 'an-incomplete-look-confirms-the-recovery',
    breaks: 'A recovery is confirmed only by a look that shows every ready resource.',
    seam: 'driver/observe',
    how:
      (observe) =>
      async (...given) => ({ ...(await observe(...given)), isComplete: true }),
    tests: [{ path: SAFETY, name: 'the look that confirms' }],
  }),
  variant<typeof send>({
    name: 'requests-are-sent-without-a-limit',
    breaks: 'No more requests are under way at once than the host allows.',
    seam: 'requests/send',
    how: (send) => (executor, requests) => send(executor, requests, requests.length),
    tests: [{ path: 'test/driver/driver.test.ts', name: 'never more, never the same twice at once' }],
  }),
  variant<ClaimWatch['isDue']>({
    name: 'a-resumed-drill-acts-before-it-reads-its-claim',
    breaks: 'A drill that was preempted while no process ran sends none of its due effects.',
    seam: 'ClaimWatch#isDue',
    how: () => () => false,
    tests: [{ path: SAFETY, name: 'because one read of the claim failed' }],
  }),
  variant<ClaimWatch['isWaitedForAgain']>({
    name: 'a-failed-read-of-its-claim-lets-a-drill-act',
    breaks: 'A drill that resumes acts only once it has read whose the claim is.',
    seam: 'ClaimWatch#isWaitedForAgain',
    how: () => () => false,
    tests: [{ path: SAFETY, name: 'because one read of the claim failed' }],
  }),
  variant<typeof observe>({
    name: 'a-drill-gives-way-to-another-drill',
    breaks: 'Only the claim of a restore ends a drill.',
    seam: 'driver/observe',
    how:
      (observe) =>
      async (...given) => {
        const seen = await observe(...given);
        const holder = seen.claim?.holder;
        if (holder === undefined) return seen;
        return { ...seen, claim: { type: 'claim', holder: { ...holder, mode: 'restore' } } };
      },
    tests: [{ path: SAFETY, name: 'does not give way to the claim of another drill' }],
  }),
  variant<Contact['heard']>({
    name: 'refused-requests-are-no-loss-of-contact',
    breaks: 'While requests fail for want of credentials nothing is judged, although looks succeed.',
    seam: 'Contact#heard',
    how: () => () => undefined,
    tests: [{ path: SAFETY, name: 'beyond the restore limit' }],
  }),
  variant<typeof Driver.open>({
    name: 'timers-do-not-survive-a-reload',
    breaks: 'Timers are read back from the journal.',
    seam: 'Driver.open',
    how: (open) =>
      function (this: typeof Driver, parts) {
        const journal = new Proxy(parts.journal, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name, target);
            if (name === 'load') return async () => ({ ...(await target.load()), timers: [] });
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
        return open.call(this, { ...parts, journal });
      },
    tests: [{ path: SAFETY, name: 'timers survive a reload' }],
  }),
  variant<Allocation['update']>({
    name: 'one-ready-dependency-is-enough',
    breaks: 'A resource starts only when all that it depends on is ready.',
    seam: 'Allocation#update',
    how: (update) =>
      function (this: Allocation, id, member) {
        const { context } = member;
        const spec = { ...context.spec, dependsOn: context.spec.dependsOn.slice(0, 1) };
        update.call(this, id, { ...member, context: { ...context, spec } });
      },
    tests: [{ path: SAFETY, name: 'a resource starts only when all that it depends on is ready' }],
  }),
];
