import { adviceText, type RenderAdvice } from '../../advice.ts';
import type { ObjectiveResult } from '../../objectives/objectives.ts';
import { isoMoment, metPaint, metWord, UNBOUNDED, percent, seconds, usd } from '../layout/format.ts';
import { backfillLines } from './render-backfill-section.ts';
import { groupsWith, MOST_ROWS, sum, worst } from '../layout/groups.ts';
import { noApprovals } from '../model/outcome.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { approvedText } from '../../sentences/questions.ts';
import { clockLines } from '../model/clock.ts';
import type { Report } from '../model/report.ts';
import type { DifferenceReport, ResourceReport } from '../model/resource-report.ts';
import { renderTable, type Cell } from '../layout/table.ts';
import { counted, listed, plain } from '../layout/plain.ts';
import { hanging } from '../layout/text.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

const MOST_IDS = 8;
const MOST_OPERATIONS = 5;
/** Resources that had trouble are told one by one, up to here. */
const MOST_TROUBLED = 10;

/** The end of a run on one page: what was promised and what came of it, each resource, and what it cost and left. */
export function renderVerdict(
  report: Report,
  palette: Palette,
  width = UNBOUNDED,
  hint: RenderAdvice = adviceText,
): string {
  const title = `${report.mode === 'drill' ? 'Drill' : 'Restore'} ${plain(report.runId)}: ${report.status.toUpperCase()}`;
  return [
    statusPaint(report.status, palette)(palette.bold(title)),
    ...(report.problem === null ? [] : hanging('  ', plain(report.problem), width)),
    ...report.waitingFor.flatMap((wait) => hanging('  Waiting: ', plain(wait), width)),
    '',
    ...objectiveRows(report, palette, width),
    '',
    ...resourceRows(report.resources, palette, width),
    ...troubleLines(report.resources, width),
    '',
    ...footLines(report, palette, width, hint),
  ].join('\n');
}

function statusPaint(status: Report['status'], palette: Palette): Paint {
  if (status === 'completed') return palette.green;
  return isOver(status) ? palette.red : palette.yellow;
}

function objectiveRows(report: Report, palette: Palette, width: number): readonly string[] {
  const { rto, rpo, dataComplete, availability } = report.objectives;
  const row = (name: string, result: ObjectiveResult, forecast: number | null): readonly Cell[] => [
    name,
    seconds(result.objectiveSeconds),
    seconds(forecast),
    seconds(result.actualSeconds),
    { text: wordOf(result.met, report), paint: metPaint(result.met, palette) },
  ];
  const rows = [
    row('RTO (time to recover)', rto, report.forecast.rtaSeconds.p50),
    row('RPO (data lost)', rpo, report.forecast.rpaSeconds),
    ...(dataComplete === undefined ? [] : [row('data complete', dataComplete, null)]),
  ];
  if (availability !== undefined) {
    const { met, objectivePercent, actualPercent } = availability;
    const verdict = { text: wordOf(met, report), paint: metPaint(met, palette) };
    rows.push(['availability (a year)', percent(objectivePercent), '-', percent(actualPercent), verdict]);
  }
  const columns = [
    { title: 'objective', least: 10 },
    { title: 'promised', align: 'right' },
    { title: 'forecast', align: 'right' },
    { title: 'actual', align: 'right' },
    { title: '', least: 12 },
  ] as const;
  return renderTable(columns, rows, width, palette.dim);
}

/** Before the end nothing is measured yet, which is not the same as never. */
function wordOf(met: boolean | null, { endedAt }: Report): string {
  return met === null && endedAt === null ? 'still open' : metWord(met);
}

function resourceRows(
  resources: readonly ResourceReport[],
  palette: Palette,
  width: number,
): readonly string[] {
  const isFew = resources.length <= MOST_ROWS;
  const columns = [
    { title: isFew ? 'resource' : 'resources', least: 16, isId: true },
    { title: 'status', least: 16 },
    { title: 'by', least: 16 },
    { title: isFew ? 'data lost' : 'oldest', align: 'right' },
    { title: 'forecast', align: 'right' },
    { title: isFew ? 'actual' : 'slowest', align: 'right' },
    // Strategies. Only where there are any: ids need the room.
    ...(resources.some(({ fallbacks }) => fallbacks.length > 0)
      ? [{ title: 'given up', align: 'right' } as const]
      : []),
  ] as const;
  const rows = isFew
    ? resources.map((resource) => rowOf(resource, palette))
    : groupsWith(resources, ({ strategy }) => strategy ?? '-').map((group) => groupRow(group, palette));
  return renderTable(columns, rows, width, palette.dim);
}

