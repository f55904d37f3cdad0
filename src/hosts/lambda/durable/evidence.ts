import { adviceText, advise, lifeboat } from '../../../advice.ts';
import { LifeboatError } from '../../../errors.ts';
import { NOTICES_KEY, recordsOf } from '../../../notices/record.ts';
import { buildReport, type Report } from '../../../report/model/report.ts';
import { viewRun } from '../../../report/model/run-view.ts';
import { renderMarkdownReport } from '../../../report/render/render-markdown.ts';
import type { Cloud } from './cloud.ts';
import { metricLine, type MetricRun } from '../metrics.ts';
import { askAgain, report } from '../reporting.ts';
import type { BeginRun, RunRequest } from '../requests.ts';

/** Where the documents of a run are in the evidence bucket. */
export function evidenceKey(runId: string, document: 'report.json' | 'report.md'): string {
  return `runs/${runId}/${document}`;
}

/** Writes the figures of an ended run to the metrics. */
export async function countEnd(cloud: Cloud, runId: string): Promise<void> {
  const made = await reportOf(cloud, runId);
  for (const line of endMetrics(made, cloud.clock.now())) cloud.print(line);
  await cloud.store.forgetWake(runId);
}

/** Writes the report of an ended run to the evidence bucket. */
export async function keepReport(cloud: Cloud, runId: string): Promise<void> {
  const made = await reportOf(cloud, runId);
  const json = `${JSON.stringify(made, undefined, 2)}\n`;
  await cloud.keepEvidence(evidenceKey(runId, 'report.json'), json, 'application/json');
  const markdown = renderMarkdownReport(made, (advice) => adviceText(advice, cloud.commandOptions));
  await cloud.keepEvidence(evidenceKey(runId, 'report.md'), markdown, 'text/markdown');
}

/** The evidence bucket has not taken the report for so long that nothing tries any more. */
export async function tellUnkept(cloud: Cloud, runId: string, error: unknown): Promise<void> {
  const next = advise`The run has ended. Keep its report yourself: ${lifeboat('report', runId)}.`;
  const subject = `${runId}: its report is not in the evidence bucket`;
  await report(cloud, { runId }, subject, whyOf(error), next);
}

async function reportOf({ store }: Cloud, runId: string): Promise<Report> {
  const journal = await store.open(runId);
  try {
    const view = viewRun(journal.record, await journal.load());
    const notices = recordsOf(await journal.value(NOTICES_KEY));
    return buildReport(view, await journal.timeline(), await journal.apiCalls(), { notices });
  } finally {
    await journal.close();
  }
}

function* endMetrics(run: Report, at: number): Generator<string> {
  const { status, objectives, leftovers } = run;
  yield metricLine(run, { [status === 'completed' ? 'RunCompleted' : 'RunFailed']: 1 }, at);
  yield metricLine(run, { Leftovers: leftovers.length }, at);
  for (const objective of ['rto', 'rpo'] as const) {
    const { objectiveSeconds, actualSeconds } = objectives[objective];
    yield metricLine(run, { ObjectiveSeconds: objectiveSeconds }, at, objective);
    const name = objective === 'rto' ? 'RtaSeconds' : 'RpaSeconds';
    if (actualSeconds !== null) yield metricLine(run, { [name]: actualSeconds }, at);
  }
}

/** The execution ends with an error and nothing drives the run: tells people how to go on. */
export async function giveUp(cloud: Cloud, request: RunRequest, error: unknown): Promise<void> {
  const { runId } = request;
  const why = whyOf(error);
  const run = await runOf(cloud, request);
  if (run === undefined && request.kind === 'begin')
    return tellRefusal(cloud, request, { message: why, next: askAgain(request) });
  if (run !== undefined) cloud.print(metricLine(run, { RunHalted: 1 }, cloud.clock.now()));
  const next = advise`The journal holds everything up to here. Continue the run: ${lifeboat('resume', runId)}.`;
  await report(cloud, { runId }, `${runId}: nothing drives the run any more`, why, next);
}

/** No run begins: nothing was changed in the account. */
export async function tellRefusal(
  cloud: Cloud,
  request: BeginRun,
  { code, message, next }: Pick<LifeboatError, 'message' | 'next'> & Partial<Pick<LifeboatError, 'code'>>,
): Promise<void> {
  const { runId, mode, runbook } = request;
  cloud.print(metricLine(request, { RunRefused: 1 }, cloud.clock.now()));
  const subject = `${runId}: the ${mode} of ${runbook} does not begin`;
  await report(cloud, { runId, runbook, mode, ...(code !== undefined && { code }) }, subject, message, next);
}

/** The journal may be what has failed: then a run that was asked for counts as begun. */
async function runOf({ store }: Cloud, request: RunRequest): Promise<MetricRun | undefined> {
  try {
    return await store.find(request.runId);
  } catch (error) {
    const isMissing = error instanceof LifeboatError && error.code === 'RUN_NOT_FOUND';
    return request.kind === 'begin' && !isMissing ? request : undefined;
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
