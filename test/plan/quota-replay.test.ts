import { phasesOf } from '../../src/kinds/phases.ts';
import { fc } from '../property.ts';
import type { Plan, PlannedResource, ScheduledResource } from '../../src/plan/types.ts';
import {
  DB,
  EVENTS,
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  volumeWithSnapshot,
} from './builders.ts';

/**
 * Any account, planned and then replayed: what the schedule says each resource uses, against the quotas less what exists. The
 * replay knows nothing of the planner but its answer.
 */
const anyVolume = fc.record({
  sizeGiB: fc.integer({ min: 1, max: 3_000 }),
  fullShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
  zone: fc.constantFrom('us-east-1a', 'us-east-1b'),
  type: fc.constantFrom('gp3' as const, 'io2' as const),
  fsr: fc.constantFrom('disabled' as const, 'enabled' as const),
  credits: fc.integer({ min: 0, max: 3 }),
});
const anyAccount = fc.record({
  volumes: fc.array(anyVolume, { minLength: 1, maxLength: 12 }),
  databases: fc.integer({ min: 0, max: 4 }),
  copies: fc.integer({ min: 1, max: 4 }),
  readyWhen: fc.constantFrom('hydrated' as const, 'available' as const),
  dependent: fc.boolean(),
  rtoHours: fc.integer({ min: 1, max: 12 }),
  quotas: fc.record(
    {
      fsrSnapshots: fc.integer({ min: 0, max: 14 }),
      provisionedInitMiBps: fc.integer({ min: 0, max: 3_000 }),
      dbInstances: fc.integer({ min: 0, max: 10 }),
      storageTiB: fc.record({ gp3: fc.integer({ min: 1, max: 150 }), io2: fc.integer({ min: 1, max: 150 }) }),
    },
    { requiredKeys: [] },
  ),
});
type Account = typeof anyAccount extends fc.Arbitrary<infer T> ? T : never;
type Quotas = Account['quotas'];

function planWith(account: Account, quotas: Quotas = account.quotas): Plan {
  const things = account.volumes.map(({ sizeGiB, fullShare, zone, type, fsr, credits }, index) => {
    const rest = { fullSizeGiB: Math.max(1, Math.floor(sizeGiB * fullShare)) };
    const on = fsr === 'disabled' ? {} : { fsr: [{ zone, state: fsr, credits }] };
    const { volume, snapshot } = volumeWithSnapshot(`vol-${index}`, sizeGiB, { ...rest, ...on });
    return { volume: { ...volume, zone, type }, snapshot };
  });
  const databases = Array.from({ length: account.databases }, (_, index) => ({ ...DB, id: `db-${index}` }));
  const inventory = inventoryOf({
    quotas,
    volumes: things.map(({ volume }) => volume),
    snapshots: things.map(({ snapshot }) => snapshot),
    dbInstances: [ORDERS_PROD],
    dbSnapshots: [ORDERS_SNAPSHOT],
  });
  const dependsOn = account.dependent && databases.length > 0 ? ['db-0'] : [];
  const events = { ...EVENTS, copies: account.copies, readyWhen: account.readyWhen, dependsOn };
  return planOf([events, ...databases], inventory, {
    runbookParts: { objectives: { rto: `${account.rtoHours}h`, rpo: '2h' } },
  });
}

/** Left of each quota, by hand. */
function leftOf({ volumes, quotas }: Account): ReadonlyMap<string, number> {
  const usedTiB = (type: string): number =>
    volumes.reduce((sum, volume) => sum + (volume.type === type ? volume.sizeGiB / 1_024 : 0), 0);
  const left = new Map<string, number>();
  const { fsrSnapshots, provisionedInitMiBps, dbInstances, storageTiB } = quotas;
  const on = volumes.filter(({ fsr }) => fsr === 'enabled').length;
  if (fsrSnapshots !== undefined) left.set('fsrSnapshots', fsrSnapshots - on);
  if (provisionedInitMiBps !== undefined) left.set('provisionedInitMiBps', provisionedInitMiBps);
  if (dbInstances !== undefined) left.set('dbInstances', dbInstances - 1);
  for (const [type, quota] of Object.entries(storageTiB ?? {})) {
    left.set(`storageTiB.${type}`, quota - usedTiB(type));
  }
  return left;
}

/** Two minutes after its volumes are made a slot of fast snapshot restore is free again. */
const FSR_TAIL_SECONDS = 120;

