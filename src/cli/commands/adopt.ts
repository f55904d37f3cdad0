import { advise, lifeboat } from '../../advice.ts';
import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import { formatInstant } from '../../time.ts';
import type { MadeRun } from '../../aws/made.ts';
import type { Claim } from '../../workflow/base/effects.ts';
import type { Evidence } from '../../workflow/recovery/recovery-context.ts';
import type { Session } from '../session/command.ts';
import { defineCommand } from '../session/command.ts';
import { createRun } from '../run/create-run.ts';
import { EXIT } from '../session/exit-codes.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { inAccount } from '../inputs/account.ts';
import { incidentOptions, namedArgument, worldOptions, yesOption } from '../session/options.ts';
import type { DriveOptions, IncidentOptions, StateOptions } from '../session/options.ts';
import { noteGaps, prepareRunbook, readRunbook } from '../inputs/prepare.ts';
import { refuseImpossible } from '../../preparation/prepare.ts';
import type { Adoption } from '../../workflow/adoption.ts';

interface AdoptOptions extends StateOptions, IncidentOptions, Pick<DriveOptions, 'yes'> {
  readonly run?: string;
  readonly region?: string;
  readonly baseline?: string | boolean;
}

/** Nothing is ever lost in a simulation: its options mean nothing here. */
const OF_AN_ACCOUNT: ReadonlySet<string> = new Set(['--baseline', '--no-baseline', '--region', '--state']);

export const adoptCommand = defineCommand<[string], AdoptOptions>({
  usage: 'adopt <runbook>',
  summary: 'rebuild a run whose journal is lost, from the tags in the account',
  description:
    'Finds what a run has made by its tags, and the mark that it set in the account, and writes a new journal for it under its own id. ' +
    'Nothing is changed in the account; continue with resume, or abort. Approvals have to be given again.',
  options: [
    new Option('--run <id>', 'which run, where the account holds things of several').argParser(namedArgument),
    ...incidentOptions(),
    yesOption(),
    ...worldOptions().filter(({ long }) => OF_AN_ACCOUNT.has(long ?? '')),
  ],
  examples: ['lifeboat adopt orders.yaml', 'lifeboat adopt orders.yaml --run orders-20261120T0300-1'],
  async run(session, [path], options) {
    const source = await readRunbook(path);
    const before = await prepareRunbook(source, 'restore', options);
    noteGaps(before, session.terminal);
    const { findRuns } = await import('../../preparation/other-runs.ts');
    const { claim, runs } = await inAccount(before.plan.region, (account) => findRuns(before.plan, account));
    const { runId, mode, things } = chosen(runs, claim, options.run, source.runbook.name);
    await agree(session, runId, claim, options);
    const mark = claim?.runId === runId ? claim : undefined;
    const times = {
      ...(mark === undefined ? earliestMade(things, session.terminal) : markedTimes(mark)),
      ...options,
    };
    const planned = await prepareRunbook(source, mode, times, before.account);
    refuseImpossible(planned);
    const { adoptRun } = await import('../../workflow/adoption.ts');
    const adoption = adoptRun(planned.plan, things, before.account);
    const lost = {
      runId,
      adopted: adoption.adopted,
      ...(mark !== undefined && { startedBy: mark.by }),
      evidence: things.flatMap(evidenceOf),
    };
    await createRun({ ...planned, plan: adoption.plan }, options, lost);
    if (things.some(({ purpose }) => purpose === 'protection')) session.terminal.note(MAY_BE_OVER);
    return printAdopted(session, runId, mode, adoption);
  },
});

function markedTimes({ incidentAt, damagedAt }: Claim): IncidentOptions {
  return { incidentAt: () => incidentAt, damagedAt: () => damagedAt };
}

/**
 * Without the mark nothing in the account tells when the incident began; certainly not later than the first thing was made. From now on, the RTO
 * and the RPO would seem to be met.
 */
