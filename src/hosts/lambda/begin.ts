import { ownAccountEndpoint } from '../../aws/identity-proof.ts';
import { LifeboatError, type ErrorCode } from '../../errors.ts';
import { keptTargets } from '../../journal/kept-target.ts';
import type { RunStore } from '../../journal/run-store.ts';
import type { ProblemCode } from '../../plan/problem-codes.ts';
import type { Problem } from '../../plan/types.ts';
import { captureAccount, type OpenAccount, type WithAccount } from '../../preparation/account.ts';
import { draftRun } from '../../preparation/draft-run.ts';
import { refuseClaimed, refuseUnfinished } from '../../preparation/other-runs.ts';
import {
  planRun,
  refuseImpossible,
  type Circumstances,
  type Preparation,
  type RunbookFile,
} from '../../preparation/prepare.ts';
import { formatInstant, MINUTE_MS, type Instant } from '../../time.ts';
import type { Found, Library } from './library.ts';
import { refuseLocalFiles } from './local-files.ts';
import { passedOverText, report, reportPassedOver, type Reporting } from './reporting.ts';
import type { BeginRun } from './requests.ts';

export interface BeginPorts extends Reporting {
  readonly store: RunStore;
  readonly library: Library;
  readonly withAccount: WithAccount;
  /** ARN of the deployment's topic, which receives the notices of every run. */
  readonly topic: string;
  /** Name of the bucket that keeps the backfills of runs. */
  readonly backfillBucket: string;
  /** Requests whose obstacle this process has told of: attempts are repeated for hours, people are told once. */
  readonly toldOf: Set<string>;
}

/** The run exists, or why no run can follow from the request. */
export type Begun =
  { readonly runId: string; readonly refused?: never } | { readonly refused: LifeboatError };

/** What repeating cannot mend. Everything else, such as an expired role or a throttled table, may pass. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'FILE_UNREADABLE',
  'FILE_TOO_LARGE',
  'INVALID_DOCUMENT',
  'INVALID_RUNBOOK',
  'INVALID_INVENTORY',
  'UNKNOWN_RESOURCE',
  'NOT_YET_SUPPORTED',
  'NO_FEASIBLE_PLAN',
  'RUN_NOT_POSSIBLE',
  'RUN_IS_DRIVEN',
]);

/** ? How far the clocks of a sender and of the function may differ. An instant later than this was mistyped. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** What an account is called that holds nothing with an owner, while the identity service is down. */
const UNNAMED_ACCOUNT = '000000000000';

/**
 * Begins a run: reads the runbook and the account, plans, and creates the run's record. Changes nothing in the account. Repeating a request is safe: one
 * run has its id. Refuses what `lifeboat restore` and `lifeboat drill` refuse.
 *
 * @param functionArn the function that drives the run, qualified by a version
 * @throws what may pass by the next attempt: LifeboatError `AWS_*`, `JOURNAL_*`; people are told of it
 */
export async function beginRun(request: BeginRun, functionArn: string, ports: BeginPorts): Promise<Begun> {
  const { runId, mode, runbook } = request;
  try {
    if (!(await exists(ports.store, runId))) await createRun(request, functionArn, ports);
    return { runId };
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    // Another execution of the same request was faster.
    if (error.code === 'JOURNAL_CONFLICT' && (await exists(ports.store, runId))) return { runId };
    if (REFUSALS.has(error.code)) return { refused: error };
    if (!ports.toldOf.has(runId)) {
      ports.toldOf.add(runId);
      const subject = `${runId}: the ${mode} of ${runbook} cannot begin yet`;
      const text = `${error.message} It is tried again for some time.`;
      await report(ports, { runId, runbook, mode, code: error.code }, subject, text, error.next);
    }
    throw error;
  }
}

async function exists(store: RunStore, runId: string): Promise<boolean> {
  try {
    return (await store.find(runId)).runId === runId;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'RUN_NOT_FOUND') return false;
    throw error;
  }
}

