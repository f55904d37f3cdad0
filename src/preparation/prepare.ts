import { advise, lifeboat, type Advice } from '../advice.ts';
import { formatPlace, LifeboatError } from '../errors.ts';
import type { Complaint } from '../errors.ts';
import type { Membership, MissingSource, United } from '../inventory/membership.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Baseline, CheckedWorld, RunStore } from '../journal/run-store.ts';
import type { Plan, Problem, RunMode } from '../plan/types.ts';
import type { ParsedRunbook } from '../runbook/parse.ts';
import type { Runbook } from '../runbook/schema.ts';
import type { UnsupportedPart } from '../runbook/support.ts';
import type { Instant } from '../time.ts';

/** A valid runbook with the text it came from. */
export interface RunbookFile extends ParsedRunbook {
  /** A path or an address `s3://bucket/key`: relative paths in the runbook count from its folder. */
  readonly file: string;
  readonly text: string;
}

/** Everything that is known of a recovery before it starts. */
export interface Preparation {
  readonly source: RunbookFile;
  /** As the file says, but for the Region to recover in. */
  readonly runbook: Runbook;
  /** What the account holds now. */
  readonly account: Inventory;
  /** The same, and what only the baseline still knows. */
  readonly united: United;
  readonly membership: Membership;
  readonly unsupported: readonly UnsupportedPart[];
  readonly plan: Plan;
  /** Whether the plan brings everything back, however late. */
  readonly isFeasible: boolean;
}

export interface Circumstances {
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
  readonly now: Instant;
  readonly recoverTo?: Instant;
}

/** @throws LifeboatError with all complaints about the runbook */
export async function parseSource(bytes: Uint8Array, file: string): Promise<RunbookFile> {
  const { parseRunbook } = await import('../runbook/parse.ts');
  return { ...parseRunbook(bytes, file), file, text: new TextDecoder().decode(bytes) };
}

/**
 * A saved baseline. One of another account or Region is never quietly left aside: it may be all that remembers what there was.
 * @throws LifeboatError `INVALID_INVENTORY`
 */
export async function parseBaseline(
  { place, text }: Baseline,
  account: Pick<Inventory, 'account' | 'region'>,
  next: Advice,
): Promise<Inventory> {
  const { parseInventory } = await import('../inventory/parse.ts');
  const baseline = parseInventory(text, place);
  for (const name of ['account', 'region'] as const) {
    if (baseline[name] === account[name]) continue;
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `The saved baseline ${place} is of ${name} ${baseline[name]}, but the recovery is to run in ${name} ${account[name]}.`,
      next,
    );
  }
  return baseline;
}

/** Also what is gone by now is remembered: it still belongs to the runbook. What drills made does not. */
export async function keepBaseline(
  store: Pick<RunStore, 'keepBaseline'>,
  { runbook, united }: Preparation,
  world: CheckedWorld,
): Promise<string> {
  const [{ formatInventory }, { withoutDrills }] = await Promise.all([
    import('../inventory/serialize.ts'),
    import('../inventory/drift.ts'),
  ]);
  return store.keepBaseline(runbook.name, world, formatInventory(withoutDrills(united.inventory)));
}

/**
 * Plans a run, from what was read. Nothing is changed anywhere.
 * @param account what the account holds now; its Region is where the recovery runs
 */
export async function planRun(
  source: RunbookFile,
  mode: RunMode,
  account: Inventory,
  baseline: Inventory | undefined,
  circumstances: Circumstances,
): Promise<Preparation> {
  const runbook = { ...source.runbook, region: account.region };
  const [{ selectMembers, unite }, { planRecovery }, { unsupportedParts }] = await Promise.all([
    import('../inventory/membership.ts'),
    import('../plan/planner.ts'),
    import('../runbook/support.ts'),
  ]);
  const united = unite(account, baseline);
  const membership = selectMembers(runbook, united);
  const unsupported = unsupportedParts(runbook, mode);
  const plan = planRecovery({
    runbook,
    inventory: united.inventory,
    members: membership.members,
    gone: new Set(Object.values(united.gone).flatMap((ids: ReadonlySet<string>) => [...ids])),
    missing: membership.missing.map((missing) => ({
      ...missing,
      message: missingSentence(missing, source),
    })),
    mode,
    ...circumstances,
    notExercised: mode === 'drill' ? notExercised(unsupported) : [],
  });
  const isFeasible = plan.problems.every(({ severity }) => severity !== 'error');
  return { source, runbook, account, united, membership, unsupported, plan, isFeasible };
}

function notExercised(parts: readonly UnsupportedPart[]): readonly string[] {
  return parts
    .filter(({ effect }) => effect === 'not-exercised')
    .map(({ part, clause }) => `${part} (${clause})`);
}

function missingSentence(missing: MissingSource, source: RunbookFile): string {
  const guess = missing.suggestion === undefined ? '' : ` Did you mean '${missing.suggestion}'?`;
  return `${missing.message} The runbook names it at ${formatPlace(source.placeOf(missing.path))}.${guess}`;
}

/** What this version does not carry out, among the plan's own problems: nothing declared is silently left out. */
export function allProblems({ plan, unsupported }: Preparation): readonly Problem[] {
  const refused = unsupported.filter(({ effect }) => effect === 'refused');
  return [
    ...plan.problems,
    ...refused.map(({ message, next }) => ({
      severity: 'warning' as const,
      code: 'NOT_YET_SUPPORTED',
      message: `${message} No run starts with this runbook.`,
      next,
    })),
  ];
}

/**
 * Refuses to begin what could not be carried through.
 * @throws LifeboatError `NOT_YET_SUPPORTED`, `UNKNOWN_RESOURCE` or `NO_FEASIBLE_PLAN`, each with every place or reason
 */
export function refuseImpossible(preparation: Preparation): void {
  const { source, unsupported, membership, plan, isFeasible } = preparation;
  const refused = unsupported.filter(({ effect }) => effect === 'refused');
  const [first] = refused;
  if (first !== undefined) {
    throw new LifeboatError(
      'NOT_YET_SUPPORTED',
      `${source.file} asks for ${refused.length === 1 ? 'something' : `${refused.length} things`} that this version does not carry out yet.`,
      first.next,
      { complaints: refused.map(({ path, message }) => ({ place: source.placeOf(path), message })) },
    );
  }
  if (membership.missing.length > 0) {
    throw new LifeboatError(
      'UNKNOWN_RESOURCE',
      `${source.file} names what neither the account nor a baseline knows.`,
      'Correct the source, or give an inventory from before the disaster with --baseline FILE.',
      { complaints: membership.missing.map((missing) => complaintOf(missing, source)) },
    );
  }
  if (isFeasible) return;
  const errors = plan.problems.filter(({ severity }) => severity === 'error');
  throw new LifeboatError(
    'NO_FEASIBLE_PLAN',
    `There is no feasible plan: ${errors.map(({ message }) => message).join(' ')}`,
    errors[0]?.next ?? advise`See ${lifeboat('plan', source.file)}.`,
  );
}

function complaintOf(missing: MissingSource, source: RunbookFile): Complaint {
  const { path, message, suggestion } = missing;
  return { place: source.placeOf(path), message, ...(suggestion !== undefined && { suggestion }) };
}
