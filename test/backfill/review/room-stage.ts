import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Backfill } from '../../../src/backfill/backfill.ts';
import type { DiskSpace } from '../../../src/backfill/base/room.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import { openSink, type Sink } from '../../e2e/sink.ts';
import { linesFrom } from '../scan/logs.ts';

export const MIB = 1_024 ** 2;
export const LINES = 120_000;
/** As small as logs become that say the same over and over. */
export const BOMB = gzipSync(linesFrom(0, 60, 502).repeat(LINES / 60));
/** A disk of 2,000 MiB keeps 100 of them. */
export const diskWith = (freeMib: number): DiskSpace => ({ free: freeMib * MIB, total: 2_000 * MIB });

export let folder: string;
export let state: string;
export let sink: Sink;

/** To be called once by a test file: a folder and a target for each of its tests. */
export function useRoom(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-room-'));
    state = join(folder, 'state');
    sink = await openSink();
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await sink.close();
  });
}

const silent = { warn: () => undefined, info: () => undefined };
export const TOOLS = { env: {}, log: silent, now: () => Date.now(), threads: 1 };
export const signal: AbortSignal = new AbortController().signal;

export function specOf(path: string, change: object = {}) {
  return backfillSchema.parse({
    sources: [{ path, format: 'common' }],
    replay: { target: sink.url, rate: 1_000 },
    ...change,
  });
}

export function open(
  content: string | Uint8Array,
  spaceOf: () => DiskSpace,
  change: object = {},
): Promise<Backfill> {
  const path = join(folder, 'missed.log');
  writeFileSync(path, content);
  const definition = { name: 'room', createdAt: 0, spec: specOf(path, change) };
  return Backfill.open(state, definition, { ...TOOLS, spaceOf });
}

export const left = (): readonly string[] =>
  readdirSync(state)
    .filter((name) => !/^(definition\.json|.*lock.*)$/.test(name))
    .sort();

export async function failure(backfill: Backfill): Promise<unknown> {
  try {
    await backfill.scan(signal);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await backfill.close();
  }
}
