import { adviceText, type RenderAdvice } from '../../advice.ts';
import { clockLines } from '../model/clock.ts';
import type { ObjectiveResult } from '../../objectives/objectives.ts';
import { backfillLines, backfillTables } from './render-backfill-section.ts';
import { isoMoment, metWord, percent, seconds, usd } from '../layout/format.ts';
import { noApprovals } from '../model/outcome.ts';
import type { ApprovalReport, Report } from '../model/report.ts';
import type { ProtectionReport, ResourceReport } from '../model/resource-report.ts';
import { markdown } from '../layout/plain.ts';

/**
 * A complete evidence document: verdict, objectives, phases, every resource, approvals, leftovers, timeline. Whatever came from
 * outside is escaped: nothing in it can become markup.
 */
export function renderMarkdownReport(report: Report, hint: RenderAdvice = adviceText): string {
  const sections: readonly (readonly string[])[] = [
    headOf(report),
    ['## Objectives', '', ...objectiveTable(report)],
    ...(report.clock === null
      ? []
      : [
          [
            '## Clock',
            '',
            ...bullets(
              clockLines(report.clock, report.runId, report.endedAt !== null).map((line) => hint(line)),
              '',
            ),
          ],
        ]),
    ['## Phases', '', 'Phases may overlap.', '', ...phaseTable(report)],
    ['## Resources', '', ...resourceTable(report.resources)],
    detourSection(report.resources),
    differenceSection(report.resources),
    ['## Approvals', '', ...approvalTable(report)],
    attachmentSection(report.resources),
    snapshotSection(report),
    backfillSection(report),
    ['## Cost and AWS API calls', '', ...costLines(report)],
    ['## Left behind', '', ...bullets(report.leftovers, 'Nothing.')],
    remainsSection(report),
    noticeSection(report),
    ...(report.sweptIds.length === 0
      ? []
      : [['## Found by tag and removed', '', ...bullets(report.sweptIds, 'Nothing.')]]),
    ...(report.findings.length === 0
      ? []
      : [
          [
            '## Findings before the start',
            '',
            ...bullets(
              report.findings.map(({ subject, message }) => `${subject}: ${message}`),
              'None.',
            ),
          ],
        ]),
    [
      '## Not exercised',
      '',
      ...bullets(
        [...report.notExercised, ...(report.backfill.exercised ? [] : [report.backfill.reason])],
        'Everything was.',
      ),
    ],
    [
      '## Timeline',
      '',
      ...table(
        ['at', 'kind', 'what'],
        report.timeline.map((entry) => [isoMoment(entry.at), entry.kind, entry.message]),
      ),
    ],
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n')}\n`;
}

function backfillSection(report: Report): readonly string[] {
  if (!report.backfill.exercised) return [];
  const { counts, windows, classes } = backfillTables(report.backfill);
  return [
    '## Backfill',
    '',
    ...bullets(backfillLines(report), 'Nothing was missed.'),
    '',
    ...table(['records', ''], counts),
    ...(windows.length === 0
      ? []
      : ['', ...table(['window', 'from', 'to', 'requests', 'errors', 'rate'], windows)]),
    ...(classes.length === 0 ? [] : ['', ...table(['class', 'missed', 'recoverable', 'why'], classes)]),
  ];
}

function headOf(report: Report): readonly string[] {
  const { rto, rpo } = report.objectives;
  const { simulation } = report;
  return [
    `# ${report.mode === 'drill' ? 'Drill' : 'Restore'} ${markdown(report.runId)}`,
    '',
    `**${report.status}**: RTO ${metWord(rto.met)}, RPO ${metWord(rpo.met)}.${report.problem === null ? '' : ` ${markdown(report.problem)}.`}`,
    '',
    ...table(
      ['', ''],
      [
        ['runbook', report.runbook],
        ['region', report.region],
        ['incident', isoMoment(report.incidentAt)],
        // By default the damage is dated to the incident. That is an assumption, so the report does not state it.
        ...(report.damagedAt === report.incidentAt ? [] : [['data bad since', isoMoment(report.damagedAt)]]),
        ['started', isoMoment(report.startedAt)],
        ...(report.startedBy === '' ? [] : [['started by', report.startedBy]]),
        ['ended', isoMoment(report.endedAt)],
        ...(report.endedAt === null ? [['as of', isoMoment(report.asOf)]] : []),
        [
          'world',
          simulation === null ? 'AWS' : `simulated, seed ${simulation.seed}, faults ${simulation.faults}`,
        ],
        ...report.waitingFor.map((wait) => ['waiting', wait]),
        ...(report.claim?.preempted == null ? [] : [['pre-empted', report.claim.preempted]]),
        ...(report.claim?.place === 'nowhere'
          ? [['mark in the account', `none: ${report.claim.why ?? 'unknown'}`]]
          : []),
        ...(report.keptIds.length === 0 ? [] : [['kept', report.keptIds.join(', ')]]),
      ],
    ),
  ];
}

function objectiveTable({ objectives, forecast }: Report): readonly string[] {
  const { rto, rpo, dataComplete, availability } = objectives;
  const row = (name: string, result: ObjectiveResult, planned: number | null) => [
    name,
    seconds(result.objectiveSeconds),
    seconds(planned),
    seconds(result.actualSeconds),
    metWord(result.met),
  ];
  return table(
    ['objective', 'promised', 'forecast', 'actual', 'verdict'],
    [
      row('RTO', rto, forecast.rtaSeconds.p50),
      row('RPO', rpo, forecast.rpaSeconds),
      ...(dataComplete === undefined ? [] : [row('data complete', dataComplete, null)]),
      ...(availability === undefined
        ? []
        : [
            [
              'availability',
              percent(availability.objectivePercent),
              '-',
              percent(availability.actualPercent),
              metWord(availability.met),
            ],
          ]),
    ],
  );
}

function phaseTable({ phases }: Report): readonly string[] {
  return table(
    ['phase', 'started', 'ended', 'took', 'exercised'],
    phases.map((phase) => [
      phase.name,
      isoMoment(phase.startedAt),
      isoMoment(phase.endedAt),
      phase.startedAt === null ? '-' : seconds(phase.seconds),
      phase.exercised ? 'yes' : 'no',
    ]),
  );
}

function resourceTable(resources: readonly ResourceReport[]): readonly string[] {
  return table(
    ['resource', 'status', 'strategy', 'recovery point', 'age', 'forecast', 'actual', 'made'],
    resources.map((resource) => [
      resource.id,
      resource.removed ? `${resource.status}, removed since` : resource.status,
      resource.strategy ?? '-',
      resource.recoveryPoint?.id ?? '-',
      seconds(resource.recoveryPoint?.ageSeconds),
      seconds(resource.forecastSeconds),
      seconds(resource.actualSeconds),
      resource.createdIds.join(', '),
    ]),
  );
}

function detourSection(resources: readonly ResourceReport[]): readonly string[] {
  const rows = resources.flatMap((resource) =>
    resource.fallbacks.map((fallback) => [
      resource.id,
      fallback.strategy,
      isoMoment(fallback.at),
      fallback.reason,
    ]),
  );
  return rows.length === 0
    ? []
    : ['## Strategies given up', '', ...table(['resource', 'strategy', 'at', 'reason'], rows)];
}

function differenceSection(resources: readonly ResourceReport[]): readonly string[] {
  const rows = resources.flatMap((resource) =>
    resource.differences.map(({ subject, message, accepted }) => [
      resource.id,
      subject,
      message,
      accepted === null
        ? resource.removed
          ? 'removed since'
          : 'kept, not accepted'
        : `accepted by ${accepted.by}, ${isoMoment(accepted.at)}`,
    ]),
  );
  return rows.length === 0
    ? []
    : ['## Differences', '', ...table(['resource', 'what', 'difference', 'decision'], rows)];
}

function approvalTable({ status, approvals, waivers, identityEndpoint }: Report): readonly string[] {
  const waived = waivers.map(({ what, why }) => `Waived: ${what}, for ${why}.`);
  if (approvals.length === 0) {
    const none = noApprovals(status);
    const sentence = `${none.charAt(0).toUpperCase()}${none.slice(1)}.`;
    return waived.length === 0 ? [sentence] : bullets(waived, '');
  }
  return [
    ...table(
      ['before', 'by', 'at', 'reason', ''],
      approvals.map(({ gate, step, by, at, reason, ...how }) => [
        step ?? gate,
        by,
        isoMoment(at),
        reason ?? '',
        howApproved(how, identityEndpoint),
      ]),
    ),
    ...(waived.length === 0 ? [] : ['', ...bullets(waived, '')]),
  ];
}

function howApproved(
  { simulated, identity }: Pick<ApprovalReport, 'simulated' | 'identity'>,
  identityEndpoint: string | null,
): string {
  if (simulated) return 'simulated: no person was asked';
  return {
    verified:
      identityEndpoint === null ? 'identity checked' : `identity as ${identityEndpoint} says, not AWS`,
    local: 'user of the machine',
    'break-glass': 'BREAK-GLASS: identity not checked',
  }[identity];
}

function noticeSection({ notices }: Report): readonly string[] {
  if (notices.length === 0) return [];
  const rows = notices.map(({ to, delivered, omitted, undelivered, waiting, why }) => [
    to,
    ...[delivered, omitted, undelivered, waiting].map(String),
    why ?? '',
  ]);
  return ['## Notices', '', ...table(['to', 'delivered', 'left out', 'undelivered', 'waiting', 'why'], rows)];
}

function attachmentSection(resources: readonly ResourceReport[]): readonly string[] {
  const rows = resources.flatMap(({ id, attachments }) =>
    attachments.map(({ of, instance, device, nvmePath }) => [id, of, instance, device, nvmePath]),
  );
  const columns = ['resource', 'what', 'instance', 'device of the request', 'device in a Nitro instance'];
  return rows.length === 0 ? [] : ['## Attached', '', ...table(columns, rows)];
}

/** Snapshots of what was damaged, and of what was recovered. */
function snapshotSection({ evidence, resources }: Report): readonly string[] {
  const rows = [
    ...evidence.map(({ resource, of, snapshotId, problem }) => [
      resource,
      `evidence of the damaged ${of}`,
      snapshotId ?? '-',
      problem ?? 'kept',
    ]),
    ...resources.flatMap(({ id, protection }) =>
      protection.map((point) => [id, `fresh recovery point of ${point.of}`, point.id ?? '-', stateOf(point)]),
    ),
  ];
  return rows.length === 0
    ? []
    : ['## Snapshots taken', '', ...table(['resource', 'what', 'snapshot', ''], rows)];
}

function stateOf({ problem, completedAt, removed }: ProtectionReport): string {
  if (problem !== null) return problem;
  const state = completedAt === null ? 'not complete yet' : `complete ${isoMoment(completedAt)}`;
  return removed ? `${state}, removed since` : state;
}

function costLines({ costUsd, forecast, apiCalls }: Report): readonly string[] {
  return [
    `Cost at list prices: ${usd(costUsd)} (planned ${usd(forecast.costUsd)}).`,
    '',
    `AWS API calls: ${apiCalls.total}, of which ${apiCalls.throttled} were throttled.`,
    ...(apiCalls.total === 0
      ? []
      : [
          '',
          ...table(
            ['operation', 'calls'],
            Object.entries(apiCalls.byOperation).map(([operation, count]) => [operation, String(count)]),
          ),
        ]),
  ];
}

function bullets(items: readonly string[], none: string): readonly string[] {
  return items.length === 0 ? [none] : items.map((item) => `- ${markdown(item)}`);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(titles),
    line(titles.map(() => '---')),
    ...rows.map((row) => line(row.map((cell) => markdown(cell)))),
  ];
}

function remainsSection({ remains }: Report): readonly string[] {
  if (remains.length === 0) return [];
  return [
    '## Remains',
    '',
    ...bullets(
      remains.map(({ message }) => message),
      'Nothing.',
    ),
  ];
}
