import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../errors.ts';
import type { SnapshotFrom } from 'xstate';
import type { Journal, RunRecord, Signal, SignalKind } from '../journal/journal.ts';
import { eventOf } from '../journal/signal-events.ts';
import { approvers, nextWanted, wantedKey } from '../workflow/openings.ts';
import type { Wanted } from '../workflow/openings.ts';
import type { RecoveryInput } from '../workflow/recovery-context.ts';
import type { recoveryMachine } from '../workflow/recovery-machine.ts';
import type { Phase } from '../workflow/phase.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { speaker } from './identity.ts';
import type { StateOptions } from './options.ts';
import { errorText } from './render-error.ts';
import { viewOf, withJournal } from './stored-run.ts';
import type { Terminal } from './terminal.ts';
import { plain } from '../report/text.ts';

export interface SignalOptions extends Partial<StateOptions> {
  readonly by?: string;
  readonly reason?: string;
  readonly breakGlass?: boolean;
}

const LONGEST_WORDS = 500;

/** Without the blanks around it: `alex ` is nobody else than `alex`. */
function words(text: string): string {
  const said = text.trim();
  if (said !== '' && said.length <= LONGEST_WORDS) return said;
  throw new InvalidArgumentError(`Expected 1 to ${LONGEST_WORDS} characters.`);
}

/** On a real account the identity service says who speaks; an approval may break the glass. */
export const byOption = (where = 'in a simulation'): Option =>
  new Option('--by <name>', `who says so, ${where} (default: the user of this machine)`).argParser(words);

export const reasonOption = (): Option =>
  new Option('--reason <text>', 'why; it is kept as evidence').argParser(words);

export const breakGlassOption = (): Option =>
  new Option(
    '--break-glass',
    'speak although the identity service is down; needs --reason, and is marked so',
  );

/** A signal with who gives it: the identity in the account of a real run, the user of the machine in a simulation. */
export async function signer(
  kind: SignalKind,
  options: SignalOptions,
  { record, terminal }: { readonly record: RunRecord; readonly terminal: Terminal },
): Promise<Omit<Signal, 'id'>> {
  const { reason } = options;
  const isSimulated = record.options.simulation !== undefined;
  const where = isSimulated ? undefined : { region: record.plan.region, account: record.account };
  const { by, identity, note } = await speaker(kind, options, where);
  if (note !== undefined) terminal.note(note);
  return { at: Date.now(), kind, by, identity, ...(reason !== undefined && { reason }) };
}

export function isEnded(phase: Phase): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'aborted';
}

/** What became of a signal. */
export interface Sent {
  /** Why the state of the run does not allow it. */
  readonly refusal?: LifeboatError;
  /** What an approval was for. */
  readonly wanted?: Wanted;
}

/** Appends a signal to the run's inbox when its state allows it. */
export function sendSignal(
  terminal: Terminal,
  directory: string,
  kind: SignalKind,
  options: SignalOptions,
  details: Pick<Signal, 'made'> = {},
): Promise<Sent> {
  return withJournal(directory, false, async (journal) => {
    const { record } = journal;
    const { runId } = record;
    const signal = { ...(await signer(kind, options, { record, terminal })), ...details };
    const view = await viewOf(journal);
    const next = await anticipated(journal);
    const refusal = isEnded(view.phase)
      ? `it has ${view.phase === 'completed' ? 'completed' : `ended as ${view.phase}`}`
      : whyNot(next, signal);
    if (refusal !== undefined) {
      const message = `Cannot ${kind} ${runId}: ${refusal}.`;
      const way = `See where it stands: lifeboat status ${runId}.`;
      return { refusal: new LifeboatError('RUN_NOT_POSSIBLE', message, way) };
    }
    const wanted = kind === 'approve' ? nextWanted(next.context) : undefined;
    await journal.signal({ ...signal, ...(wanted !== undefined && { meant: wantedKey(wanted) }) });
    return wanted === undefined ? {} : { wanted };
  });
}

