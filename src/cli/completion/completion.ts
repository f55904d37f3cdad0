import type { Option } from 'commander';
import { argumentsOf, nameOf } from '../session/command.ts';
import type { CommandDefinition } from '../session/command.ts';
import { groups } from '../session/groups.ts';
import { placeOf } from '../session/session-options.ts';
import { commonOptions, globalOptions, type RunsOptions } from '../session/options.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What may stand where the cursor is: one of a list, or a path that the shell completes by itself. */
export interface Completion {
  readonly kind: 'values' | 'files' | 'dirs';
  /** Those that begin with what is there already. */
  readonly values: readonly Candidate[];
}

export interface CompletionSources {
  readonly commands: readonly CommandDefinition[];
  /** Ids of the runs in a state directory, or in a table. */
  readonly runIds: (place: RunsOptions) => Promise<readonly string[]>;
}

/** What the program has beside the options of its commands. */
const GLOBAL: readonly Candidate[] = [
  { value: '--help', description: 'print help' },
  { value: '--version', description: 'print the version' },
];
const HELP: Candidate = { value: 'help', description: 'print the help of a command' };

const NOTHING: Completion = { kind: 'values', values: [] };

/**
 * What may follow, from the definitions of the commands alone.
 * @param words what follows `lifeboat` on the command line; the last one is being typed, and may be empty
 * @example (await complete(['dr'], sources)).values // [{ value: 'drill', description: 'the same recovery as a rehearsal, in isolation' }]
 */
export async function complete(words: readonly string[], sources: CompletionSources): Promise<Completion> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { commands } = sources;
  const at = commandAt(before);
  const name = before[at];
  const names = [...candidates(commands, 0), HELP];
  if (name === undefined) {
    const valued = optionBefore(before, globalOptions());
    if (valued !== undefined) return valuesOf(valued, typed, before, sources);
    return beginning(typed.startsWith('-') ? [...optionsOf(commonOptions()), ...GLOBAL] : names, typed);
  }
  if (name === HELP.value) return beginning(names, typed);
  const grouped = commands.filter((command) => nameOf(command).startsWith(`${name} `));
  if (grouped.length > 0 && at === before.length - 1) return beginning(candidates(grouped, 1), typed);
  const depth = grouped.length > 0 ? 2 : 1;
  const called = before.slice(at, at + depth).join(' ');
  const definition = commands.find((command) => nameOf(command) === called);
  if (definition === undefined) return NOTHING;
  return completeCommand(definition, before.slice(at + depth), typed, before, sources);
}

async function completeCommand(
  definition: CommandDefinition,
  given: readonly string[],
  typed: string,
  before: readonly string[],
  sources: CompletionSources,
): Promise<Completion> {
  const listed = [...definition.options, ...commonOptions()];
  const options = [...listed, ...globalOptions()];
  const isOver = given.includes('--');
  if (!isOver) {
    const joined = /^(--[a-z-]+)=(.*)$/s.exec(typed);
    const option = joined === null ? optionBefore(given, options) : find(options, joined[1] ?? '');
    if (option !== undefined && takesValue(option))
      return valuesOf(option, joined?.[2] ?? typed, before, sources);
    if (typed.startsWith('-')) {
      const unused = listed.filter(({ long }) => long == null || !given.includes(long));
      return beginning([...optionsOf(unused), ...GLOBAL.slice(0, 1)], typed);
    }
  }
  const places = argumentsOf(definition);
  const place =
    places[positionals(given, options)] ?? (places.at(-1)?.includes('...') === true ? places.at(-1) : '');
  return valuesFor(place ?? '', typed, before, sources);
}

/** The words at `depth` of the names of commands; those of a group are one. */
function candidates(commands: readonly CommandDefinition[], depth: number): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const command of commands) {
    const words = nameOf(command).split(' ');
    const value = words[depth] ?? '';
    const description = words.length > depth + 1 ? (groups[value] ?? '') : command.summary;
    if (!found.has(value)) found.set(value, { value, description });
  }
  return [...found.values()];
}

/** Where the name of the command stands. */
function commandAt(words: readonly string[]): number {
  return words.findIndex(
    (word, index) =>
      !word.startsWith('-') && optionBefore(words.slice(0, index), globalOptions()) === undefined,
  );
}

function optionsOf(options: readonly Option[]): readonly Candidate[] {
  return options.flatMap(({ long, description }) => (long == null ? [] : [{ value: long, description }]));
}

function find(options: readonly Option[], flag: string): Option | undefined {
  return options.find(({ long, short }) => long === flag || short === flag);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** The option whose value comes next. */
function optionBefore(words: readonly string[], options: readonly Option[]): Option | undefined {
  const option = find(options, words.at(-1) ?? '');
  return option !== undefined && takesValue(option) ? option : undefined;
}

/** How many arguments stand there already, without options and their values. */
function positionals(words: readonly string[], options: readonly Option[]): number {
  const end = words.indexOf('--');
  const counted = words.filter((word, index) => {
    if (end !== -1 && index >= end) return index > end;
    return !word.startsWith('-') && optionBefore(words.slice(0, index), options) === undefined;
  });
  return counted.length;
}

async function valuesOf(
  option: Option,
  typed: string,
  before: readonly string[],
  sources: CompletionSources,
): Promise<Completion> {
  if (option.argChoices !== undefined)
    return beginning(
      option.argChoices.map((value) => ({ value, description: '' })),
      typed,
    );
  return valuesFor(/[<[].+[>\]]/.exec(option.flags)?.[0] ?? '', typed, before, sources);
}

/** By what the place is called in the usage: `<runbook>`, `[run]`, `<dir>`. */
async function valuesFor(
  place: string,
  typed: string,
  before: readonly string[],
  { runIds }: CompletionSources,
): Promise<Completion> {
  switch (place.replace(/[^a-z]/g, '')) {
    case 'runbook':
    case 'inventory':
    case 'baseline':
    case 'file':
    case 'logs':
      return { kind: 'files', values: [] };
    case 'dir':
      return { kind: 'dirs', values: [] };
    case 'shell':
      return beginning(
        SHELLS.map((value) => ({ value, description: '' })),
        typed,
      );
    case 'run':
      return beginning(
        (await runIds(placeOf(before))).map((value) => ({ value, description: '' })),
        typed,
      );
    default:
      return NOTHING;
  }
}

function beginning(candidates: readonly Candidate[], typed: string): Completion {
  return { kind: 'values', values: candidates.filter(({ value }) => value.startsWith(typed)) };
}
