import type { Inventory } from '../../inventory/schema.ts';
import type { FaultProfileName } from '../chance/faults.ts';
import { openWorld, type World } from '../world.ts';
import { FollowingClock } from './following-clock.ts';
import { serveWorld, type Endpoint, type EndpointOptions } from './serve.ts';

export interface ServedAccountOptions extends Omit<EndpointOptions, 'clock'> {
  readonly inventory: Inventory;
  readonly seed?: number;
  readonly faults?: FaultProfileName;
  /** Simulated seconds per real second. */
  readonly speed?: number;
}

export interface ServedAccount extends Endpoint {
  readonly world: World;
  readonly clock: FollowingClock;
}

/**
 * Serves a new account, which is kept in memory and holds what the inventory lists. Its clock begins at the capture and follows real time.
 *
 * @throws Error the system's own, such as EADDRINUSE
 * @example
 * const account = await serveAccount({ inventory, speed: 600 });
 * process.env['AWS_ENDPOINT_URL'] = account.url;
 */
export async function serveAccount(options: ServedAccountOptions): Promise<ServedAccount> {
  const { inventory, seed = 1, faults = 'none', speed = 1, ...serving } = options;
  const clock = new FollowingClock(inventory.capturedAt, speed);
  const world = openWorld({ path: ':memory:', inventory, seed, faults, clock });
  try {
    const endpoint = await serveWorld(world, { ...serving, clock });
    return {
      ...{ url: endpoint.url, world, clock },
      close: async () => {
        await endpoint.close();
        world.close();
      },
    };
  } catch (error) {
    world.close();
    throw error;
  }
}
