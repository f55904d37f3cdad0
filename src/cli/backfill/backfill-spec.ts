import type { z } from 'zod';
import { clauseOf } from '../../document/expected.ts';
import { advise, lifeboat } from '../../advice.ts';
import { InvalidArgumentError, Option } from 'commander';
import { hasCredentials } from '../../addresses.ts';
import { LifeboatError } from '../../errors.ts';
import type { BackfillSpec } from '../../runbook/backfill-schema.ts';
import { FORMATS, type FormatName } from '../../runbook/log-formats.ts';
import type { Instant } from '../../time.ts';
import { instantArgument, namedArgument } from '../session/options.ts';
import { absolutePaths } from '../../preparation/draft-run.ts';
import type { RunbookFile } from '../../preparation/prepare.ts';
import { readRunbook } from '../inputs/prepare.ts';

export interface BackfillOptions {
  readonly runbook?: string;
  readonly format?: FormatName;
  readonly from?: Instant;
  readonly to?: Instant;
}

export interface ReplayOptions extends BackfillOptions {
  readonly target?: string;
  readonly rate?: 'adaptive' | number;
  readonly orderBy?: string;
}

export const backfillOptions = (): readonly Option[] => [
  new Option(
    '--runbook <file>',
    'its backfill part has the rules, and the sources if no LOG is given',
  ).argParser(namedArgument),
  new Option('--format <format>', 'of all logs given (default: detected)').choices([...FORMATS]),
  new Option('--from <instant>', 'a window given by hand, from here').argParser(instantArgument),
  new Option('--to <instant>', 'a window given by hand, up to here').argParser(instantArgument),
];

export const replayOptions = (): readonly Option[] => [
  new Option(
    '--target <url>',
    'where to send the requests: the only place that anything is sent to',
  ).argParser(namedArgument),
  new Option(
    '--rate <rate>',
    'requests a second, or adaptive (default: the runbook, else adaptive)',
  ).argParser(rateArgument),
  new Option(
    '--order-by <value>',
    'keep the order of requests with the same value, such as header:x-session',
  ).argParser(namedArgument),
];

function rateArgument(text: string): 'adaptive' | number {
  if (text === 'adaptive') return text;
  const rate = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && rate > 0 && rate <= 1_000_000) return rate;
  throw new InvalidArgumentError("Expected 'adaptive' or requests a second, above 0.");
}

/** What is to be done, and what of it a runbook says. */
export interface ChosenSpec {
  readonly spec: BackfillSpec;
  readonly runbook?: RunbookFile;
}

/**
 * The backfill that a command line means: the runbook's, with the logs and options of the command line in the place of its own.
 * @throws LifeboatError `USAGE`, `INVALID_RUNBOOK`
 */
export async function chooseSpec(logs: readonly string[], options: ReplayOptions): Promise<ChosenSpec> {
  const { file, paths } = runbookAmong(logs, options);
  if (paths.some(hasCredentials))
    throw new LifeboatError(
      'USAGE',
      'A log: an address with a user and a password is not supported.',
      'Name it without them: credentials come from the standard configuration of the AWS SDK.',
    );
  const runbook = file === undefined ? undefined : await readRunbook(file);
  const own = runbook?.runbook.backfill;
  if (runbook !== undefined && own === undefined) {
    throw new LifeboatError(
      'USAGE',
      `${runbook.file} has no backfill part.`,
      'Add one (docs/backfill.md shows how), or name logs without --runbook.',
    );
  }
  if (paths.length === 0 && own === undefined) {
    throw new LifeboatError(
      'USAGE',
      'No logs are given.',
      'Name logs, such as access.log or "logs/*.gz", or a runbook with --runbook.',
    );
  }
  if (paths.length === 0 && options.format !== undefined)
    throw new LifeboatError(
      'USAGE',
      '--format needs logs.',
      'Name logs, or say the format in the runbook: backfill.sources[].format.',
    );
  const sources = paths.length > 0 ? namedSources(paths, options.format, own) : undefined;
  if ((sources ?? own?.sources)?.some(({ path }) => path === '-') && process.stdin.isTTY === true) {
    throw new LifeboatError(
      'USAGE',
      'Standard input is a terminal, not a log.',
      advise`Pipe one into it: zcat access.log.gz | ${lifeboat('backfill scan', '-')}.`,
    );
  }
  const base = own === undefined ? undefined : absolutePaths(own, runbook?.file ?? '.');
  const spec = await withOptions(base, sources, options);
  return { spec, ...(runbook !== undefined && { runbook }) };
}

