import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { Complaint } from '../../errors.ts';
import { defineCommand } from '../session/command.ts';
import type { Session } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { lintFindings } from '../../readiness/check-findings.ts';
import type { Checked } from '../../readiness/check-findings.ts';
import type { IdentityAnswer } from '../../readiness/identity-problems.ts';
import { refuseStrayOptions, worldOptions, incidentOptions } from '../session/options.ts';
import type { IncidentOptions, WorldOptions } from '../session/options.ts';
import { prepareRunbook, readRunbook } from '../inputs/prepare.ts';
import type { RunbookFile } from '../../preparation/prepare.ts';
import { inAccount } from '../inputs/account.ts';
import { localUser } from '../signals/operator.ts';
import { storeIn } from '../stored/stored-run.ts';

type CheckOptions = WorldOptions & IncidentOptions & { readonly lint?: boolean };

export const checkCommand = defineCommand<[readonly string[]], CheckOptions>({
  usage: 'check <runbook...>',
  summary: 'could we recover now, within the objectives?',
  description:
    'Checks the files, and whether what they name could be recovered now. Exits 0 when ready, 5 when not. What a ready ' +
    'account holds is kept as the baseline: after a disaster it remembers what there was. A simulation keeps a baseline of its own.',
  options: [
    new Option('--lint', 'look at the files only, at no account'),
    ...worldOptions(),
    ...incidentOptions(),
  ],
  examples: [
    'lifeboat check runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml',
    'lifeboat check runbooks/*.yaml --lint',
  ],
  async run(session, [paths], options) {
    refuseStrayOptions(options);
    const sources = await readAll(paths);
    const checked: Checked[] = [];
    for (const source of sources) {
      checked.push(options.lint === true ? await lint(source) : await ready(source, options));
    }
    return printChecked(session, checked.map(hinted(session)), options.lint === true);
  },
});

/** Next steps with their commands as they must be typed here. */
function hinted({ terminal }: Session): (checked: Checked) => Checked {
  return (checked) => ({
    ...checked,
    findings: checked.findings.map((finding) => ({ ...finding, next: terminal.hint(finding.next) })),
  });
}

/** Reads every file before saying what is wrong with any: all complaints at once. */
async function readAll(paths: readonly string[]): Promise<readonly RunbookFile[]> {
  const sources: RunbookFile[] = [];
  const errors: LifeboatError[] = [];
  for (const path of paths) {
    try {
      sources.push(await readRunbook(path));
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first === undefined) return sources;
  if (errors.length === 1) throw first;
  throw new LifeboatError(
    first.code,
    `${errors.length} of ${paths.length} files are not valid runbooks.`,
    'Correct these places, then run the command again.',
    { complaints: errors.flatMap(complaintsOf) },
  );
}

function complaintsOf(error: LifeboatError): readonly Complaint[] {
  if (error.complaints.length > 0) return error.complaints;
  return error.at === undefined ? [] : [{ place: error.at, message: error.message }];
}

async function lint(source: RunbookFile): Promise<Checked> {
  const { unsupportedParts } = await import('../../runbook/support.ts');
  const findings = lintFindings(source, unsupportedParts(source.runbook, 'restore'));
  return { file: source.file, name: source.runbook.name, ready: null, findings, baseline: null };
}

async function ready(source: RunbookFile, options: CheckOptions): Promise<Checked> {
  const region = options.region ?? source.runbook.region;
  const isSimulated = options.simulate !== undefined;
  const [{ askIdentity }, { keepBaseline }, { checkReadiness }] = await Promise.all([
    import('../../preparation/account.ts'),
    import('../../preparation/prepare.ts'),
    import('../../preparation/readiness.ts'),
  ]);
  // Beside the capture: where nothing answers, a person waits for one time-out, not for one after the other.
  const asked = isSimulated
    ? Promise.resolve(simulatedIdentity())
    : inAccount(region, ({ clients }) => askIdentity(clients.sts));
  // The same failure makes the capture fail, with a better message; if the capture succeeds, `await asked` below throws it.
  asked.catch(() => undefined);
  const preparation = await prepareRunbook(source, 'restore', options);
  const context = { identity: await asked, env: process.env };
  const { ready: isReadyNow, findings } = isSimulated
    ? await checkReadiness(preparation, context)
    : await inAccount(region, (account) => checkReadiness(preparation, { ...context, account }));
  const baseline = isReadyNow
    ? {
        file: await keepBaseline(
          await storeIn(options.state),
          preparation,
          isSimulated ? 'simulation' : 'account',
        ),
        simulated: isSimulated,
      }
    : null;
  return { file: source.file, name: source.runbook.name, ready: isReadyNow, findings, baseline };
}

/** A simulation has no account to sign in to: the user of this machine stands for the identity. */
function simulatedIdentity(): IdentityAnswer {
  return { kind: 'simulated', user: localUser() };
}

async function printChecked(
  { terminal }: Session,
  checked: readonly Checked[],
  isLint: boolean,
): Promise<ExitCode> {
  const findings = checked.flatMap((one) => one.findings);
  const isReadyAll = checked.every((one) => one.ready === true);
  terminal.document({
    schema: 'lifeboat.check/v1',
    ready: isLint ? null : isReadyAll,
    findings,
    runbooks: checked,
  });
  if (!terminal.json) {
    const { renderCheck } = await import('../check/render-check.ts');
    for (const one of checked)
      terminal.print(renderCheck(one, terminal.palette, terminal.hint, terminal.width));
  }
  if (!isLint) return isReadyAll ? EXIT.done : EXIT.notReady;
  return findings.some(({ severity }) => severity === 'error') ? EXIT.notReady : EXIT.done;
}
