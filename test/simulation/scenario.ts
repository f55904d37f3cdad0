import { fraction } from '../../src/hash.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import type { Scenario } from '../hosts/support.ts';

const T0 = Date.parse('2026-11-20T03:00:00Z');
const iso = (at: number): string => new Date(at).toISOString();
const HOUR = 3_600_000;
const ZONES = ['us-east-1a', 'us-east-1b'];

/** Choices that depend on the seed and a name alone: adding one does not change the others. */
class Choices {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  among<T>(name: string, options: readonly T[]): T {
    return options[Math.floor(this.between(name, 0, options.length))] as T;
  }

  between(name: string, low: number, high: number): number {
    return low + fraction(`scenario/${this.#seed}/${name}`) * (high - low);
  }

  whole(name: string, low: number, high: number): number {
    return Math.floor(this.between(name, low, high + 1));
  }

  chance(name: string, probability: number): boolean {
    return this.between(name, 0, 1) < probability;
  }
}

const EBS_CHOICES = [
  ['auto'],
  ['fsr', 'provisioned-rate'],
  ['provisioned-rate', 'fsr'],
  ['provisioned-rate'],
  ['provisioned-rate', 'lazy'],
];
const RDS_CHOICES = [
  ['auto'],
  ['point-in-time', 'restore-snapshot'],
  ['restore-snapshot', 'point-in-time'],
  ['restore-snapshot'],
];

function volumeParts(
  choices: Choices,
  index: number,
): { resource: object; volume: object; snapshots: object[] } {
  const name = (what: string): string => `volume-${index}-${what}`;
  const sizeGiB = choices.whole(name('size'), 4, 120);
  const zone = choices.among(name('zone'), ZONES);
  const strategies = choices.among(name('strategies'), EBS_CHOICES);
  const isLazy = strategies.includes('lazy');
  const fsr = choices.chance(name('fsr-on'), 0.2) ? [{ zone, state: 'enabled', credits: 3 }] : [];
  const snapshot = (suffix: string, age: number, change: object): object => ({
    id: `snap-${index}${suffix}`,
    volumeId: `vol-${index}`,
    startedAt: iso(T0 - age),
    state: 'completed',
    sizeGiB,
    fullSizeGiB: Math.max(1, Math.floor(sizeGiB * choices.between(name('full'), 0.3, 1))),
    fsr: [],
    ...change,
  });
  return {
    resource: {
      id: `volume-${index}`,
      type: 'ebs-volume',
      source: `vol-${index}`,
      strategies,
      copies: choices.chance(name('copies'), 0.2) ? 2 : 1,
      readyWhen: isLazy || choices.chance(name('available'), 0.2) ? 'available' : 'hydrated',
    },
    volume: {
      id: `vol-${index}`,
      zone,
      type: 'gp3',
      sizeGiB,
      iops: 3_000,
      throughputMiBps: 125,
      tags: { app: 'shop', 'odd key': 'ä' },
    },
    snapshots: [
      snapshot('a', HOUR, { fsr }),
      snapshot('b', 2 * HOUR, {}),
      snapshot('x', 10 * 60_000, { state: 'pending' }),
    ],
  };
}

function databaseParts(
  choices: Choices,
  index: number,
): { resource: object; instance: object; snapshot: object } {
  const name = (what: string): string => `db-${index}-${what}`;
  const shared = { engine: 'postgres', engineVersion: '16.4' };
  return {
    resource: {
      id: `db-${index}`,
      type: 'rds-instance',
      source: `shop-${index}`,
      strategies: choices.among(name('strategies'), RDS_CHOICES),
      readyWhen: choices.chance(name('available'), 0.3) ? 'available' : 'hydrated',
    },
    instance: {
      id: `shop-${index}`,
      ...shared,
      class: 'db.r6g.large',
      storageGiB: choices.whole(name('size'), 20, 80),
      zone: ZONES[0],
      multiAz: choices.chance(name('multi-az'), 0.5),
      parameterGroup: 'shop-pg16',
      subnetGroup: 'prod',
      securityGroups: ['sg-1'],
      deletionProtection: choices.chance(name('protected'), 0.5),
      backupRetentionDays: choices.whole(name('retention'), 0, 7),
      ...(choices.chance(name('monitored'), 0.5) && {
        monitoringIntervalSeconds: 60,
        monitoringRole: 'arn:aws:iam::111111111111:role/monitoring',
      }),
      earliestRestorableTime: iso(T0 - 48 * HOUR),
      latestRestorableTime: iso(T0 - 180_000),
      tags: { app: 'shop' },
    },
    snapshot: {
      id: `rds:shop-${index}`,
      dbInstanceId: `shop-${index}`,
      at: iso(T0 - HOUR),
      source: 'automated',
      storageGiB: 60,
      ...shared,
    },
  };
}