function rowOf(resource: ResourceReport, palette: Palette): readonly Cell[] {
  return [
    resource.id,
    { text: resource.status, paint: resourcePaint(resource, palette) },
    resource.strategy ?? '-',
    seconds(resource.recoveryPoint?.ageSeconds),
    seconds(resource.forecastSeconds),
    seconds(resource.actualSeconds),
    resource.fallbacks.length === 0 ? '' : String(resource.fallbacks.length),
  ];
}

function resourcePaint(resource: ResourceReport, palette: Palette): Paint {
  if (resource.status === 'ready') return palette.green;
  return resource.status === 'failed' ? palette.red : palette.yellow;
}

function groupRow(
  {
    name,
    trait,
    members,
  }: { readonly name: string; readonly trait: string; readonly members: readonly ResourceReport[] },
  palette: Palette,
): readonly Cell[] {
  const ready = members.filter((member) => member.status === 'ready').length;
  const fallbacks = sum(members.map((member) => member.fallbacks.length));
  return [
    `${name} (${members.length})`,
    {
      text: `${ready} of ${members.length} ready`,
      paint: ready === members.length ? palette.green : palette.red,
    },
    trait,
    seconds(worst(members.map((member) => member.recoveryPoint?.ageSeconds))),
    seconds(worst(members.map((member) => member.forecastSeconds))),
    seconds(worst(members.map((member) => member.actualSeconds ?? undefined))),
    fallbacks === 0 ? '' : String(fallbacks),
  ];
}

/** Why a resource did not come back the way it was planned. */
function troubleLines(resources: readonly ResourceReport[], width: number): readonly string[] {
  const troubled = resources.filter((resource) => resource.fallbacks.length > 0);
  // Failed resources come first: the operator has to act on them.
  const sorted = [...troubled].sort(
    (one, other) => Number(other.status === 'failed') - Number(one.status === 'failed'),
  );
  const lines = sorted
    .slice(0, MOST_TROUBLED)
    .flatMap((resource) =>
      resource.fallbacks.flatMap((fallback) =>
        hanging(
          '  ',
          `${plain(resource.id)}: ${plain(fallback.strategy)} given up: ${plain(fallback.reason)}`,
          width,
        ),
      ),
    );
  const differing = resources.filter(({ differences }) => differences.length > 0);
  const differences = differing
    .slice(0, MOST_TROUBLED)
    .flatMap((resource) =>
      resource.differences.flatMap((difference) =>
        hanging('  ', `${plain(resource.id)}: ${differenceLine(difference, resource.removed)}`, width),
      ),
    );
  const unshown = differing.length - MOST_TROUBLED;
  if (unshown > 0) differences.push(`  and ${counted(unshown, 'other resource')} with differences`);
  lines.push(...differences);
  const rest = troubled.length - MOST_TROUBLED;
  return rest > 0 ? [...lines, `  and ${counted(rest, 'other resource')} that gave up a strategy`] : lines;
}

function differenceLine({ subject, message, accepted }: DifferenceReport, isRemoved: boolean): string {
  const undecided = isRemoved ? 'removed since' : 'kept, not accepted';
  const decision = accepted === null ? undecided : `accepted by ${plain(accepted.by)}`;
  return `${plain(subject)} ${plain(message)} (${decision})`;
}