function earliestMade(things: MadeRun['things'], terminal: Session['terminal']): IncidentOptions {
  const times = things.flatMap(({ createdAt }) => createdAt ?? []);
  if (times.length === 0) return {};
  const incidentAt = Math.min(...times);
  terminal.note(
    `Note: the mark of the run is gone, and with it when the incident began. RTO and RPO count from ${formatInstant(incidentAt)}, ` +
      'when its first thing was made. If it began earlier, adopt with --incident-at and --damaged-at.',
  );
  return { incidentAt: () => incidentAt };
}

/** Fresh recovery points are the last thing that a restore makes. */
const MAY_BE_OVER =
  'Note: this run had taken fresh recovery points already. It may have completed, and what it recovered may be in use: resume only verifies it again, ' +
  'an abort that removes would delete it.';

/** A snapshot that the lost run had taken of a damaged source. */
function evidenceOf({ purpose, from, thing, resource }: MadeRun['things'][number]): readonly Evidence[] {
  return purpose === 'forensics' && from !== undefined ? [{ resource, of: from, snapshotId: thing.id }] : [];
}

/** The run that was asked for, or the only one there is to adopt. */
function chosen(
  runs: readonly MadeRun[],
  claim: Claim | undefined,
  wanted: string | undefined,
  runbook: string,
): MadeRun {
  const known: readonly MadeRun[] =
    claim === undefined || runs.some(({ runId }) => runId === claim.runId)
      ? runs
      : [...runs, { runId: claim.runId, mode: claim.mode, things: [] }];
  const named = known.find(({ runId }) => runId === (wanted ?? claim?.runId));
  if (named !== undefined) return named;
  const list = known.map(({ runId, things }) => `${runId} (${things.length})`).join(', ');
  if (wanted === undefined && known.length > 1) {
    throw new LifeboatError(
      'USAGE',
      `The account holds things of several runs of '${runbook}': ${list}.`,
      'Say which: --run ID.',
    );
  }
  const [only] = known;
  if (wanted === undefined && only !== undefined) return only;
  throw new LifeboatError(
    'RUN_NOT_FOUND',
    `Nothing in the account carries the tags of ${wanted === undefined ? `a run of '${runbook}'` : `the run ${wanted}`}.`,
    known.length === 0
      ? advise`Check the account and the Region, or start anew: ${lifeboat('restore', 'RUNBOOK')}.`
      : `There are: ${list}.`,
  );
}

/** Two processes that both believe to drive one run would each undo what the other does not know of. */
async function agree(
  { terminal }: Session,
  runId: string,
  claim: Claim | undefined,
  options: AdoptOptions,
): Promise<void> {
  if (options.yes === true) return;
  const origin = claim?.runId === runId ? ` It was started by ${claim.by} on ${claim.host}.` : '';
  const question = `Is the process that drove ${runId} gone, and its journal with it?${origin}`;
  if (await terminal.confirm(question)) return;
  throw new LifeboatError(
    'QUESTION_DECLINED',
    'Nothing was adopted: the answer was not yes.',
    advise`If the journal still exists, continue with it: ${lifeboat('resume', runId)}.`,
  );
}

function printAdopted(
  { terminal }: Session,
  runId: string,
  mode: string,
  { taken, strangers }: Adoption,
): ExitCode {
  terminal.document({
    schema: 'lifeboat.adopt/v1',
    runId,
    mode,
    adopted: taken.map(({ id }) => id),
    strangers: strangers.map(({ id }) => id),
  });
  const list = (ids: readonly { readonly id: string }[]): string => ids.map(({ id }) => id).join(', ');
  terminal.print(
    `Adopted the ${mode} ${runId}: ${taken.length === 0 ? 'it had made nothing yet' : list(taken)}.`,
  );
  if (strangers.length > 0) terminal.print(`Of no use to it, and removed at its end: ${list(strangers)}.`);
  terminal.print(
    advise`Continue with: ${lifeboat('resume', runId)}, or abort with: ${lifeboat('abort', runId)}`,
  );
  return EXIT.done;
}
