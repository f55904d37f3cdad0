import { ADAPTERS } from '../../src/aws/adapters.ts';
import { DRILL_RULES, happensIn, whyNotInDrills } from '../../src/kinds/drill-rules.ts';
import { draftRun } from '../../src/preparation/draft-run.ts';
import { unsupportedParts } from '../../src/runbook/support.ts';
import type { Preparation } from '../../src/preparation/prepare.ts';
import {
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  runbookOf,
  volumeWithSnapshot,
} from '../plan/builders.ts';

const { volume, snapshot } = volumeWithSnapshot('vol-1');
const INVENTORY = inventoryOf({
  volumes: [volume],
  snapshots: [snapshot],
  dbInstances: [{ ...ORDERS_PROD, publiclyAccessible: true, deletionProtection: true }],
  dbSnapshots: [ORDERS_SNAPSHOT],
});
const RESOURCES = [
  { id: 'v', type: 'ebs-volume', source: 'vol-1' },
  { id: 'db', type: 'rds-instance', source: 'orders-prod' },
] as const;
/** Everything that a restore does and a drill does not. */
const PARTS = {
  gates: [{ before: 'cleanup', approvals: 2, window: 'Mon-Fri 06:00-10:00 UTC', freezeFile: 'freeze' }],
  manual: [{ instructions: 'stop the batch jobs', before: 'restore' }],
  limits: { costUsd: 0.01 },
  forensics: true,
  backfill: {
    sources: [{ path: 'edge.jsonl', format: 'capture' }],
    clients: [],
    replay: { target: 'https://shop.example' },
  },
} satisfies Parameters<typeof runbookOf>[1];

const runbook = runbookOf([...RESOURCES], PARTS);
const planFor = (mode: 'restore' | 'drill') =>
  planOf([...RESOURCES], INVENTORY, { mode, runbookParts: PARTS });

async function recordOf(mode: 'restore' | 'drill') {
  const preparation = {
    source: { file: '/ops/orders.yaml', text: '' },
    runbook,
    account: INVENTORY,
    plan: planFor(mode),
  } as unknown as Preparation;
  const options = { yes: false, incidentDeclared: false };
  const start = { startedBy: 'ada', startedOn: 'ops', notify: [], options };
  return (await draftRun(preparation, start)).record('orders-1');
}

describe('what a drill leaves out', () => {
  test('is not in the record of its run, and is in that of a restore', async () => {
    const [drill, restore] = await Promise.all([recordOf('drill'), recordOf('restore')]);
    expect(restore.gates.map(({ kind }) => kind)).toEqual([
      'cost',
      'approvals',
      'window',
      'freeze',
      'manual',
    ]);
    expect(drill.gates.map(({ kind }) => kind)).toEqual(['cost']);
    expect(restore.forensics.map(({ resource }) => resource)).toEqual(['v', 'db']);
    expect(drill.forensics).toEqual([]);
    expect([restore.protects, drill.protects]).toEqual([true, false]);
    expect([restore.backfill !== undefined, drill.backfill !== undefined]).toEqual([true, false]);
  });

  test('is no part of its blast radius', () => {
    const { creates, sends } = planFor('drill').blastRadius;
    expect([creates.snapshots, sends]).toEqual([0, undefined]);
    expect(planFor('restore').blastRadius).toMatchObject({
      creates: { snapshots: 4 },
      sends: 'https://shop.example',
    });
  });

  test('is told as not exercised, each with its rule', () => {
    const told = unsupportedParts(runbook, 'drill').filter(({ effect }) => effect === 'not-exercised');
    const rules = ['approvals', 'window', 'freeze', 'manual', 'forensics', 'backfill'] as const;
    expect(
      told.map(({ message }, index) => message.startsWith(DRILL_RULES[rules[index] ?? 'cost'].why)),
    ).toEqual(rules.map(() => true));
    expect(unsupportedParts(runbook, 'restore')).toEqual([]);
  });

  test('is told as not exercised also where this version cannot do it in a restore', () => {
    const route53 = { zone: 'Z1', name: 'shop.example' };
    const resources = [
      { ...RESOURCES[0], target: { attachTo: { instance: 'i-1', device: '/dev/sdf' } } },
      RESOURCES[1],
    ];
    const later = runbookOf(resources, { cutover: { route53 } });
    const effects = (mode: 'restore' | 'drill') => unsupportedParts(later, mode).map(({ effect }) => effect);
    expect(effects('drill')).toEqual(['not-exercised', 'not-exercised']);
    expect(effects('restore')).toEqual(['refused']);
  });
});

test('what a drill makes of a public, protected database is neither public nor protected', () => {
  const specs = planFor('drill').resources.flatMap(({ strategies }) => strategies.map(({ spec }) => spec));
  const databases = specs.filter((spec) => spec.kind === 'dbInstance');
  expect(databases.length).toBeGreaterThan(1);
  for (const spec of databases)
    expect(spec).toMatchObject({ publiclyAccessible: false, deletionProtection: false });
});

describe('the operations of a drill', () => {
  test.each(ADAPTERS.map((adapter) => [adapter.kind, adapter] as const))(
    '%s: each has a rule',
    (_, adapter) => {
      const names = Object.keys(adapter.operations);
      expect(names.length).toBeGreaterThan(2);
      for (const name of names) expect([name, Object.hasOwn(DRILL_RULES, name)]).toEqual([name, true]);
    },
  );

  test('of every step of every strategy are allowed in drills', () => {
    const steps = planFor('drill').resources.flatMap(({ strategies }) =>
      strategies.flatMap((one) => one.steps),
    );
    expect(steps.length).toBeGreaterThan(10);
    for (const step of steps) expect([step.id, whyNotInDrills(step)]).toEqual([step.id, undefined]);
  });

  test('are none that no rule speaks of, that cannot be undone, or that touch production', () => {
    expect(whyNotInDrills({ operation: 'renameVolume' })).toMatch('No rule');
    expect(whyNotInDrills({ operation: 'createVolume', undo: 'renameVolume' })).toMatch('No rule');
    expect(whyNotInDrills({ operation: 'toString' })).toMatch('No rule');
    expect(whyNotInDrills({ operation: 'createVolume', irreversible: true })).toMatch('cannot be undone');
    for (const operation of ['promoteReplica', 'takeSnapshot'] as const) {
      expect(whyNotInDrills({ operation })).toBe(DRILL_RULES[operation].why);
      expect([happensIn('drill', operation), happensIn('restore', operation)]).toEqual([false, true]);
    }
  });
});