/** The backfill, waived gates, evidence, fresh recovery points, attachments, and what an abort kept; nothing where there is none of it. */
function safetyLines(report: Report, width: number): readonly string[] {
  const { waivers, evidence, resources, keptIds, notices } = report;
  const points = resources.flatMap(({ protection }) => protection);
  const complete = points.filter(({ completedAt, removed }) => completedAt !== null && !removed).length;
  const isGone = points.some(({ removed }) => removed);
  const kept = evidence.map(({ of, snapshotId, problem }) =>
    snapshotId === null
      ? `none of ${plain(of)} (${plain(problem ?? 'unknown')})`
      : `${plain(snapshotId)} of ${plain(of)}`,
  );
  const attached = resources.flatMap(({ attachments }) =>
    attachments.map(
      ({ of, instance, device, nvmePath }) => `${of} to ${instance} as ${device} (Nitro: ${nvmePath})`,
    ),
  );
  const line = (label: string, text: string): readonly string[] =>
    hanging(`  ${label.padEnd(15)}`, text, width);
  return [
    ...backfillLines(report).flatMap((text, index) => line(index === 0 ? 'backfill' : '', plain(text))),
    ...waivers.flatMap(({ what }) => line('waived', `${plain(what)}: an incident was declared`)),
    ...(kept.length === 0 ? [] : line('evidence', listed(kept, MOST_IDS))),
    ...(points.length === 0
      ? []
      : line(
          'protected',
          isGone
            ? 'nothing any more: what was recovered and its fresh recovery points were removed since'
            : `${complete} of ${points.length} by a fresh recovery point`,
        )),
    ...(attached.length === 0 ? [] : line('attached', listed(attached, MOST_IDS))),
    ...(keptIds.length === 0 ? [] : line('kept', listed(keptIds, MOST_IDS))),
    ...notices.flatMap(({ to, undelivered, waiting, why }) =>
      undelivered + waiting === 0
        ? []
        : line(
            'notices',
            `${undelivered + waiting} did not reach ${plain(to)}${why === null ? '' : ` (${plain(why)})`}`,
          ),
    ),
  ];
}

function footLines(report: Report, palette: Palette, width: number, hint: RenderAdvice): readonly string[] {
  const { apiCalls, leftovers, remains, sweptIds, approvals, notExercised, simulation } = report;
  const busiest = Object.entries(apiCalls.byOperation)
    .sort((one, other) => other[1] - one[1])
    .map(([operation, count]) => `${operation} ${count}`);
  const calls = `${apiCalls.total.toLocaleString('en-US')}, ${apiCalls.throttled.toLocaleString('en-US')} throttled${busiest.length === 0 ? '' : ` (${listed(busiest, MOST_OPERATIONS)})`}`;
  const agreed = approvals.map(
    (approval) =>
      `${plain(approval.by)} ${plain(approvedText(approval))}${approval.breakGlass ? ' (BREAK-GLASS: identity not checked)' : ''}${approval.simulated ? ' (simulated: no person was asked)' : ''}${approval.reason === null ? '' : `: ${plain(approval.reason)}`}`,
  );
  const left = hanging(
    '  leftovers      ',
    leftovers.length === 0 ? 'none' : listed(leftovers, MOST_IDS),
    width,
  );
  return [
    ...hanging(
      '  from, to       ',
      `${isoMoment(report.startedAt)}, ${report.endedAt === null ? 'not over' : isoMoment(report.endedAt)}`,
      width,
    ),
    ...hanging('  AWS API calls  ', calls, width),
    ...hanging(
      '  cost           ',
      `${usd(report.costUsd)} (planned ${usd(report.forecast.costUsd)})`,
      width,
    ),
    ...clockLines(report.clock, report.runId, report.endedAt !== null).flatMap((text, index) =>
      hanging(index === 0 ? '  clock          ' : '                 ', plain(hint(text)), width).map(
        palette.yellow,
      ),
    ),
    ...(leftovers.length === 0 ? left : left.map(palette.red)),
    ...remains.flatMap(({ message }, index) =>
      hanging(index === 0 ? '  remains        ' : '                 ', plain(message), width),
    ),
    ...(sweptIds.length === 0 ? [] : hanging('  swept away     ', listed(sweptIds, MOST_IDS), width)),
    ...hanging(
      '  approved by    ',
      agreed.length === 0 ? noApprovals(report.status) : agreed.join('; '),
      width,
    ),
    ...safetyLines(report, width),
    ...(notExercised.length === 0 ? [] : hanging('  not exercised  ', listed(notExercised, MOST_IDS), width)),
    ...(simulation === null
      ? []
      : hanging(
          '  simulated      ',
          `seed ${simulation.seed}, faults ${plain(simulation.faults)}; no AWS account was touched`,
          width,
        )),
  ];
}
