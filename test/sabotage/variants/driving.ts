import type { Allocation } from '../../../src/driver/allocation.ts';
import type { Contact } from '../../../src/driver/contact.ts';
import type { send } from '../../../src/driver/dispatcher.ts';
import type { Driver } from '../../../src/driver/driver.ts';
import type { FleetState } from '../../../src/driver/fleet-state.ts';
import type { Lookout } from '../../../src/driver/lookout.ts';
import type { Observer } from '../../../src/driver/observer.ts';
import { variant, type Variant } from '../variant.ts';

const SAFETY = 'test/driver/driver-safety.test.ts';

/** The loop: what is observed, written down and sent, in which order. */
export const driving: readonly Variant[] = [
  variant<FleetState['flush']>({
    name: 'effects-are-sent-before-they-are-journalled',
    breaks: 'A decision is in the journal before its effects are sent.',
    seam: 'FleetState#flush',
    how: (flush) =>
      async function (this: FleetState) {
        const sent = flush.call(this);
        sent.catch(() => undefined);
      },
    tests: [{ path: 'test/driver/driver.test.ts', name: 'stops the driver before anything is sent' }],
  }),
  variant<Observer['look']>({
    name: 'one-absence-is-believed',
    breaks: 'Absence is not deletion until read twice, a settle window apart.',
    seam: 'Observer#look',
    how: (look) =>
      async function (this: Observer, members, at, claim) {
        const first = await look.call(this, members, at, claim);
        if (first.isComplete) return first;
        return look.call(this, members, at + 3_600_000, claim);
      },
    tests: [{ path: 'test/driver/outages.test.ts', name: 'what a read does not show once is no loss' }],
  }),
  variant<Observer['look']>({
    name: 'an-incomplete-look-confirms-the-recovery',
    breaks: 'A recovery is confirmed only by a look that shows every ready resource.',
    seam: 'Observer#look',
    how: (look) =>
      async function (this: Observer, members, at, claim) {
        return { ...(await look.call(this, members, at, claim)), isComplete: true };
      },
    tests: [{ path: SAFETY, name: 'the look that confirms' }],
  }),
  variant<typeof send>({
    name: 'requests-are-sent-without-a-limit',
    breaks: 'No more requests are under way at once than the host allows.',
    seam: 'send',
    how: (send) => (executor, requests) => send(executor, requests, requests.length),
    tests: [{ path: 'test/driver/driver.test.ts', name: 'never more, never the same twice at once' }],
  }),
  variant<Lookout['lookAtClaim']>({
    name: 'a-resumed-drill-acts-before-it-reads-its-mark',
    breaks: 'A drill that was pre-empted while no process ran sends none of its due effects.',
    seam: 'Lookout#lookAtClaim',
    how: () => async () => ({ sighted: [], gone: [], isComplete: true }),
    tests: [{ path: SAFETY, name: 'sends no createVolume that was due' }],
  }),
  variant<Lookout['lookAtClaim']>({
    name: 'a-failed-read-of-its-mark-lets-a-drill-act',
    breaks: 'A drill that resumes acts only once it has read whose the mark is.',
    seam: 'Lookout#lookAtClaim',
    how: (lookAtClaim) =>
      async function (this: Lookout, at, claim) {
        const seen = await lookAtClaim.call(this, at, claim);
        return 'code' in seen ? { sighted: [], gone: [], isComplete: true } : seen;
      },
    tests: [{ path: SAFETY, name: 'because one read of the mark failed' }],
  }),
  variant<Observer['look']>({
    name: 'a-drill-gives-way-to-another-drill',
    breaks: 'Only the mark of a restore ends a drill.',
    seam: 'Observer#look',
    how: (look) =>
      async function (this: Observer, members, at, claim) {
        const seen = await look.call(this, members, at, claim);
        const holder = seen.claim?.holder;
        if (holder === undefined) return seen;
        return { ...seen, claim: { kind: 'claim', holder: { ...holder, mode: 'restore' } } };
      },
    tests: [{ path: SAFETY, name: 'does not give way to the mark of another drill' }],
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
