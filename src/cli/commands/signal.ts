import type { SignalKind } from '../../journal/journal.ts';
import { defineCommand } from '../command.ts';
import type { CommandDefinition } from '../command.ts';
import { stateOption } from '../options.ts';
import type { StateOptions } from '../options.ts';
import { byOption, printSignal, reasonOption, refuseSignal, sendSignal } from '../signals.ts';
import type { SignalOptions } from '../signals.ts';
import { findReadableRun } from '../stored-run.ts';

/** What all signals share: the inbox of a run takes them from any terminal, its driver consumes them. */
export function signalCommand(
  kind: Exclude<SignalKind, 'resume'>,
  words: Pick<CommandDefinition, 'summary' | 'description' | 'examples'>,
): CommandDefinition {
  return defineCommand<[string], StateOptions & SignalOptions>({
    ...words,
    usage: `${kind} <run>`,
    options: [byOption(), reasonOption(), stateOption()],
    async run({ terminal }, [runId], options) {
      const { directory } = await findReadableRun(options.state, runId);
      const refusal = await sendSignal(directory, kind, options);
      if (refusal !== undefined) return refuseSignal(terminal, runId, kind, refusal);
      const { readDriver } = await import('../../journal/sqlite.ts');
      return printSignal(terminal, runId, kind, readDriver(directory) !== undefined);
    },
  });
}