/** Where the recovery will stand once the signals are consumed that wait for a driver. */
export async function anticipated(journal: Journal): Promise<SnapshotFrom<typeof recoveryMachine>> {
  const [{ begin, decide, fromJson }, { recoveryMachine: machine }, { narrateRecovery }] = await Promise.all([
    import('../workflow/decide.ts'),
    import('../workflow/recovery-machine.ts'),
    import('../workflow/narrate.ts'),
  ]);
  const stored = (await journal.load()).aggregates.find(({ id }) => id === 'recovery');
  const { record } = journal;
  let aggregate =
    stored === undefined
      ? begin(machine, 'recovery', beginningOf(record), record.createdAt, narrateRecovery).aggregate
      : { ...stored, snapshot: fromJson(machine, stored.snapshot) };
  for (const signal of await journal.pendingSignals())
    aggregate =
      decide(machine, aggregate, eventOf(signal, signal.at), narrateRecovery)?.aggregate ?? aggregate;
  return aggregate.snapshot;
}

/**
 * A run that no process has driven yet, as it will begin: one that was adopted can be aborted before anything else is done. What it will ask of AWS
 * decides no signal.
 */
function beginningOf(record: RunRecord): RecoveryInput {
  const { runId, runbook, mode, plan, gates, waivers, forensics, protects, createdAt: at } = record;
  const { objectives, incidentAt, damagedAt } = plan;
  return {
    ...{ runId, mode, objectives, gates, waivers, forensics, protects, at },
    claim: { runId, runbook, mode, by: record.startedBy, host: record.startedOn, at, incidentAt, damagedAt },
    claimSources: [],
    preflight: { snapshots: [], dbSnapshots: [], dbInstances: [], fsr: [], needs: [] },
    total: plan.resources.length,
  };
}

/** Asks the machine itself what its state allows. */
function whyNot(
  snapshot: SnapshotFrom<typeof recoveryMachine>,
  { at, kind, by }: Omit<Signal, 'id'>,
): string | undefined {
  if (!snapshot.can({ type: kind, at, by })) return WHY_NOT[kind];
  if (kind !== 'approve') return undefined;
  const { context } = snapshot;
  const wanted = nextWanted(context);
  if (wanted === undefined) return WHY_NOT.approve;
  const hasSpoken = wanted.kind === 'approvals' && approvers(context.approvals, wanted.phase).has(by);
  return hasSpoken ? `${by} has approved already; another person must` : undefined;
}

const WHY_NOT: Readonly<Record<SignalKind, string>> = {
  approve: 'no approval is waited for',
  reject: 'no approval is waited for',
  pause: 'it is paused already',
  resume: 'it is neither paused nor halted',
  abort: 'it is being cleaned up already',
};

export function printSignal(
  terminal: Terminal,
  runId: string,
  kind: SignalKind,
  isDriven: boolean,
  wanted?: Wanted,
): ExitCode {
  const agreed = wanted === undefined ? undefined : agreedTo(wanted);
  terminal.document({
    schema: 'lifeboat.signal/v1',
    runId,
    signal: kind,
    accepted: true,
    removed: [],
    ...agreed,
  });
  terminal.print(`Accepted: ${kind} ${runId}${agreed === undefined ? '' : `: ${plain(agreed.what)}`}`);
  if (!isDriven) {
    terminal.print(terminal.hint(`No process drives the run. Carry it out with: lifeboat resume ${runId}`));
  }
  return EXIT.done;
}

/** Nobody says what they approve: what it was taken for must not stay in doubt. */
function agreedTo(wanted: Wanted): {
  readonly gate: string;
  readonly step: string | null;
  readonly what: string;
} {
  const { phase: gate } = wanted;
  if (wanted.kind === 'manual') {
    const { id: step, instructions, why } = wanted.gate;
    return { gate, step, what: `confirmed before ${gate}: ${instructions ?? why}` };
  }
  const { of, missing } = wanted;
  return { gate, step: null, what: `approval ${of - missing + 1} of ${of} before ${gate}` };
}

/** A refusal is an answer, not a failure of the command: its document has the shape of an answer. */
export function refuseSignal(
  terminal: Terminal,
  runId: string,
  kind: SignalKind | 'cleanup',
  error: LifeboatError,
): ExitCode {
  const { code, message } = error;
  const next = terminal.hint(error.next);
  const schema = kind === 'cleanup' ? 'lifeboat.cleanup/v1' : 'lifeboat.signal/v1';
  terminal.document({ schema, runId, signal: kind, accepted: false, removed: [], code, message, next });
  terminal.note(errorText(error));
  return exitCodeOf(code);
}
