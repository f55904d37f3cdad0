import { SECOND_MS } from '../time.ts';
import type { Clients } from '../aws/adapter.ts';
import { courseOf } from '../kinds/courses.ts';
import type { Plan } from '../plan/types.ts';
import type { Clock } from './base/ports.ts';

/** ? How long a new tag may take to appear in reads. */
const TAG_SETTLE_MS = 5 * SECOND_MS;

/** Waits until a recent write appears in reads. */
export function tagSettling(clock: Clock): { readonly settle: () => Promise<void> } {
  return { settle: () => clock.sleepUntil(clock.now() + TAG_SETTLE_MS) };
}

/** What an executor of a plan asks: a run with volumes only sends RDS no request, and needs no permission there. SSM holds the run's claim. */
export function clientsFor(plan: Plan, clients: Clients): Clients & { readonly region: string } {
  const services = plan.resources.flatMap(({ type }) => courseOf(type).services);
  const names = ['ssm', ...new Set(services)] as (keyof Clients)[];
  return { ...Object.fromEntries(names.map((name) => [name, clients[name]])), region: plan.region };
}
