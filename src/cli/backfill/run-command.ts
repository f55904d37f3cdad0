import { Option } from 'commander';
import type { BackfillDefinition } from '../../backfill/base/definition.ts';
import { LifeboatError } from '../../errors.ts';
import type { Moment } from '../session/moment.ts';
import type { BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { driveBackfill } from './backfill-drive.ts';
import {
  backfillOptions,
  chooseSpec,
  replayOptions,
  type ChosenSpec,
  type ReplayOptions,
} from './backfill-spec.ts';
import { openTools, scanInScratch, showingBytes } from './backfill-tools.ts';
import { exitCodeOfBackfill, runDocument } from './backfill-verdict.ts';
import { defineCommand, type Session } from '../session/command.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import {
  momentArgument,
  namedArgument,
  stateOption,
  yesOption,
  type StateOptions,
} from '../session/options.ts';

interface RunOptions extends ReplayOptions, StateOptions {
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly incidentAt?: Moment;
}

export const backfillRunCommand = defineCommand<[readonly string[]], RunOptions>({
  usage: 'backfill run [logs...]',
  summary: 'replay missed requests, each of them once, with counts that balance',
  description:
    'Finds missed requests as backfill scan does, records them, and sends them to the one declared target, with a ledger of every outcome. ' +
    'Ctrl-C pauses; the same command continues, also after a crash of the process or the machine, and a request with an outcome is not sent ' +
    'again. On a terminal it shows what it found and asks before it sends.',
  options: [
    ...backfillOptions(),
    ...replayOptions(),
    new Option(
      '--name <name>',
      'name of the backfill (default: from the runbook, the sources and the target)',
    ).argParser(namedArgument),
    new Option(
      '--incident-at <instant>',
      'when the outage began; dataComplete counts from here (default: the first window)',
    ).argParser(momentArgument),
    new Option('--dry-run', 'classify and count, send nothing'),
    yesOption(),
    stateOption(),
  ],
  examples: [
    'lifeboat backfill run --runbook orders.yaml --dry-run',
    'lifeboat backfill run capture.jsonl --target https://orders.example --rate 200',
  ],
  async run(session, [logs], options) {
    const chosen = await chooseSpec(logs, options);
    if (options.dryRun === true) return countOnly(session, chosen, options);
    if (chosen.spec.replay === undefined) throw noTarget();
    const { fingerprintOf } = await import('../../backfill/base/definition.ts');
    const name = options.name ?? defaultName(chosen, fingerprintOf(chosen.spec));
    return driveBackfill(session, definitionOf(name, chosen, options), options);
  },
});

function noTarget(): LifeboatError {
  return new LifeboatError(
    'USAGE',
    'No target is configured for the replay.',
    'Name the target: backfill.replay.target in the runbook, or --target URL; --dry-run only counts.',
  );
}

/** Standard input cannot be read again: each run with it is another backfill. */
function defaultName({ spec, runbook }: ChosenSpec, fingerprint: string): string {
  const base = runbook?.runbook.name ?? 'backfill';
  const isOnce = spec.sources.some(({ path }) => path === '-');
  const stamp = new Date()
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .toLowerCase();
  return isOnce ? `${base}-${stamp}` : `${base}-${fingerprint}`;
}

function definitionOf(
  name: string,
  { spec, runbook }: ChosenSpec,
  { incidentAt }: RunOptions,
): BackfillDefinition {
  const dataCompleteSeconds = runbook?.runbook.objectives.dataComplete;
  const createdAt = Date.now();
  return {
    name,
    createdAt,
    spec,
    ...(runbook !== undefined && { runbook: runbook.runbook.name, region: runbook.runbook.region }),
    ...(dataCompleteSeconds !== undefined && { dataCompleteSeconds }),
    ...(incidentAt !== undefined && { incidentAt: incidentAt(createdAt) }),
  };
}

async function countOnly(
  session: Session,
  { spec, runbook }: ChosenSpec,
  options: RunOptions,
): Promise<ExitCode> {
  const [{ scanOnly }, { backfillDirectory }] = await Promise.all([
    import('../../backfill/scan-only.ts'),
    import('../../backfill/folders.ts'),
  ]);
  // What the run itself would refuse is refused here too.
  if (options.name !== undefined) backfillDirectory(options.state, options.name);
  const tools = await openTools(session, runbook?.runbook.region);
  const result = await scanInScratch((scratch, signal) =>
    showingBytes(session.terminal, (onProgress) => scanOnly(spec, scratch, tools, { signal, onProgress })),
  );
  await show(session, result, options.name ?? 'dry-run');
  return exitCodeOfBackfill(result);
}

async function show({ terminal }: Session, result: BackfillResult, name: string): Promise<void> {
  const { renderBackfill } = await import('../../report/render/render-backfill.ts');
  terminal.document(runDocument(result, { name, status: 'counted', dataComplete: null, refusals: [] }));
  terminal.print(renderBackfill(result, terminal.palette, terminal.width));
  terminal.print('\nNothing was sent: this was a dry run.');
}
