import type { Instant } from '../time.ts';
import { mayStart } from '../workflow/recovery/phase.ts';
import type { Allocation } from './fleet/allocation.ts';
import type { Backfiller } from './fleet/backfiller.ts';
import type { FleetState } from './fleet/fleet-state.ts';
import type { Foresight } from './fleet/foresight.ts';
import type { Gatekeeper } from './fleet/gatekeeper.ts';
import type { Contact } from './watch/contact.ts';
import type { Lookout } from './watch/lookout.ts';
import type { Watcher } from './watch/watcher.ts';

interface AgendaParts {
  readonly fleet: FleetState;
  readonly watcher: Watcher;
  readonly lookout: Lookout;
  readonly contact: Contact;
  readonly foresight: Foresight;
  readonly allocation: Allocation;
  readonly gatekeeper: Gatekeeper;
  readonly backfiller: Backfiller | undefined;
}

/** A fresh recovery point may be seen complete so much later, as a share of the time that it took. */
const LATE_SHARE = 0.1;

/** When a driver has something to do next. */
export class Agenda {
  readonly #parts: AgendaParts;

  constructor(parts: AgendaParts) {
    this.#parts = parts;
  }

  /** `undefined` when only an operator's signal can move the run on. Timers wait for the next due look. */
  wakeAt(now: Instant): Instant | undefined {
    const { fleet, watcher, lookout, foresight } = this.#parts;
    const times = this.#times(now);
    if (watcher.isWatching) times.push(lookout.next);
    const breach = fleet.isEnding ? undefined : foresight.breachAt(fleet.recovery);
    if (times.length > 0 && breach !== undefined) times.push(breach);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Until when only looks are due, and they will probably see nothing new; `undefined` when the next look may see something. */
  idleUntil(now: Instant): Instant | undefined {
    const { fleet, watcher, lookout, contact, foresight } = this.#parts;
    if (!watcher.isWatching || watcher.isUrgent || contact.isLost) return undefined;
    const breach = foresight.breachAt(fleet.recovery) ?? Infinity;
    const timers = [...fleet.timers.values()].map(({ dueAt }) => dueAt);
    const until = Math.min(now + this.#quietMs(now), breach, ...timers, ...this.#times(now));
    return until > lookout.next ? until : undefined;
  }

  /** For a fresh recovery point there is no forecast. The data is recovered, so it may be seen somewhat late. */
  #quietMs(now: Instant): number {
    const { watcher, foresight } = this.#parts;
    const protecting = watcher.protectingMs(now);
    const quiet = foresight.quietMs(now);
    if (protecting === undefined) return quiet ?? 0;
    return Math.min(quiet ?? Infinity, protecting * LATE_SHARE);
  }

  /** When anything but a look is due. */
  #times(now: Instant): Instant[] {
    const { fleet, gatekeeper, backfiller, allocation } = this.#parts;
    const times: Instant[] = [];
    for (const effect of fleet.outbox.values()) times.push(effect.notBefore ?? now);
    const opening = gatekeeper.opensAt(now);
    if (opening !== undefined) times.push(opening);
    if (backfiller?.wakeAt !== undefined) times.push(backfiller.wakeAt);
    const release = mayStart(fleet.phase) ? allocation.nextRelease : undefined;
    if (release !== undefined) times.push(release);
    return times;
  }
}
