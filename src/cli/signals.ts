import { userInfo } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../errors.ts';
import type { SnapshotFrom } from 'xstate';
import type { Journal, Signal, SignalKind } from '../journal/journal.ts';
import { approvers, nextGate } from '../workflow/recovery-context.ts';
import type { RecoveryEvent } from '../workflow/recovery-context.ts';
import type { Phase, recoveryMachine } from '../workflow/recovery-machine.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { StateOptions } from './options.ts';
import { errorText } from './render-error.ts';
import { viewOf, withJournal } from './stored-run.ts';
import type { Terminal } from './terminal.ts';

export interface SignalOptions extends Partial<StateOptions> {
  readonly by?: string;
  readonly reason?: string;
}

const LONGEST_WORDS = 500;

function words(text: string): string {
  if (text.trim() !== '' && text.length <= LONGEST_WORDS) return text;
  throw new InvalidArgumentError(`Expected 1 to ${LONGEST_WORDS} characters.`);
}

export const byOption = (): Option =>
  new Option('--by <name>', 'who says so (default: the user of this machine)').argParser(words);

export const reasonOption = (): Option =>
  new Option('--reason <text>', 'why; it is kept as evidence').argParser(words);

export function signer(kind: SignalKind, { by, reason }: SignalOptions): Omit<Signal, 'id'> {
  return { at: Date.now(), kind, by: by ?? userName(), ...(reason !== undefined && { reason }) };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

export function isEnded(phase: Phase): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'aborted';
}

/** Appends a signal to the run's inbox when its state allows it; gives the reason when it does not. */
export function sendSignal(
  directory: string,
  kind: SignalKind,
  options: SignalOptions,
): Promise<LifeboatError | undefined> {
  return withJournal(directory, false, async (journal) => {
    const { runId } = journal.record;
    const signal = signer(kind, options);
    const view = await viewOf(journal);
    const refusal = isEnded(view.phase)
      ? `it has ${view.phase === 'completed' ? 'completed' : `ended as ${view.phase}`}`
      : whyNot(await anticipated(journal), signal);
    if (refusal !== undefined) {
      return new LifeboatError(
        'RUN_NOT_POSSIBLE',
        `Cannot ${kind} ${runId}: ${refusal}.`,
        `See where it stands: lifeboat status ${runId}.`,
      );
    }
    await journal.signal(signal);
    return undefined;
  });
}

/** Where the recovery will stand once the signals are consumed that wait for a driver; `undefined` before it has begun. */
export async function anticipated(
  journal: Journal,
): Promise<SnapshotFrom<typeof recoveryMachine> | undefined> {
  const [{ decide, fromJson }, { recoveryMachine: machine }, { narrateRecovery }] = await Promise.all([
    import('../workflow/decide.ts'),
    import('../workflow/recovery-machine.ts'),
    import('../workflow/narrate.ts'),
  ]);
  const stored = (await journal.load()).aggregates.find(({ id }) => id === 'recovery');
  if (stored === undefined) return undefined;
  let aggregate = { ...stored, snapshot: fromJson(machine, stored.snapshot) };
  for (const { kind, at, by } of await journal.pendingSignals()) {
    const event: RecoveryEvent = { type: kind, at, by };
    aggregate = decide(machine, aggregate, event, narrateRecovery)?.aggregate ?? aggregate;
  }
  return aggregate.snapshot;
}

/** Asks the machine itself what its state allows. */
function whyNot(
  snapshot: SnapshotFrom<typeof recoveryMachine> | undefined,
  { at, kind, by }: Omit<Signal, 'id'>,
): string | undefined {
  if (snapshot === undefined) return 'it has not begun yet';
  if (!snapshot.can({ type: kind, at, by })) return WHY_NOT[kind];
  if (kind !== 'approve') return undefined;
  const { context } = snapshot;
  const gate = nextGate(context);
  if (gate === undefined) return WHY_NOT.approve;
  return approvers(context, gate).has(by) ? `${by} has approved already; another person must` : undefined;
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
): ExitCode {
  terminal.document({ schema: 'lifeboat.signal/v1', runId, signal: kind, accepted: true, removed: [] });
  terminal.print(`Accepted: ${kind} ${runId}`);
  if (!isDriven) {
    terminal.print(terminal.hint(`No process drives the run. Carry it out with: lifeboat resume ${runId}`));
  }
  return EXIT.done;
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
