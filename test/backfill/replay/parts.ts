import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger, type FileLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import {
  replay,
  type EngineSettings,
  type ReplayEnd,
  type ReplayParts,
} from '../../../src/backfill/replay/engine.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import type {
  Fate,
  ReplayRequest,
  ReplaySource,
  ReplayTarget,
  Ticket,
} from '../../../src/backfill/base/replay-ports.ts';
import { createHttpTarget } from '../../../src/backfill/targets/http.ts';
import { backfillSchema, type ReplaySettings } from '../../../src/runbook/backfill-schema.ts';

const AT = Date.UTC(2026, 10, 20, 3);
const folders: string[] = [];

/** A folder for a ledger; gone after {@link removeFolders}. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'lifeboat-replay-'));
  folders.push(made);
  return made;
}

export function removeFolders(): void {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
}

/** The n-th missed request, from 0. */
export function request(ordinal: number, parts: Partial<ReplayRequest> = {}): ReplayRequest {
  return {
    source: 1,
    position: ordinal * 700,
    ordinal,
    at: AT + ordinal,
    method: 'POST',
    url: `/events?n=${ordinal}`,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ n: ordinal })),
    ...parts,
  };
}

/** A request out of a queue: it has no ordinal. */
export function message(id: string): ReplayRequest {
  return { source: 1, position: id, at: AT, method: 'POST', url: '/events', headers: [] };
}

export interface ListSource extends ReplaySource {
  readonly settled: readonly { readonly ticket: Ticket; readonly fate: Fate }[];
  readonly loads: () => number;
  /** The most that were pulled and had no fate yet. */
  readonly mostOut: () => number;
}

/** Gives these requests in their order, from its beginning for every new source, as the work store does. */
export function listSource(requests: readonly ReplayRequest[]): ListSource {
  const settled: { ticket: Ticket; fate: Fate }[] = [];
  let given = 0;
  let loads = 0;
  let mostOut = 0;
  let isAsked = false;
  return {
    name: 'a list',
    total: requests.length,
    settled,
    loads: () => loads,
    mostOut: () => mostOut,
    async next(limit) {
      if (isAsked) throw new Error('a source is asked for one batch at a time');
      isAsked = true;
      await new Promise(setImmediate);
      isAsked = false;
      if (given >= requests.length) return undefined;
      const some = requests.slice(given, given + limit);
      given += some.length;
      mostOut = Math.max(mostOut, given - settled.length);
      return some;
    },
    async load({ ordinal = -1 }) {
      loads += 1;
      const found = requests[ordinal];
      if (found === undefined) throw new Error(`there is no request ${ordinal}`);
      return found;
    },
    async settle(ticket, fate) {
      settled.push({ ticket, fate });
    },
    async close() {},
  };
}

export function requests(
  count: number,
  parts: (ordinal: number) => Partial<ReplayRequest> = () => ({}),
): ReplayRequest[] {
  return Array.from({ length: count }, (_, ordinal) => request(ordinal, parts(ordinal)));
}

/** As the runbook would give them. */
export function replaySettings(target: string, settings: object = {}): ReplaySettings {
  const { replay: parsed } = backfillSchema.parse({
    sources: [{ path: '-' }],
    replay: { target, ...settings },
  });
  if (parsed === undefined) throw new Error('the settings have a replay');
  return parsed;
}

export function httpTarget(
  url: string,
  settings: object = {},
  options: Partial<Parameters<typeof createHttpTarget>[1]> = {},
): ReplayTarget {
  return createHttpTarget(replaySettings(url, settings), {
    backfill: 'test-1',
    headers: new Map(),
    ...options,
  });
}

export const QUICK: EngineSettings = {
  connections: 8,
  attempts: 5,
  backoff: { first: 0.004, longest: 0.02 },
  retryBudget: 10,
  ambiguous: 'resend',
  ordered: false,
};

export interface Ran {
  readonly end: ReplayEnd;
  readonly ledger: FileLedger;
}

/** One process of a replay, with a ledger on the disk. */
export async function run(parts: {
  readonly source: ReplaySource;
  readonly target: ReplayTarget;
  readonly directory?: string;
  readonly settings?: Partial<EngineSettings>;
  readonly more?: Partial<ReplayParts>;
}): Promise<Ran> {
  const ledger = await openLedger(parts.directory ?? folder(), { syncs: false });
  try {
    const end = await replay({
      source: parts.source,
      target: parts.target,
      ledger,
      governor: createFixedRate(1_000_000),
      settings: { ...QUICK, ...parts.settings },
      pause: new AbortController().signal,
      ...parts.more,
    });
    return { end, ledger };
  } finally {
    await parts.target.close();
    await ledger.close();
  }
}
