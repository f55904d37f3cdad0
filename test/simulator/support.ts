import { inventorySchema } from '../../src/inventory/schema.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { openWorld, SimulatedClock } from '../../src/simulator/index.ts';
import type { World, WorldOptions } from '../../src/simulator/index.ts';
import { parseInstant } from '../../src/time.ts';

export const BEGIN = parseInstant('2026-11-20T03:00:00Z') ?? 0;

/** A small account: one volume, snapshots in every condition, a database with snapshots, a replica-less source without backups. */
export function inventory(changes: Record<string, unknown> = {}): Inventory {
  return inventorySchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    account: '111111111111',
    region: 'us-east-1',
    zones: ['us-east-1a', 'us-east-1b'],
    volumes: [
      {
        id: 'vol-1',
        zone: 'us-east-1a',
        type: 'gp3',
        sizeGiB: 100,
        attachedTo: { instanceId: 'i-1', device: '/dev/sdf' },
        tags: { app: 'events' },
      },
    ],
    snapshots: [
      snapshot('snap-1', { tags: { app: 'events' } }),
      snapshot('snap-tib', { sizeGiB: 1024, fullSizeGiB: 1024 }),
      snapshot('snap-pending', { state: 'pending' }),
      snapshot('snap-error', { state: 'error' }),
      snapshot('snap-archived', { tier: 'archive' }),
      snapshot('snap-huge', { sizeGiB: 20_000 }),
      snapshot('snap-locked', { encrypted: true, kmsKeyId: 'key-off' }),
      snapshot('snap-elsewhere', { region: 'us-west-2' }),
    ],
    instances: [
      { id: 'i-1', zone: 'us-east-1a' },
      { id: 'i-2', zone: 'us-east-1b' },
    ],
    dbInstances: [
      {
        id: 'orders-prod',
        engine: 'postgres',
        engineVersion: '16.4',
        class: 'db.r6g.xlarge',
        storageGiB: 800,
        iops: 12_000,
        zone: 'us-east-1a',
        multiAz: true,
        subnetGroup: 'prod',
        securityGroups: ['sg-1'],
        parameterGroup: 'orders-pg16',
        deletionProtection: true,
        backupRetentionDays: 7,
        iamAuth: true,
        logExports: ['postgresql'],
        earliestRestorableTime: '2026-11-13T03:00:00Z',
        latestRestorableTime: '2026-11-20T02:57:00Z',
      },
      { id: 'scratch', engine: 'mysql', engineVersion: '8.0.39', class: 'db.t4g.medium', storageGiB: 20 },
    ],
    dbSnapshots: [
      dbSnapshot('orders-1', { source: 'automated' }),
      dbSnapshot('orders-copying', { state: 'creating' }),
      dbSnapshot('orders-locked', { encrypted: true, kmsKeyId: 'key-off' }),
    ],
    kmsKeys: [
      { id: 'key-on', state: 'Enabled' },
      { id: 'key-off', state: 'Disabled' },
    ],
    ...changes,
  });
}

export function snapshot(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    volumeId: 'vol-1',
    startedAt: '2026-11-20T02:00:00Z',
    state: 'completed',
    sizeGiB: 100,
    fullSizeGiB: 60,
    ...changes,
  };
}

export function dbSnapshot(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    dbInstanceId: 'orders-prod',
    at: '2026-11-20T01:00:00Z',
    storageGiB: 800,
    engine: 'postgres',
    engineVersion: '16.4',
    ...changes,
  };
}

export interface Stage {
  readonly world: World;
  readonly clock: SimulatedClock;
  /** Moves the clock on. */
  wait(ms: number): void;
}

/** A world at {@link BEGIN}, without faults unless asked for. */
export function stage(options: Partial<Omit<WorldOptions, 'clock'>> = {}): Stage {
  const clock = new SimulatedClock(BEGIN);
  const world = openWorld({
    path: ':memory:',
    inventory: inventory(),
    seed: 1,
    faults: 'none',
    clock,
    ...options,
  });
  return { world, clock, wait: (ms) => clock.advanceTo(clock.now() + ms) };
}

/** The error that a call ends with; fails when it succeeds. */
export async function refusal(call: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error as Error & Record<string, unknown>;
    throw error;
  }
  throw new Error('the call succeeded');
}
