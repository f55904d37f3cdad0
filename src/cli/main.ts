import { Command, CommanderError } from 'commander';
import { advise, lifeboat } from '../advice.ts';
import { groups } from './session/groups.ts';
import { commands } from './commands/index.ts';
import { LifeboatError } from '../errors.ts';
import { guardStateDirectory } from '../storage/private-files.ts';
import { argumentsOf, nameOf } from './session/command.ts';
import type { CommandDefinition, Session } from './session/command.ts';
import { EXIT } from './session/exit-codes.ts';
import { placeOf, sessionOptions } from './session/session-options.ts';
import type { ExitCode } from './session/exit-codes.ts';
import { loadLog } from './session/log.ts';
import { commonOptions, globalOptions } from './session/options.ts';
import type { CommonOptions, RunsOptions } from './session/options.ts';
import { reportError, usageError } from './session/render-error.ts';
import { createTerminal } from './session/terminal.ts';
import type { Streams, Terminal } from './session/terminal.ts';
import { VERSION } from './version.ts';

/** Commander's ways to say that it has shown what was asked for. */
const SHOWN = new Set(['commander.helpDisplayed', 'commander.version', 'commander.help']);

/**
 * Runs one command line and gives the exit code. Everything that can go wrong ends here, in one rendering.
 * @param args what follows `lifeboat`
 */
export async function main(args: readonly string[], streams: Streams = process): Promise<ExitCode> {
  // Known before the command line is: its own errors are rendered too.
  const terminal = createTerminal(isAsked(args, '--json'), streams, sessionOptions(placeOf(args)));
  const showStack = /(^| )--log-level[ =]debug( |$)/.test(args.join(' '));
  const mindBugs = (error: unknown): void => {
    process.exit(reportError(error, terminal, showStack));
  };
  process.on('uncaughtException', mindBugs).on('unhandledRejection', mindBugs);
  try {
    return await written(await runCommandLine(args, terminal, streams), terminal);
  } catch (error) {
    return reportError(error, terminal, showStack);
  } finally {
    process.off('uncaughtException', mindBugs).off('unhandledRejection', mindBugs);
  }
}

/** A truncated output must not be taken for a complete one: the exit code says that writing failed. */
async function written(exitCode: ExitCode, terminal: Terminal): Promise<ExitCode> {
  const problem = await terminal.flush();
  if (problem === undefined) return exitCode;
  terminal.note(`Error: Standard output could not be written: ${problem}.`);
  terminal.note(
    advise`Try: Free space where it leads to; a run itself is in its journal: ${lifeboat('runs')}.`,
  );
  return EXIT.failed;
}

async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  streams: Streams,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const shown: string[] = [];
  const program = createProgram(streams, shown);
  for (const definition of commands) {
    addCommand(program, definition, async (runArguments, options) => {
      const { logLevel, state, journal } = options as CommonOptions & Partial<RunsOptions>;
      if (state !== undefined && journal === undefined) guardStateDirectory(state);
      const session: Session = { terminal, openLog: () => loadLog(logLevel ?? 'warn') };
      exitCode = await definition.run(session, runArguments, options);
    });
  }
  if (args.every((arg) => arg === '--json')) {
    if (terminal.json) throw new LifeboatError('USAGE', 'No command was given.', 'See lifeboat --help.');
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  const [first, wanted] = args;
  const isHelp = first === 'help' && wanted !== undefined;
  if (isHelp) refuseUnknown(program, wanted);
  try {
    // The program's own help knows commands of one word.
    await program.parseAsync(isHelp ? [...args.slice(1), '--help'] : [...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (SHOWN.has(error.code)) {
      show(error.code, shown.join('').trimEnd(), terminal);
      return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    }
    throw usageError(error, namedCommand(args));
  }
  return exitCode;
}

function show(code: string, text: string, terminal: Terminal): void {
  if (text === '') return;
  const isVersion = code === 'commander.version';
  terminal.document(
    isVersion ? { schema: 'lifeboat.version/v1', version: text } : { schema: 'lifeboat.help/v1', text },
  );
  terminal.print(text);
}

/** Commander would show the help of everything. */
function refuseUnknown(program: Command, name: string): void {
  if (name.startsWith('-') || program.commands.some((command) => command.name() === name)) return;
  throw new LifeboatError('USAGE', `Unknown command '${name}'.`, 'See lifeboat --help.');
}

/** @param shown what was asked to be shown, in pieces as commander has it */
function createProgram(streams: Streams, shown: string[]): Command {
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
      writeOut: (text) => void shown.push(text),
      writeErr: (text) => void streams.stderr.write(text),
      // Said once, by reportError.
      outputError: () => undefined,
    });
  for (const option of globalOptions()) program.addOption(option.hideHelp());
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
  const [name = '', ...more] = nameOf(definition).split(' ');
  const [parent, own] = more.length === 0 ? [program, name] : [groupOf(program, name), more.join(' ')];
  const command = parent
    .command([own, ...argumentsOf(definition)].join(' '))
    .summary(definition.summary)
    .description(definition.description)
    .addHelpText('after', `\nExample:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`)
    .action(async () => {
      await act(command.processedArgs as readonly (string | readonly string[])[], command.optsWithGlobals());
    });
  for (const option of [...definition.options, ...commonOptions()]) command.addOption(option);
}

/** The command that only holds others. */
function groupOf(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const group = program
    .command(name)
    .summary(groups[name] ?? '')
    .description(`${groups[name] ?? ''}.`.replace(/^./, (letter) => letter.toUpperCase()))
    .helpCommand(false)
    .usage('<command> [options]')
    .configureHelp({ subcommandTerm: termOf });
  for (const option of globalOptions()) group.addOption(option.hideHelp());
  return group;
}

/** `report <run>`: without the options, which every command has. */
function termOf(command: Command): string {
  const parts = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...parts].join(' ');
}

function namedCommand(args: readonly string[]): string | undefined {
  const [first = '', second = ''] = args;
  const names = commands.map(nameOf);
  return (
    names.find((name) => name === `${first} ${second}`) ??
    names.map((name) => name.split(' ')[0]).find((name) => name === first)
  );
}

function isAsked(args: readonly string[], option: string): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes(option);
}
