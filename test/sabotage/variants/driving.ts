import type { send } from '../../../src/hosts/dispatcher.ts';
import type { FleetState } from '../../../src/hosts/fleet-state.ts';
import type { Observer } from '../../../src/hosts/observer.ts';
import { variant, type Variant } from '../variant.ts';

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
    tests: [{ path: 'test/hosts/driver.test.ts', name: 'stops the driver before anything is sent' }],
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
    tests: [{ path: 'test/hosts/outages.test.ts', name: 'what a read does not show once is no loss' }],
  }),
  variant<typeof send>({
    name: 'requests-are-sent-without-a-limit',
    breaks: 'No more requests are under way at once than the host allows.',
    seam: 'send',
    how: (send) => (executor, requests) => send(executor, requests, requests.length),
    tests: [{ path: 'test/hosts/driver.test.ts', name: 'never more, never the same twice at once' }],
  }),
];