function heldUntil(pool: string, slot: ScheduledResource, resource: PlannedResource): number {
  const strategy = resource.strategies[0];
  if (strategy === undefined) throw new Error(`${slot.resource} is scheduled without a strategy`);
  const { accelerate, restore } = phasesOf(strategy);
  const madeSeconds = slot.startSeconds + accelerate.p50Seconds + restore.p50Seconds;
  if (pool === 'fsrSnapshots') return madeSeconds + FSR_TAIL_SECONDS;
  if (pool !== 'provisionedInitMiBps') return Infinity;
  return slot.hydratedSeconds ?? Infinity;
}

function expectWithinQuotas(plan: Plan, left: ReadonlyMap<string, number>): void {
  const resources = new Map(plan.resources.map((resource) => [resource.id, resource]));
  for (const { startSeconds: instant } of plan.schedule) {
    const used = new Map<string, number>();
    for (const slot of plan.schedule) {
      const resource = resources.get(slot.resource);
      if (resource === undefined || slot.startSeconds > instant) continue;
      for (const [pool, amount] of Object.entries(slot.uses)) {
        // The schedule is told in whole seconds, upwards.
        const isHeld = heldUntil(pool, slot, resource) - 1 > instant;
        if (isHeld) used.set(pool, (used.get(pool) ?? 0) + amount);
      }
    }
    for (const [pool, amount] of used) {
      expect([pool, amount <= (left.get(pool) ?? Infinity) + 1e-6]).toEqual([pool, true]);
    }
  }
}

test('no schedule uses more of anything than the account has left', () => {
  fc.assert(
    fc.property(anyAccount, (account) => expectWithinQuotas(planWith(account), leftOf(account))),
    { numRuns: 150 },
  );
});

test('what a resource uses is what its copies need', () => {
  fc.assert(
    fc.property(anyAccount, (account) => {
      const plan = planWith(account);
      for (const { resource: id, uses } of plan.schedule) {
        const resource = plan.resources.find((candidate) => candidate.id === id);
        const spec = resource?.strategies[0]?.spec;
        if (spec?.kind !== 'volume') expect(uses).toEqual({ dbInstances: 1 });
        else {
          expect(uses[`storageTiB.${spec.volumeType}`]).toBeCloseTo((account.copies * spec.sizeGiB) / 1_024);
          expect(uses['provisionedInitMiBps']).toEqual(
            spec.rateMiBps === undefined ? undefined : account.copies * spec.rateMiBps,
          );
        }
      }
    }),
  );
});

test('the forecast is ordered, its path is in the plan, and RTO and exit agree with it', () => {
  fc.assert(
    fc.property(anyAccount, (account) => {
      const { forecast, resources, schedule, meets, objectives } = planWith(account);
      const { p50, p90 } = forecast.rtaSeconds;
      expect(forecast.lowerBoundSeconds).toBeLessThanOrEqual(p50);
      expect(p50).toBeLessThanOrEqual(p90);
      expect(schedule.reduce((latest, slot) => Math.max(latest, slot.readySeconds), 0)).toBe(p50);
      const ids = resources.map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([...forecast.criticalPath]));
      expect(meets.rto).toBe(schedule.length === resources.length && p50 <= objectives.rtoSeconds);
    }),
  );
});

test('a quota increase does what the plan says, when the plan is made again with it', () => {
  let tried = 0;
  fc.assert(
    fc.property(anyAccount, (account) => {
      const plan = planWith(account);
      const alone = plan.quotaIncreases.filter(({ together }) => !together).map((increase) => [increase]);
      const together = plan.quotaIncreases.filter((increase) => increase.together);
      for (const increases of [...alone, ...(together.length === 0 ? [] : [together])]) {
        const again = planWith(account, increases.reduce(raise, account.quotas));
        tried += 1;
        expect(again.forecast.rtaSeconds).toEqual(increases[0]?.rtaSeconds);
        expect(again.meets.rto).toBe(increases[0]?.meetsRto);
      }
    }),
    { numRuns: 100 },
  );
  expect(tried).toBeGreaterThan(20);
});

function raise(quotas: Quotas, { quota, to }: { readonly quota: string; readonly to: number }): Quotas {
  const [name, type] = quota.split('.');
  if (type === undefined) return { ...quotas, [quota]: to };
  const storageTiB = { gp3: Infinity, io2: Infinity, ...quotas.storageTiB, [type]: to };
  return { ...quotas, [name ?? '']: storageTiB };
}
