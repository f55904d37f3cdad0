import { adviceText, advise, lifeboat, type Advice } from '../../advice.ts';
import type { LifeboatError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { NOTICES_KEY, recordsOf } from '../../notices/record.ts';
import { buildReport, type Report } from '../../report/model/report.ts';
import { viewRun } from '../../report/model/run-view.ts';
import { renderMarkdownReport } from '../../report/render/render-markdown.ts';
import type { Cloud } from './cloud.ts';
import { metricLine, type MetricRun } from './metrics.ts';
import type { BeginRun, RunRequest } from './requests.ts';

/** Where the documents of a run are in the evidence bucket. */
export function evidenceKey(runId: string, document: 'report.json' | 'report.md'): string {
  return `runs/${runId}/${document}`;
}

/** Writes the report of an ended run to the evidence bucket, and its figures to the metrics. */
export async function keepReport(cloud: Cloud, runId: string): Promise<void> {
  const journal = await cloud.store.open(runId);
  try {
    const report = await reportOf(journal);
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    await cloud.keepEvidence(evidenceKey(runId, 'report.json'), json, 'application/json');
    const markdown = renderMarkdownReport(report, (advice) => adviceText(advice, cloud.commandOptions));
    await cloud.keepEvidence(evidenceKey(runId, 'report.md'), markdown, 'text/markdown');
    for (const line of endMetrics(report, cloud.clock.now())) cloud.print(line);
    await cloud.store.forgetWake(runId);
  } finally {
    await journal.close();
  }
}

async function reportOf(journal: Journal): Promise<Report> {
  const view = viewRun(journal.record, await journal.load());
  const notices = recordsOf(await journal.value(NOTICES_KEY));
  return buildReport(view, await journal.timeline(), await journal.apiCalls(), { notices });
}

function* endMetrics(report: Report, at: number): Generator<string> {
  const { status, objectives, leftovers } = report;
  yield metricLine(report, { [status === 'completed' ? 'RunCompleted' : 'RunFailed']: 1 }, at);
  yield metricLine(report, { Leftovers: leftovers.length }, at);
  for (const objective of ['rto', 'rpo'] as const) {
    const { objectiveSeconds, actualSeconds } = objectives[objective];
    yield metricLine(report, { ObjectiveSeconds: objectiveSeconds }, at, objective);
    const name = objective === 'rto' ? 'RtaSeconds' : 'RpaSeconds';
    if (actualSeconds !== null) yield metricLine(report, { [name]: actualSeconds }, at);
  }
}

/** The execution ends with an error and nothing drives the run: tells people how to go on. */
export async function giveUp(cloud: Cloud, request: RunRequest, error: unknown): Promise<void> {
  const { runId } = request;
  const why = error instanceof Error ? error.message : String(error);
  cloud.log.error({ runId, error }, 'the execution gives the run up');
  const run = await runOf(cloud, request);
  if (run !== undefined) cloud.print(metricLine(run, { RunHalted: 1 }, cloud.clock.now()));
  const next = advise`The journal holds everything up to here. Continue the run: ${lifeboat('resume', runId)}.`;
  await tell(cloud, `${runId}: nothing drives the run any more`, why, next);
}

/** No run begins: nothing was changed in the account. */
export async function tellRefusal(
  cloud: Cloud,
  request: BeginRun,
  { code, message, next }: LifeboatError,
): Promise<void> {
  const { runId, mode, runbook } = request;
  cloud.log.error({ runId, runbook, mode, code }, message);
  cloud.print(metricLine(request, { RunFailed: 1 }, cloud.clock.now()));
  await tell(cloud, `${runId}: the ${mode} of ${runbook} does not begin`, message, next);
}

async function tell(cloud: Cloud, subject: string, text: string, next: Advice): Promise<void> {
  await cloud.tell(subject, `${text}\n${adviceText(next, cloud.commandOptions)}`);
}

/** The journal may be what has failed. */
async function runOf({ store }: Cloud, request: RunRequest): Promise<MetricRun | undefined> {
  if (request.kind === 'begin') return request;
  try {
    return await store.find(request.runId);
  } catch {
    return undefined;
  }
}
