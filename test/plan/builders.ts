import type { z } from 'zod';
import type { Inventory } from '../../src/inventory/schema.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import type { PlanInput, PlanMember } from '../../src/plan/input.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import type { Plan, PlannedResource } from '../../src/plan/types.ts';
import type { Runbook } from '../../src/runbook/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { Instant } from '../../src/time.ts';
import { parseInstant } from '../../src/time.ts';

type InventoryInput = z.input<typeof inventorySchema>;
type RunbookInput = z.input<typeof runbookSchema>;

/** The incident of most tests. */
export const INCIDENT = at('03:00');

/** A time of the day of the incident. */
export function at(time: string): Instant {
  const instant = parseInstant(`2026-11-20T${time}:00Z`);
  if (instant === undefined) throw new Error(`not a time: ${time}`);
  return instant;
}

export function inventoryOf(parts: Partial<InventoryInput> = {}): Inventory {
  return inventorySchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    region: 'us-east-1',
    zones: ['us-east-1a', 'us-east-1b'],
    ...parts,
  });
}

export function runbookOf(
  resources: RunbookInput['resources'],
  parts: Partial<Omit<RunbookInput, 'resources'>> = {},
): Runbook {
  return runbookSchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Runbook',
    name: 'orders',
    objectives: { rto: '6h', rpo: '2h' },
    region: 'us-east-1',
    resources,
    ...parts,
  });
}

/** A volume with one completed snapshot of 02:00. */
export function volumeWithSnapshot(
  id: string,
  sizeGiB = 100,
  snapshot: Partial<NonNullable<InventoryInput['snapshots']>[number]> = {},
) {
  return {
    volume: { id, zone: 'us-east-1a', type: 'gp3' as const, sizeGiB, tags: { app: 'events' } },
    snapshot: {
      id: `snap-${id}`,
      volumeId: id,
      startedAt: '2026-11-20T02:00:00Z',
      state: 'completed' as const,
      sizeGiB,
      ...snapshot,
    },
  };
}

export const ORDERS_PROD = {
  id: 'orders-prod',
  engine: 'postgres',
  engineVersion: '16.4',
  class: 'db.r6g.xlarge',
  storageGiB: 800,
  storageType: 'gp3',
  iops: 12_000,
  throughputMiBps: 500,
  zone: 'us-east-1a',
  subnetGroup: 'prod',
  securityGroups: ['sg-1'],
  parameterGroup: 'orders-pg16',
  optionGroup: null,
  deletionProtection: true,
  backupRetentionDays: 7,
  iamAuth: true,
  logExports: ['postgresql'],
  earliestRestorableTime: '2026-11-13T03:00:00Z',
  latestRestorableTime: '2026-11-20T02:57:00Z',
  tags: { app: 'orders' },
};

export const ORDERS_SNAPSHOT = {
  id: 'rds:orders-prod-1',
  dbInstanceId: 'orders-prod',
  at: '2026-11-20T01:00:00Z',
  source: 'automated' as const,
  storageGiB: 800,
  engine: 'postgres',
  engineVersion: '16.4',
};

/** One member a resource; a resource with a tag selector gets every volume of the inventory. */
export function membersOf(runbook: Runbook, inventory: Inventory): readonly PlanMember[] {
  return runbook.resources.flatMap((resource) => {
    if (typeof resource.source === 'string') {
      const { source } = resource;
      const exists = [...inventory.volumes, ...inventory.dbInstances].some((thing) => thing.id === source);
      return [{ resource, planId: resource.id, sourceId: source, gone: !exists }];
    }
    return inventory.volumes.map((volume) => ({
      resource,
      planId: `${resource.id}/${volume.id}`,
      sourceId: volume.id,
      gone: false,
    }));
  });
}

export function planOf(
  resources: RunbookInput['resources'],
  inventory: Inventory,
  options: Partial<PlanInput> & { readonly runbookParts?: Parameters<typeof runbookOf>[1] } = {},
): Plan {
  const { runbookParts, ...rest } = options;
  const runbook = runbookOf(resources, runbookParts);
  return planRecovery({
    runbook,
    inventory,
    members: membersOf(runbook, inventory),
    missing: [],
    mode: 'restore',
    incidentAt: INCIDENT,
    damagedAt: INCIDENT,
    now: INCIDENT,
    notExercised: [],
    ...rest,
  });
}

export function resourceOf(plan: Plan, id: string): PlannedResource {
  const resource = plan.resources.find((candidate) => candidate.id === id);
  if (resource === undefined) throw new Error(`not in the plan: ${id}`);
  return resource;
}

export function codesOf(plan: Plan): readonly string[] {
  return plan.problems.map((problem) => problem.code);
}

/** One DB instance. */
export const DB = { id: 'db', type: 'rds-instance', source: 'orders-prod' } as const;
/** Every volume. */
export const EVENTS = { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } } } as const;

/** `count` volumes of 1 TiB, each with a snapshot. */
export function fleet(count: number, quotas: object = {}, snapshot: object = {}) {
  const things = Array.from({ length: count }, (_, index) =>
    volumeWithSnapshot(`vol-${String(index).padStart(3, '0')}`, 1_024, snapshot),
  );
  return inventoryOf({
    quotas,
    volumes: things.map((thing) => thing.volume),
    snapshots: things.map((thing) => thing.snapshot),
  });
}

/** The DB instance of {@link DB}, with a snapshot. */
export const database = (parts: object = {}) =>
  inventoryOf({ dbInstances: [{ ...ORDERS_PROD, ...parts }], dbSnapshots: [ORDERS_SNAPSHOT] });

/** An inventory as the schema takes it: instants as text. */
export function inputOf(inventory: ReturnType<typeof inventoryOf>) {
  const { volumes, quotas } = inventory;
  const snapshots = inventory.snapshots.map((snapshot) => ({
    ...snapshot,
    startedAt: new Date(snapshot.startedAt).toISOString(),
  }));
  return { volumes, quotas, snapshots };
}

export function dbInput() {
  return { dbInstances: [ORDERS_PROD], dbSnapshots: [ORDERS_SNAPSHOT] };
}