export interface SeededScenario extends Scenario {
  readonly mode: RunMode;
  /** What an operator does on the way, at seconds from the incident. */
  readonly operator?: {
    readonly kind: 'abort' | 'pause';
    readonly atSeconds: number;
    /** Of an abort: what is to become of what was made. */
    readonly made?: 'keep' | 'remove';
  };
}

/** A small account and a runbook for it, with tight quotas and mixed strategies. The same seed gives the same. */
export function scenarioOf(seed: number): SeededScenario {
  const choices = new Choices(seed);
  const volumes = Array.from({ length: choices.whole('volumes', 1, 3) }, (_, index) =>
    volumeParts(choices, index),
  );
  const databases = Array.from({ length: choices.whole('databases', 0, 1) }, (_, index) =>
    databaseParts(choices, index),
  );
  const ids = [
    ...databases.map((_, index) => `db-${index}`),
    ...volumes.map((_, index) => `volume-${index}`),
  ];
  const chained = choices.chance('chained', 0.4);
  // Of a chain, some resources wait for one, some for all before them.
  const waitsForAll = choices.chance('waits-for-all', 0.5);
  const resources = [...databases, ...volumes].map(({ resource }, index) =>
    chained && index > 0 ? { ...resource, dependsOn: ids.slice(0, waitsForAll ? index : 1) } : resource,
  );
  const gated = choices.chance('gated', 0.3);
  // What is on already counts against the quota.
  const accelerated = volumes.filter((_, index) => choices.chance(`volume-${index}-fsr-on`, 0.2)).length;
  const runbook = runbookSchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Runbook',
    name: 'storm',
    objectives: { rto: '4h', rpo: '2h', dataComplete: '7d', availability: '99.5%' },
    region: 'us-east-1',
    resources,
    forensics: choices.chance('forensics', 0.3),
    ...(gated && {
      gates: [
        { before: 'restore', approvals: 2 },
        { before: 'cleanup', approvals: 1 },
      ],
    }),
  });
  const inventory = inventorySchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: iso(T0),
    account: '111111111111',
    region: 'us-east-1',
    zones: ZONES,
    quotas: {
      fsrSnapshots: accelerated + choices.whole('fsr-quota', 1, 2),
      provisionedInitMiBps: choices.among('rate-quota', [600, 700, 900]),
      dbInstances: databases.length + choices.whole('db-quota', 1, 2),
      storageTiB: { gp3: 2 },
    },
    volumes: [
      ...volumes.map(({ volume }) => volume),
      { id: 'vol-stranger', zone: ZONES[0], type: 'gp2', sizeGiB: 8, tags: { app: 'other' } },
    ],
    snapshots: volumes.flatMap(({ snapshots }) => snapshots),
    dbInstances: databases.map(({ instance }) => instance),
    dbSnapshots: databases.map(({ snapshot }) => snapshot),
  });
  const kind = choices.among('operator', ['abort', 'pause', undefined, undefined, undefined] as const);
  const mode = choices.among('mode', ['drill', 'restore'] as const);
  const atSeconds = choices.whole('operator-at', 0, 4_000);
  // The command offers no drill to keep what it made.
  const keeps = kind === 'abort' && mode === 'restore' && choices.chance('operator-keeps', 0.5);
  const operator = kind && { kind, atSeconds, ...(keeps && { made: 'keep' as const }) };
  return { runbook, inventory, mode, ...(operator && { operator }) };
}
