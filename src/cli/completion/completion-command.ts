import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifeboatError } from '../../errors.ts';
import { defineCommand } from '../session/command.ts';
import type { CommandDefinition } from '../session/command.ts';
import type { Shell } from './completion.ts';
import { EXIT } from '../session/exit-codes.ts';
import type { RunsOptions } from '../session/options.ts';

/** More would not be read, and fetching them would make the shell wait. */
const MOST_RUNS = 200;
/** A person has pressed Tab and waits. */
const PATIENCE_MS = 3_000;

/** @param commands all commands that can be completed; asked for when the command runs, since this one is among them */
export function completionCommand(commands: () => readonly CommandDefinition[]): CommandDefinition {
  return defineCommand<[string, readonly string[] | undefined], object>({
    usage: 'completion <shell> [words...]',
    summary: 'a script that lets a shell complete command lines',
    description:
      'Prints the script for bash, zsh, fish or powershell; its first line says how to load it. Commands, options, their values, ' +
      'files and the ids of runs are completed. The script asks the same command, with the words of the line after --.',
    options: [],
    examples: [
      'lifeboat completion bash > ~/.local/share/bash-completion/completions/lifeboat',
      'lifeboat completion zsh',
    ],
    async run({ terminal }, [wanted, given = []]) {
      const [{ complete, SHELLS }, { asTyped, completionText, SCRIPTS, wordsOf }] = await Promise.all([
        import('./completion.ts'),
        import('./completion-scripts.ts'),
      ]);
      const shell = SHELLS.find((name) => name === wanted);
      if (shell === undefined) throw unknownShell(wanted, SHELLS);
      if (given.length === 0) {
        terminal.document({ schema: 'lifeboat.completion/v1', shell, script: SCRIPTS[shell] });
        terminal.print(SCRIPTS[shell]);
        return EXIT.done;
      }
      const words = wordsOf(shell, given);
      const completion = asTyped(
        shell,
        words.at(-1) ?? '',
        await complete(words, { commands: commands(), runIds: latestRuns }),
      );
      terminal.document({ schema: 'lifeboat.completion/v1', shell, ...completion });
      terminal.print(completionText(completion));
      return EXIT.done;
    },
  });
}

function unknownShell(wanted: string, shells: readonly Shell[]): LifeboatError {
  return new LifeboatError(
    'USAGE',
    `There is no completion for '${wanted}'.`,
    `Take ${shells.slice(0, -1).join(', ')} or ${shells.at(-1)}.`,
  );
}

/** What cannot be listed has nothing to offer: the command itself says why. */
async function latestRuns(place: RunsOptions): Promise<readonly string[]> {
  try {
    if (place.journal !== undefined) return await latestInTable(place);
    const { runIds } = await import('../../journal/sqlite/run-folders.ts');
    return runIds(place.state.replace(/^~(?=\/|$)/, homedir()))
      .toSorted()
      .slice(-MOST_RUNS);
  } catch (error) {
    if (error instanceof LifeboatError) return [];
    throw error;
  }
}

async function latestInTable(place: RunsOptions): Promise<readonly string[]> {
  const { openRuns } = await import('../stored/stored-run.ts');
  const runs = await openRuns(place);
  const ids: string[] = [];
  const list = async (): Promise<void> => {
    for await (const { runId } of runs.list()) if (ids.push(runId) === MOST_RUNS) return;
  };
  try {
    await Promise.race([list(), sleep(PATIENCE_MS, undefined, { ref: false })]);
    return ids.toSorted();
  } finally {
    // A request that is still waited for would keep the shell waiting too.
    runs.close?.();
  }
}
