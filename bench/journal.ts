import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Journal, RunRecord } from '../src/journal/journal.ts';
import { createSqliteJournal } from '../src/journal/sqlite/open-journal.ts';
import type { Decision } from '../src/workflow/base/decision.ts';
import type { Effect } from '../src/workflow/base/effects.ts';
import { atLeast, inScratchFolder, interleaved, median, plain, quotients } from './support.ts';
import type { Bench, Figure } from './support.ts';

const DECISIONS_A_ROUND = 1_000;
const ROUNDS = 11;
const RESOURCES = 100;
const SNAPSHOT_BYTES = 1_024;
const START = Date.UTC(2026, 10, 20, 3);

const record: RunRecord = {
  runId: 'bench-20261120T0300-1',
  runbook: 'bench',
  mode: 'drill',
  machineVersion: 1,
  createdAt: START,
  plan: {
    runbook: 'bench',
    mode: 'drill',
    region: 'us-east-1',
    incidentAt: START,
    damagedAt: START,
    plannedAt: START,
    objectives: { rtoSeconds: 21_600, rpoSeconds: 7_200 },
    resources: [],
    order: [],
    schedule: [],
    forecast: { rtaSeconds: { p50: 0, p90: 0 }, rpaSeconds: null, criticalPath: [], lowerBoundSeconds: 0 },
    costUsd: 0,
    apiCalls: { total: 0, byOperation: {} },
    meets: { rto: true, rpo: true },
    quotaIncreases: [],
    pools: {},
    problems: [],
    notExercised: [],
    blastRadius: { creates: { volumes: 0, storageGiB: 0, dbInstances: 0, snapshots: 0 }, fsr: [], reads: [] },
  },
  gates: [],
  waivers: [],
  forensics: [],
  protects: false,
  notify: [],
  startedBy: 'bench',
  startedOn: 'bench',
  runbookText: 'name: bench\n',
  options: { yes: true, incidentDeclared: false },
};

/** A resource's volume asked for again under back-off: one effect settled, one added, a snapshot of about a KiB. */
function decisionOf(index: number): Decision {
  const resource = index % RESOURCES;
  const sequence = Math.floor(index / RESOURCES) + 1;
  const aggregate = `resource:events/vol-${resource}`;
  const effect = (attempt: number): Effect => ({
    id: `${record.runId}/events/vol-${resource}/create.0#${attempt}`,
    aggregate,
    attempt,
    ...{ type: 'operate', kind: 'ebs-volume', operation: 'createVolume', role: 'volume' },
    identity: `${record.runId}-vol-${resource}-create-0`,
    name: `vol-${resource}-${record.runId}`,
    resource: `events/vol-${resource}`,
    mark: { mode: 'restore', strategy: 'lazy', round: 0, copy: 0, generation: 1 },
    spec: {
      kind: 'volume',
      snapshotId: `snap-${resource}`,
      zone: 'us-east-1a',
      volumeType: 'gp3',
      sizeGiB: 500,
      fullSizeGiB: 320,
      encrypted: true,
      tags: { app: 'events' },
    },
  });
  const snapshot = {
    value: { restoring: 'waiting' },
    status: 'active',
    context: { sequence, notes: 'n'.repeat(SNAPSHOT_BYTES - 90) },
  };
  const failure = {
    class: 'capacity',
    code: 'InsufficientVolumeCapacity',
    message: 'There is not enough capacity.',
  };
  const event = {
    type: 'answer',
    answer: { effectId: effect(sequence).id, kind: 'createVolume', ok: false, failure },
  };
  return {
    aggregate,
    sequence,
    at: START + index * 1_000,
    event,
    snapshot,
    settled: sequence === 1 ? [] : [effect(sequence - 1).id],
    effects: [effect(sequence)],
    timers: [],
    cancelled: [],
    timeline: [],
  };
}

/** The text that a decision comes to: the bare loop writes rows of this size. */
function textOf({ snapshot, effects, event }: Decision): string {
  return JSON.stringify({ snapshot, effects, event });
}

/** Milliseconds that the journal takes for the next round of decisions. */
async function commitRound(journal: Journal, decisions: readonly Decision[]): Promise<number> {
  const began = performance.now();
  for (const decision of decisions) await journal.commit({ decisions: [decision] });
  return performance.now() - began;
}

function bareDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
  database.exec('CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  return database;
}

async function measure(folder: string): Promise<readonly Figure[]> {
  mkdirSync(folder, { recursive: true });
  const journal = await createSqliteJournal({ directory: join(folder, 'run'), record });
  await journal.acquire();
  const bare = bareDatabase(join(folder, 'bare.sqlite'));
  const insert = bare.prepare('INSERT INTO entry (text) VALUES (?)');
  let decided = 0;
  const nextRound = () => Array.from({ length: DECISIONS_A_ROUND }, () => decisionOf(decided++));
  const texts = Array.from({ length: DECISIONS_A_ROUND }, (_, index) =>
    textOf(decisionOf(index + RESOURCES)),
  );
  const times = await interleaved(ROUNDS, {
    bare: () => {
      const began = performance.now();
      for (const text of texts) insert.run(text);
      return performance.now() - began;
    },
    journal: () => commitRound(journal, nextRound()),
  });
  bare.close();
  await journal.close();
  const perSecond = (values: readonly number[]) => (DECISIONS_A_ROUND / median(values)) * 1_000;
  return [
    atLeast(
      'durable decisions a second / bare insert loop',
      median(quotients(times.bare, times.journal)),
      'ratio',
      0.7,
    ),
    plain('durable decisions', perSecond(times.journal), '1/s'),
    plain('bare inserts', perSecond(times.bare), '1/s'),
    plain('bytes a row', Buffer.byteLength(texts[0] ?? ''), 'B'),
  ];
}

export const journal: Bench = {
  about: 'durable decisions a second, against a bare insert loop with the same settings and row size',
  run: () => inScratchFolder(measure),
};
