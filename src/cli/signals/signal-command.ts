import type { Signal, SignalKind } from '../../journal/journal.ts';
import { defineCommand } from '../session/command.ts';
import type { CommandDefinition, Session } from '../session/command.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { runsOptions } from '../session/options.ts';
import type { RunsOptions } from '../session/options.ts';
import {
  breakGlassOption,
  byOption,
  printSignal,
  questionOptions,
  reasonOption,
  refuseSignal,
  sendSignal,
} from './signals.ts';
import type { SignalOptions } from './signals.ts';
import { attendanceOf } from '../stored/read-attendance.ts';
import { findReadableRun, withJournal } from '../stored/stored-run.ts';

type Words = Pick<CommandDefinition, 'summary' | 'description' | 'examples'>;

/** What most signals share: the inbox of a run takes them from any terminal, its driver consumes them. */
export function signalCommand(kind: 'approve' | 'reject' | 'pause', words: Words): CommandDefinition {
  return defineCommand<[string], RunsOptions & SignalOptions>({
    ...words,
    usage: `${kind} <run>`,
    options: [
      ...(kind === 'approve'
        ? [byOption('in a simulation or with --break-glass'), breakGlassOption(), ...questionOptions()]
        : [byOption()]),
      reasonOption(),
      ...runsOptions(),
    ],
    run: (session, [runId], options) => giveSignal(session, kind, runId, options),
  });
}

/** Puts a signal into the inbox of a run when its state allows it, and tells what came of it. */
export async function giveSignal(
  { terminal }: Session,
  kind: SignalKind,
  runId: string,
  options: RunsOptions & SignalOptions,
  details: Pick<Signal, 'made'> = {},
): Promise<ExitCode> {
  const run = await findReadableRun(options, runId);
  const sent = await sendSignal(terminal, run, kind, options, details);
  if (sent.refusal !== undefined) return refuseSignal(terminal, runId, kind, sent.refusal);
  const { driven } = await withJournal(run, (journal) => attendanceOf(journal, run.store));
  return printSignal(terminal, runId, kind, driven, sent);
}