/** Logs in the place of the runbook's only source are read as that one is: its format and its fields. */
function namedSources(
  paths: readonly string[],
  format: FormatName | undefined,
  own: BackfillSpec | undefined,
): BackfillSpec['sources'] {
  const [only, ...others] = own?.sources ?? [];
  const { fields, format: known } = others.length === 0 ? (only ?? {}) : {};
  const chosen = format ?? known;
  return paths.map((path) => ({
    path,
    ...(chosen !== undefined && { format: chosen }),
    ...(fields !== undefined && chosen === 'json' && { fields }),
  }));
}

/** A runbook among the logs is taken for one: `backfill run orders.yaml`. */
function runbookAmong(
  logs: readonly string[],
  { runbook }: BackfillOptions,
): { readonly file: string | undefined; readonly paths: readonly string[] } {
  const found = logs.filter((path) => /\.ya?ml$/i.test(path));
  const all = [...(runbook === undefined ? [] : [runbook]), ...found];
  if (all.length > 1)
    throw new LifeboatError(
      'USAGE',
      `One runbook at a time: ${all.join(' and ')} are too many.`,
      'Name one of them.',
    );
  return { file: all[0], paths: logs.filter((path) => !found.includes(path)) };
}

async function withOptions(
  base: BackfillSpec | undefined,
  sources: BackfillSpec['sources'] | undefined,
  { from, to, target, rate, orderBy }: ReplayOptions,
): Promise<BackfillSpec> {
  const [{ backfillSchema }, { expectation }] = await Promise.all([
    import('../../runbook/backfill-schema.ts'),
    import('../../document/explain.ts'),
  ]);
  if ((from === undefined) !== (to === undefined))
    throw new LifeboatError('USAGE', 'A window needs --from and --to.', 'Give both, or neither.');
  if (from !== undefined && to !== undefined && from >= to)
    throw new LifeboatError('USAGE', '--from is not before --to.', 'Give the earlier instant with --from.');
  const replay = {
    ...(target !== undefined && { target: target.startsWith('sqs:') ? { sqs: target.slice(4) } : target }),
    ...(rate !== undefined && { rate }),
    ...(orderBy !== undefined && { orderBy }),
  };
  const spec = base ?? backfillSchema.parse({ sources: [{ path: '-' }] });
  if (target !== undefined && hasCredentials(target)) {
    throw new LifeboatError(
      'USAGE',
      '--target: an address with a user and a password is not supported.',
      'Put credentials into backfill.replay.rewrite.headers of a runbook, from the environment.',
    );
  }
  // What is wrong is wrong also in a dry run, which needs no target.
  const parsed = backfillSchema.shape.replay.safeParse(
    { target: 'http://unset.invalid', ...replay },
    { error: expectation },
  );
  if (!parsed.success) throw wrongOption(parsed.error.issues);
  const chosen = Object.keys(replay) as (keyof typeof replay)[];
  const overrides = Object.fromEntries(chosen.map((key) => [key, parsed.data?.[key]]));
  const own = target === undefined ? undefined : parsed.data;
  const merged = spec.replay === undefined ? own : { ...spec.replay, ...overrides };
  const given = from === undefined || to === undefined ? [] : [{ from, to, include: 'failed' as const }];
  if (spec.windows.scope === 'given' && spec.windows.given.length + given.length === 0) throw noWindow();
  return {
    ...spec,
    ...(sources !== undefined && { sources }),
    windows: {
      ...spec.windows,
      given: [...spec.windows.given, ...given],
      ...(given.length > 0 && { scope: 'given' as const }),
    },
    ...(merged !== undefined && { replay: merged }),
  };
}

/** Every failure would be an ordinary one, and nothing missed. */
function noWindow(): LifeboatError {
  return new LifeboatError(
    'USAGE',
    "The runbook's backfill.windows.scope is 'given', and no window is given.",
    'Give one with --from and --to, or in backfill.windows.given.',
  );
}

const OPTION_OF: Readonly<Record<string, string>> = {
  target: '--target',
  rate: '--rate',
  orderBy: '--order-by',
};

function wrongOption(issues: readonly z.core.$ZodIssue[]): LifeboatError {
  const what = issues.map(
    (issue) => `${OPTION_OF[String(issue.path[0])] ?? 'an option'}: ${clauseOf(issue)}`,
  );
  return new LifeboatError(
    'USAGE',
    `${what.join('; ')}.`,
    advise`See ${lifeboat('backfill run', '--help')}.`,
  );
}
