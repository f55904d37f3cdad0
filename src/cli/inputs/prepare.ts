import { LifeboatError } from '../../errors.ts';
import type { Inventory } from '../../inventory/schema.ts';
import type { RunMode } from '../../plan/types.ts';
import type { Circumstances, Preparation, RunbookFile } from '../../preparation/prepare.ts';
import { formatInstant } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { gapNote, loadBaseline, readAccount } from './account.ts';
import { documentName, readDocument } from './files.ts';
import type { IncidentOptions, WorldOptions } from '../session/options.ts';
import type { Terminal } from '../session/terminal.ts';

/** @throws LifeboatError with all complaints about the file */
export async function readRunbook(path: string): Promise<RunbookFile> {
  const bytes = readDocument(path);
  const { parseSource } = await import('../../preparation/prepare.ts');
  return parseSource(bytes, documentName(path));
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
export function noteGaps({ account }: Preparation, terminal: Terminal): void {
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
  const startedAt = Date.now();
  const { region = source.runbook.region } = options;
  const account = known ?? (await readAccount(options, region, startedAt));
  const { planRun } = await import('../../preparation/prepare.ts');
  const baseline = await loadBaseline(options, source.runbook.name, account);
  return planRun(source, mode, account, baseline, circumstances(options, account, startedAt));
}

/** In a simulation the clock starts with the incident, and what is said of it counts from the capture; in an account it is as late as it is. */
export function circumstances(
  options: WorldOptions & IncidentOptions,
  account: Pick<Inventory, 'capturedAt'>,
  startedAt: Instant,
): Circumstances {
  const isSimulated = options.simulate !== undefined;
  const spokenAt = isSimulated ? account.capturedAt : startedAt;
  const incidentAt = options.incidentAt?.(spokenAt) ?? spokenAt;
  const now = isSimulated ? incidentAt : startedAt;
  const damagedAt = options.damagedAt?.(now) ?? incidentAt;
  const recoverTo = options.recoverTo?.(now);
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
