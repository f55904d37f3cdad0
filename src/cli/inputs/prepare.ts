import { advise, lifeboat } from '../../advice.ts';
import { formatPlace, LifeboatError } from '../../errors.ts';
import type { Complaint } from '../../errors.ts';
import type { Membership, MissingSource, United } from '../../inventory/membership.ts';
import type { Inventory } from '../../inventory/schema.ts';
import type { Plan, Problem, RunMode } from '../../plan/types.ts';
import type { ParsedRunbook } from '../../runbook/parse.ts';
import type { Runbook } from '../../runbook/schema.ts';
import type { UnsupportedPart } from '../../runbook/support.ts';
import { formatInstant } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { loadBaseline, readAccount } from './account.ts';
import { documentName, readDocument } from './files.ts';
import type { IncidentOptions, WorldOptions } from '../session/options.ts';
import type { Terminal } from '../session/terminal.ts';

/** A valid runbook with the text it came from. */
export interface RunbookFile extends ParsedRunbook {
  readonly file: string;
  readonly text: string;
}

/** Everything that a command needs to speak of a recovery before it starts. */
export interface Preparation {
  readonly source: RunbookFile;
  /** As the file says, but for the Region of `--region`. */
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

/** @throws LifeboatError with all complaints about the file */
export async function readRunbook(path: string): Promise<RunbookFile> {
  const file = documentName(path);
  const bytes = readDocument(path);
  const { parseRunbook } = await import('../../runbook/parse.ts');
  const parsed = parseRunbook(bytes, file);
  return { ...parsed, file, text: new TextDecoder().decode(bytes) };
}

/** Reads all there is to read, and plans. Nothing is changed anywhere. */
export async function prepare(
  path: string,
  mode: RunMode,
  options: WorldOptions & IncidentOptions,
): Promise<Preparation> {
  return prepareRunbook(await readRunbook(path), mode, options);
}

/** Says what of the account could not be read, and what follows from it. */
export async function noteGaps({ account }: Preparation, terminal: Terminal): Promise<void> {
  if (account.gaps.length === 0) return;
  const { gapNote } = await import('./account-reading.ts');
  for (const gap of account.gaps) terminal.note(gapNote(gap));
}

/** Says whom the runbook would tell and cannot. */
export async function noteUnsendable({ runbook }: Preparation, terminal: Terminal): Promise<void> {
  if (runbook.notify.length === 0) return;
  const { missingSecrets } = await import('../../notices/channels.ts');
  for (const { message, next } of missingSecrets(runbook.notify, process.env))
    terminal.note(`Note: ${message} ${next}`);
}

/** @param known what the account holds, where that was just read */
export async function prepareRunbook(
  source: RunbookFile,
  mode: RunMode,
  options: WorldOptions & IncidentOptions,
  known?: Inventory,
): Promise<Preparation> {
  const region = options.region ?? source.runbook.region;
  const runbook = { ...source.runbook, region };
  const startedAt = Date.now();
  const account = known ?? (await readAccount(options, region, startedAt));
  const [{ selectMembers, unite }, { planRecovery }, { unsupportedParts }] = await Promise.all([
    import('../../inventory/membership.ts'),
    import('../../plan/planner.ts'),
    import('../../runbook/support.ts'),
  ]);
  const united = unite(account, await loadBaseline(options, runbook.name, account));
  const membership = selectMembers(runbook, united);
  const unsupported = unsupportedParts(runbook, mode);
  const plan = planRecovery({
    runbook,
    inventory: united.inventory,
    members: membership.members,
    missing: membership.missing.map((missing) => ({
      ...missing,
      message: missingSentence(missing, source),
    })),
    mode,
    ...circumstances(options, account, startedAt),
    notExercised: mode === 'drill' ? notExercised(unsupported) : [],
  });
  const isFeasible = plan.problems.every(({ severity }) => severity !== 'error');
  return { source, runbook, account, united, membership, unsupported, plan, isFeasible };
}

interface Circumstances {
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
  readonly now: Instant;
  readonly recoverTo?: Instant;
}

/** In a simulation the clock starts with the incident; in an account it is as late as it is. */
export function circumstances(
  options: WorldOptions & IncidentOptions,
  account: Pick<Inventory, 'capturedAt'>,
  startedAt: Instant,
): Circumstances {
  const isSimulated = options.simulate !== undefined;
  const incidentAt = options.incidentAt ?? (isSimulated ? account.capturedAt : startedAt);
  const now = isSimulated ? incidentAt : startedAt;
  const damagedAt = options.damagedAt ?? incidentAt;
  const { recoverTo } = options;
  refuseFuture('--incident-at', incidentAt, now);
  refuseFuture('--damaged-at', damagedAt, now);
  if (recoverTo !== undefined) refuseFuture('--recover-to', recoverTo, now);
  return { incidentAt, damagedAt, now, ...(recoverTo !== undefined && { recoverTo }) };
}

function refuseFuture(option: string, at: Instant, now: Instant): void {
  if (at <= now) return;
  throw new LifeboatError(
    'USAGE',
    `${option} is ${formatInstant(at)}, which lies in the future: it is ${formatInstant(now)}.`,
    `Give an instant that is not after ${formatInstant(now)}; mind the zone.`,
  );
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
