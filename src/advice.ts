/** The commands of the program, by the words that call them. */
export const COMMAND_NAMES = [
  'abort',
  'adopt',
  'approve',
  'backfill run',
  'backfill scan',
  'backfill status',
  'check',
  'cleanup',
  'completion',
  'drill',
  'endpoint',
  'init',
  'inventory',
  'pause',
  'plan',
  'reject',
  'report',
  'restore',
  'resume',
  'runs',
  'schema',
  'status',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];

/** A suggested command line, word by word; capitals such as RUNBOOK are placeholders. */
export interface SuggestedCommand {
  readonly command: readonly [name: CommandName, ...words: readonly string[]];
}

/**
 * A text whose commands are data. Only the edge knows which options a command needs, such as `--state`: {@link adviceText} adds them.
 * Plain JSON, so that it can be kept in a plan.
 */
export type Advice = string | SuggestedCommand | readonly (string | SuggestedCommand)[];

/** Turns advice into text with the options of the session. */
export type RenderAdvice = (advice: Advice) => string;

/** @example lifeboat('resume', runId) */
export function lifeboat(name: CommandName, ...words: readonly string[]): SuggestedCommand {
  return { command: [name, ...words] };
}

/**
 * Advice from a template.
 *
 * @example advise`Continue with: ${lifeboat('resume', runId)}.`
 */
export function advise(texts: TemplateStringsArray, ...values: readonly (Advice | number)[]): Advice {
  const parts: (string | SuggestedCommand)[] = [];
  const add = (part: string | SuggestedCommand): void => {
    const last = parts.at(-1);
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else if (part !== '') parts.push(part);
  };
  texts.forEach((text, index) => {
    add(text);
    const value = values[index];
    if (value !== undefined) partsOf(typeof value === 'number' ? String(value) : value).forEach(add);
  });
  const [only = ''] = parts;
  return parts.length > 1 ? parts : only;
}

/**
 * The text, each command complete, so that it can be copied into a shell.
 *
 * @param options options that commands need to find the same runs, `--state` or `--journal` with its value; `help` needs none
 * @example adviceText(lifeboat('resume', 'orders-20261120T0300-1'), ['--state', '/mnt/dr'])
 * // 'lifeboat resume orders-20261120T0300-1 --state /mnt/dr'
 */
export function adviceText(advice: Advice, options: readonly string[] = []): string {
  return partsOf(advice)
    .map((part) => (typeof part === 'string' ? part : commandText(part, options)))
    .join('');
}

function partsOf(advice: Advice): readonly (string | SuggestedCommand)[] {
  return typeof advice === 'string' || 'command' in advice ? [advice] : advice;
}

function commandText({ command: [name, ...words] }: SuggestedCommand, options: readonly string[]): string {
  const own = optionsFor(name, options).filter((option) => option !== '--cloud' || !words.includes(option));
  const all = words.includes('--help') ? words : [...words, ...own];
  return ['lifeboat', name, ...all.map(quoted)].join(' ');
}

/** Commands about runs that exist, which may be in the cloud. */
const OF_RUNS: ReadonlySet<CommandName> = new Set([
  'abort',
  'approve',
  'cleanup',
  'pause',
  'reject',
  'report',
  'resume',
  'runs',
  'status',
]);
const STARTING: ReadonlySet<CommandName> = new Set(['drill', 'restore']);
const DRIVING: ReadonlySet<CommandName> = new Set(['cleanup', 'resume']);

/** `--state` is for every command. A run in the cloud has a journal, and commands that drive it leave that to the function where they may. */
function optionsFor(name: CommandName, options: readonly string[]): readonly string[] {
  if (!options.includes('--journal') || DRIVING.has(name)) return options;
  const isCloud = (option: string): boolean => option === '--cloud';
  if (STARTING.has(name)) return options.filter(isCloud);
  return OF_RUNS.has(name) ? options.filter((option) => !isCloud(option)) : [];
}

function quoted(word: string): string {
  return /^[\w./:@%+,~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
