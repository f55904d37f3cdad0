import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogs } from '../../../src/backfill/open-logs.ts';
import { buildResult, NOTHING_SENT } from '../../../src/backfill/result.ts';
import { scan } from '../../../src/backfill/scan/scan.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import type { BackfillResult } from '../../../src/workflow/recovery/backfill-result.ts';

const NOW = Date.UTC(2026, 10, 30);

/** What a scan of some logs found, and what it would replay. */
export interface Scanned {
  readonly result: BackfillResult;
  readonly replayed: readonly RequestRecord[];
  readonly remarks: readonly string[];
}

export type Line = string | object;

/** Scans logs, one for each list of lines; the counts balance. @param change of the part `backfill` of a runbook, and of its only source; `end`: what follows the last line */
export async function scanLogs(
  logs: readonly (readonly Line[])[],
  { source = {}, end = '\n', ...change }: { source?: object; end?: string; [name: string]: unknown } = {},
): Promise<Scanned> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-lines-'));
  try {
    mkdirSync(join(folder, 'logs'));
    logs.forEach((lines, index) => {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      writeFileSync(join(folder, 'logs', `${index}.log`), text.join('\n') + end);
    });
    return await scanFolder(folder, { sources: [{ path: join(folder, 'logs', '*'), ...source }], ...change });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function scanFolder(folder: string, document: object): Promise<Scanned> {
  const spec = backfillSchema.parse(document);
  const { signal } = new AbortController();
  const log = { warn: () => undefined, info: () => undefined };
  const tools = { env: {}, now: () => NOW, threads: 1, log };
  const sources = await openLogs(spec, folder, tools, signal);
  const kept = new Map<string, RequestRecord>();
  const writer = {
    add: (source: number, offset: number, record: RequestRecord) =>
      void kept.set(`${source} ${offset}`, record),
    remove: (source: number, offset: number) => void kept.delete(`${source} ${offset}`),
    complete: () => undefined,
  };
  try {
    const facts = await scan({ spec, sources, writer, scratch: folder, now: NOW, threads: 1 });
    const result = buildResult({ facts, ledger: NOTHING_SENT, queues: [] });
    expect(result.balanced).toBe(true);
    expect(kept.size).toBe(result.pending);
    const failed = facts.sources.reduce((sum, one) => sum + one.failed, 0);
    // What the survey takes for failed the parser does not lose.
    if (spec.windows.given.length === 0) expect(result.failed).toBe(failed);
    const replayed = [...kept.values()].sort((left, right) => left.at - right.at);
    return { result, replayed, remarks: result.sources.flatMap((one) => one.remarks) };
  } finally {
    for (const source of sources) await source.close();
  }
}

/** The same for one log. */
export function scanLines(
  lines: readonly Line[],
  change: Parameters<typeof scanLogs>[1] = {},
): Promise<Scanned> {
  return scanLogs([lines], change);
}

/** Of everything that would be replayed: method and URL. */
export function asked({ replayed }: Scanned): readonly string[] {
  return replayed.map(({ method, url }) => `${method} ${url}`);
}
