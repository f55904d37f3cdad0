import { Command, CommanderError } from 'commander';
import { commands } from './commands/index.ts';
import type { CommandDefinition, Session } from './command.ts';
import { EXIT } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { loadLog } from './log.ts';
import { commonOptions } from './options.ts';
import type { CommonOptions } from './options.ts';
import { reportError, usageError } from './render-error.ts';
import { createTerminal } from './terminal.ts';
import type { Streams, Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** Commander's ways to say that it has shown what was asked for. */
const SHOWN = new Set(['commander.helpDisplayed', 'commander.version', 'commander.help']);

/**
 * Runs one command line and gives the exit code. Everything that can go wrong ends here, in one rendering.
 * @param args what follows `lifeboat`
 */
export async function main(args: readonly string[], streams: Streams = process): Promise<ExitCode> {
  // Known before the command line is: its own errors are rendered too.
  const terminal = createTerminal(isAsked(args, '--json'), streams);
  const showStack = /(^| )--log-level[ =]debug( |$)/.test(args.join(' '));
  const mindBugs = (error: unknown): void => {
    process.exit(reportError(error, terminal, showStack));
  };
  process.on('uncaughtException', mindBugs).on('unhandledRejection', mindBugs);
  try {
    return await runCommandLine(args, terminal, streams);
  } catch (error) {
    return reportError(error, terminal, showStack);
  } finally {
    process.off('uncaughtException', mindBugs).off('unhandledRejection', mindBugs);
  }
}

async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  streams: Streams,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram(streams);
  for (const definition of commands) {
    addCommand(program, definition, async (runArguments, options) => {
      const { logLevel } = options as CommonOptions;
      const session: Session = { terminal, openLog: () => loadLog(logLevel ?? 'warn') };
      exitCode = await definition.run(session, runArguments, options);
    });
  }
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (SHOWN.has(error.code)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw usageError(error, namedCommand(program, args));
  }
  return exitCode;
}

function createProgram(streams: Streams): Command {
  const program = new Command('lifeboat')
    .description('Recovers systems on AWS from their backups, and measures itself against RTO and RPO.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .usage('<command> [options]')
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void streams.stderr.write(text),
      // Said once, by reportError.
      outputError: () => undefined,
    });
  for (const option of commonOptions()) program.addOption(option.hideHelp());
  return program.addHelpText(
    'after',
    `
Exit codes: 0 done and every objective met, 1 failed, 2 usage or an invalid file, 3 an objective missed,
4 halted, paused or waiting for a person, 5 not ready or no feasible plan, 130 aborted.

Example:
  lifeboat drill runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml`,
  );
}

function addCommand(
  program: Command,
  definition: CommandDefinition,
  act: (args: readonly (string | readonly string[])[], options: unknown) => Promise<void>,
): void {
  const command = program
    .command(definition.usage)
    .summary(definition.summary)
    .description(definition.description)
    .addHelpText('after', `\nExample:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`)
    .action(async () => {
      await act(command.processedArgs as readonly (string | readonly string[])[], command.optsWithGlobals());
    });
  for (const option of [...definition.options, ...commonOptions()]) command.addOption(option);
}

/** `report <run>`: without the options, which every command has. */
function termOf(command: Command): string {
  const parts = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...parts].join(' ');
}

function namedCommand(program: Command, args: readonly string[]): string | undefined {
  return program.commands.map((command) => command.name()).find((name) => name === args[0]);
}

function isAsked(args: readonly string[], option: string): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes(option);
}