async function createRun(request: BeginRun, functionArn: string, ports: BeginPorts): Promise<void> {
  const { store, library, withAccount, clock, topic, backfillBucket } = ports;
  const found = await library.runbook(request.runbook, request.runbookSha256);
  await reportPassedOver(ports, request.runbook, RUNBOOK, found);
  await refuseUnfinished(store, request, clock.now());
  const { runbook, file } = found.value;
  if (request.mode === 'restore') refuseLocalFiles(found.value);
  const preparation = await withAccount(runbook.region, async (account) => {
    const planned = await plan(request, found, account, ports);
    refuseImpossible(planned);
    await refuseClaimed(planned.plan, account);
    return planned;
  });
  const { account } = preparation.account;
  const identityEndpoint = await ownAccountEndpoint(runbook.region);
  const draft = await draftRun(preparation, {
    runId: request.runId,
    startedBy: request.by,
    startedOn: nameOfFunction(functionArn),
    // A deployed runbook is a file of the function's own disk: what it names is beside it in the bucket.
    place: library.placeOf(runbook.name),
    function: functionArn,
    backfillBucket,
    ...(account !== UNNAMED_ACCOUNT && { account }),
    ...(identityEndpoint !== undefined && { identityEndpoint }),
    notify: [...keptTargets(runbook.notify, file), { sns: topic }],
    options: { yes: false, incidentDeclared: request.incidentAt !== undefined },
    asksApproval: request.asksApproval,
  });
  await store.create(draft);
}

const RUNBOOK = 'the runbook';
const BASELINE = 'the baseline';

/** The plan names what was not the newest version among its problems: the run's report shows them. */
async function plan(
  request: BeginRun,
  source: Found<RunbookFile>,
  account: OpenAccount,
  ports: BeginPorts,
): Promise<Preparation> {
  const { runbook, runId, mode } = request;
  const now = ports.clock.now();
  const inventory = await captureAccount(account, now);
  for (const gap of inventory.gaps) ports.log.warn({ runId, gap }, `${gap.operation}: ${gap.message}`);
  const saved = await ports.store.baseline(runbook, 'account');
  const baseline = await ports.library.baseline(runbook, inventory, saved);
  await reportPassedOver(ports, runbook, BASELINE, baseline);
  const times = circumstances(request, now);
  const preparation = await planRun(source.value, mode, inventory, baseline.value, times);
  const problems = [
    ...preparation.plan.problems,
    ...olderVersion('OLDER_RUNBOOK', RUNBOOK, source),
    ...olderVersion('OLDER_BASELINE', BASELINE, baseline),
  ];
  return { ...preparation, plan: { ...preparation.plan, problems } };
}

function olderVersion(code: ProblemCode, what: string, found: Found<unknown>): readonly Problem[] {
  const [newest] = found.passedOver;
  if (newest === undefined) return [];
  const message = passedOverText(what, found);
  return [{ severity: 'warning', code, message, next: newest.error.next }];
}

/** A restore counts from when it was asked for, however long the function took to start; a drill measures a recovery from its start. */
function circumstances(
  { mode, at, incidentAt, damagedAt, recoverTo }: BeginRun,
  now: Instant,
): Circumstances {
  const incident = notAfter(now, 'incidentAt', incidentAt ?? (mode === 'restore' ? at : now));
  return {
    now,
    incidentAt: incident,
    damagedAt: notAfter(now, 'damagedAt', damagedAt ?? incident),
    ...(recoverTo !== undefined && { recoverTo: notAfter(now, 'recoverTo', recoverTo) }),
  };
}

function notAfter(now: Instant, name: string, at: Instant): Instant {
  if (at <= now + CLOCK_SKEW_MS) return Math.min(at, now);
  throw new LifeboatError(
    'USAGE',
    `${name} is ${formatInstant(at)}, which lies in the future: it is ${formatInstant(now)}.`,
    `Ask again with an instant that is not after ${formatInstant(now)}.`,
  );
}

/** `arn:aws:lambda:us-east-1:111111111111:function:NAME:VERSION` */
function nameOfFunction(arn: string): string {
  return arn.split(':')[6] ?? arn;
}
