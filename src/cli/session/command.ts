import type { Option } from 'commander';
import type { Logger } from 'pino';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What a command has at hand. */
export interface Session {
  readonly terminal: Terminal;
  /** The log on standard error. The logger is loaded here: most commands never need it. */
  openLog(): Promise<Logger>;
}

export interface CommandDefinition {
  /** As commander takes it: `report <run>`. Words before the arguments are its name: `backfill scan [logs...]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description: string;
  readonly options: readonly Option[];
  /** Complete command lines. */
  readonly examples: readonly string[];
  run(session: Session, args: readonly (string | readonly string[])[], options: unknown): Promise<ExitCode>;
}

/** The words that call it: `backfill scan`. */
export function nameOf({ usage }: Pick<CommandDefinition, 'usage'>): string {
  return usage.replace(/ ?[<[].*$/, '');
}

/** What follows its name: `[logs...]`. */
export function argumentsOf({ usage }: Pick<CommandDefinition, 'usage'>): readonly string[] {
  return usage.split(' ').filter((word) => /^[<[]/.test(word));
}

/** A command with the types of its own arguments and options, which commander only knows as values. */
export function defineCommand<
  TArguments extends readonly (string | readonly string[] | undefined)[],
  TOptions,
>(
  definition: Omit<CommandDefinition, 'run'> & {
    run(session: Session, args: TArguments, options: TOptions): Promise<ExitCode>;
  },
): CommandDefinition {
  return {
    ...definition,
    run: (session, args, options) =>
      definition.run(session, args as unknown as TArguments, options as TOptions),
  };
}
