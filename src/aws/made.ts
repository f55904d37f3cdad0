import type { Thing } from '../kinds/things.ts';
import type { RunMode } from '../plan/types.ts';
import type { Claim } from '../workflow/base/effects.ts';
import type { Services } from './adapter.ts';
import { readersOf } from './adapters.ts';
import type { Settling } from './answers.ts';
import { readClaim } from './claim/claim.ts';
import type { FoundOfKind, MadeItem } from './found.ts';

export interface MadeRun {
  readonly runId: string;
  readonly mode: RunMode;
  /** The oldest first, then by id. */
  readonly things: readonly MadeItem[];
}

export type FindMadeOptions = Services &
  Settling & {
    readonly runbook: string;
    /** Where the claim may be a tag. */
    readonly sources: readonly Thing[];
  };

/**
 * All that carries the runbook's tag, by run, and who claims the runbook: what a run can be rebuilt from when its journal is lost. Read
 * twice, a settle apart, for one read may not show all.
 *
 * @throws what a read threw: `classify` tells what it means
 */
export async function findMade(
  options: FindMadeOptions,
): Promise<{ readonly claim?: Claim; readonly runs: readonly MadeRun[] }> {
  const { runbook, sources, settle } = options;
  const readers = [...readersOf(options).values()];
  const read = async () => {
    const found: FoundOfKind[] = [];
    for (const reader of readers) found.push(...(await reader.findMade(runbook)));
    return found;
  };
  const first = await read();
  await settle();
  const second = await read();
  const { holder } = await readClaim(options, runbook, sources);
  // The later read is the more recent where both show a thing.
  const byId = new Map([...first, ...second].map((found) => [keyOf(found.item), found]));
  const present = [...byId.values()].filter(({ item }) => !/^delet(ing|ed)$/.test(item.state));
  return { ...(holder !== undefined && { claim: holder }), runs: runsOf(present, holder) };
}

function keyOf({ thing: { type, id } }: MadeItem): string {
  return `${type} ${id}`;
}

function runsOf(found: readonly FoundOfKind[], claim: Claim | undefined): readonly MadeRun[] {
  const byRun = new Map<string, FoundOfKind[]>();
  for (const one of found) byRun.set(one.runId, [...(byRun.get(one.runId) ?? []), one]);
  return [...byRun]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([runId, things]) => ({
      runId,
      mode: modeOf(things) ?? (claim?.runId === runId ? claim.mode : 'restore'),
      things: things.map(({ item }) => item).sort(byAge),
    }));
}

/** The mode by the tags of any of its things. Without one the run counts as a restore, of which nothing is removed unless asked for. */
function modeOf(things: readonly FoundOfKind[]): RunMode | undefined {
  return things.find(({ mode }) => mode !== undefined)?.mode;
}

function byAge(one: MadeItem, other: MadeItem): number {
  const [a, b] = [one, other].map(({ createdAt }) => createdAt ?? Number.POSITIVE_INFINITY);
  if (a !== b && a !== undefined && b !== undefined) return a - b;
  return one.thing.id < other.thing.id ? -1 : 1;
}
