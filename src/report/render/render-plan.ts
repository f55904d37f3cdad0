import { adviceText, type RenderAdvice } from '../../advice.ts';
import { KIND_INVENTORIES } from '../../kinds/schemas.ts';
import type { Plan, Problem } from '../../plan/types.ts';
import { gibibytes, metPaint, moment, UNBOUNDED, seconds, usd } from '../layout/format.ts';
import { groupsOf, MOST_ROWS } from '../layout/groups.ts';
import type { Palette } from '../layout/palette.ts';
import { comparisonLines } from './render-plan-comparison.ts';
import { alternativeLines, pointLines, resourceLines } from './render-plan-resources.ts';
import { renderTable } from '../layout/table.ts';
import { counted, listed, plain } from '../layout/plain.ts';
import { hanging, wrap } from '../layout/text.ts';

const MOST_IDS = 6;
const MOST_OF_PATH = 3;
const MOST_LONG_IDS = 4;
const MOST_PROBLEMS_OF_A_KIND = 3;
const MOST_LISTED = 12;

/**
 * A plan for a person who has to agree to it: whether it meets the objectives, what is restored by what and from when, what it
 * costs and touches, what is wrong and what to do about it. Beyond 20 resources it tells of groups.
 */
export function renderPlan(
  plan: Plan,
  palette: Palette,
  width = UNBOUNDED,
  hint: RenderAdvice = adviceText,
): string {
  const sections: (readonly [title: string, lines: readonly string[]])[] = [
    ['OBJECTIVES', objectiveLines(plan, palette, width)],
    ['COMPARED WITH', comparisonLines(plan, palette, width)],
    [`RESOURCES (${plan.resources.length})`, resourceLines(plan, palette, width)],
    ['RECOVERY POINTS', pointLines(plan, palette, width)],
    ['ORDER', orderLines(plan, width)],
    ['NOT CHOSEN', alternativeLines(plan, width)],
    ['BLAST RADIUS', radiusLines(plan, width)],
    ['NOT EXERCISED', plan.notExercised.flatMap((part) => hanging('  - ', plain(part), width))],
    ['PROBLEMS', problemLines(plan, palette, width, hint)],
  ];
  const body = sections.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : ['', palette.bold(title), ...lines],
  );
  return [...headLines(plan, palette, width), ...body].join('\n');
}

function headLines(plan: Plan, palette: Palette, width: number): readonly string[] {
  const kind = plan.mode === 'drill' ? 'drill (in isolation, removed at the end)' : 'restore';
  return [
    ...wrap(`Plan of ${plain(plan.runbook)}: ${kind}, ${plain(plan.region)}`, width).map(palette.bold),
    ...wrap(
      `Incident ${moment(plan.incidentAt)}${damageText(plan)}. Everything below counts from the incident.`,
      width,
    ),
  ];
}

/** Without --damaged-at the newest copies are taken to be undamaged: the plan says so, so that an operator who knows better can correct it. */
function damageText({ incidentAt, damagedAt, mode, recoveryPointPolicy }: Plan): string {
  if (damagedAt !== incidentAt) return `; data bad since ${moment(damagedAt)}`;
  return mode === 'restore' && recoveryPointPolicy === 'before-damage'
    ? '; data taken to be good until then (else: --damaged-at)'
    : '';
}

function objectiveLines(plan: Plan, palette: Palette, width: number): readonly string[] {
  const { objectives, forecast, meets } = plan;
  // The end of nothing at all is no time in which anything would be recovered.
  const isEmpty = plan.resources.every(({ strategies }) => strategies.length === 0);
  const verdict = (met: boolean) => ({
    text: met ? 'would be met' : 'WOULD BE MISSED',
    paint: metPaint(met, palette),
  });
  const table = renderTable(
    [
      { title: 'objective' },
      { title: 'promised', align: 'right' },
      { title: 'forecast', align: 'right' },
      { title: 'p90', align: 'right' },
      { title: '' },
    ],
    [
      [
        'RTO (time to recover)',
        seconds(objectives.rtoSeconds),
        isEmpty ? 'unknown' : seconds(forecast.rtaSeconds.p50),
        isEmpty ? '' : seconds(forecast.rtaSeconds.p90),
        verdict(meets.rto),
      ],
      [
        'RPO (data lost)',
        seconds(objectives.rpoSeconds),
        forecast.rpaSeconds === null ? 'unknown' : seconds(forecast.rpaSeconds),
        '',
        verdict(meets.rpo),
      ],
      ['cost', '', usd(plan.costUsd), '', ''],
    ],
    width - 2,
    palette.dim,
  );
  const path = forecast.criticalPath;
  const isComplete = plan.problems.every(({ severity }) => severity !== 'error');
  return [
    ...table.map((line) => `  ${line}`),
    ...(isComplete
      ? []
      : hanging(
          '  ',
          isEmpty
            ? 'This plan restores nothing. See PROBLEMS.'
            : 'This plan does not restore every resource; the forecast leaves out what is NOT RECOVERABLE. See PROBLEMS.',
          width,
        ).map(palette.red)),
    ...(path.length === 0
      ? []
      : hanging(
          '  Critical path: ',
          `${path
            .slice(-MOST_OF_PATH)
            .map((id) => plain(id))
            .join(' > ')}`,
          width,
        )),
    ...(isEmpty
      ? []
      : hanging(
          '  ',
          `Lower bound: ${seconds(forecast.lowerBoundSeconds)} with these strategies and quotas. About ${counted(plan.apiCalls.total, 'AWS API call')}.`,
          width,
        )),
  ];
}

function orderLines(plan: Plan, width: number): readonly string[] {
  const byId = new Map(plan.resources.map((resource) => [resource.id, resource]));
  return plan.order.flatMap((ids, index) => {
    const label = `  wave ${index + 1}  `;
    if (ids.length <= MOST_IDS) return hanging(label, ids.map((id) => plain(id)).join(', '), width);
    const members = ids.flatMap((id) => byId.get(id) ?? []);
    const groups = groupsOf(members).map((group) => `${plain(group.name)} ${group.members.length}`);
    return hanging(label, `${counted(ids.length, 'resource')}: ${groups.join(', ')}`, width);
  });
}

function radiusLines(plan: Plan, width: number): readonly string[] {
  const { creates, fsr, reads, sends, changes = [] } = plan.blastRadius;
  // Plans of older journals do not know of snapshots.
  const snapshots = (creates.snapshots as number | undefined) ?? 0;
  const made = KIND_INVENTORIES.flatMap(({ sourceList, noun }) => {
    const count = (creates as Partial<Record<string, number>>)[sourceList];
    return count === undefined ? [] : counted(count, noun);
  });
  const makes = `${made.join(', ')}, ${gibibytes(creates.storageGiB)} of storage${snapshots === 0 ? '' : `, ${counted(snapshots, 'snapshot')} of what was damaged or recovered`}`;
  const traffic =
    plan.mode === 'drill'
      ? 'Traffic is not touched; all that is made is removed at the end.'
      : changes.length === 0
        ? 'Nothing that exists is changed or deleted.'
        : 'Nothing else that exists is changed, and nothing is deleted.';
  return [
    ...hanging('  makes     ', makes, width),
    ...(changes.length === 0
      ? []
      : hanging('  promotes  ', `${listed(changes, MOST_IDS)}, which cannot be undone`, width)),
    ...(fsr.length === 0
      ? []
      : hanging(
          '  switches  ',
          `fast snapshot restore of ${listed(fsr, MOST_LONG_IDS)}, off again afterwards`,
          width,
        )),
    ...hanging('  reads     ', reads.length === 0 ? 'nothing' : listed(reads, MOST_IDS), width),
    ...(sends === undefined
      ? []
      : hanging(
          '  sends     ',
          `what was missed in the outage to ${plain(sends)}, once the recovery is over`,
          width,
        )),
    ...hanging('  ', traffic, width),
  ];
}

const SEVERITIES: readonly Problem['severity'][] = ['error', 'warning', 'info'];

/** Worst first. The same complaint about hundreds of resources is told a few times and then counted. */
function problemLines(plan: Plan, palette: Palette, width: number, hint: RenderAdvice): readonly string[] {
  const paints = { error: palette.red, warning: palette.yellow, info: palette.dim };
  return SEVERITIES.flatMap((severity) => {
    const ofSeverity = plan.problems.filter((problem) => problem.severity === severity);
    const codes = [...new Set(ofSeverity.map((problem) => problem.code))];
    return codes.flatMap((code) => {
      const alike = ofSeverity.filter((problem) => problem.code === code);
      const most =
        alike.length > MOST_PROBLEMS_OF_A_KIND && plan.resources.length > MOST_ROWS
          ? MOST_PROBLEMS_OF_A_KIND
          : MOST_LISTED;
      const told = alike.slice(0, most).flatMap((problem) => problemText(problem, width, hint));
      const rest = alike.length - most;
      const head = paints[severity](`  ${severity.toUpperCase()} ${plain(code)}`);
      return [
        head,
        ...told,
        ...(rest > 0 ? [`    and ${rest.toLocaleString('en-US')} more of this kind`] : []),
      ];
    });
  });
}

function problemText(problem: Problem, width: number, hint: RenderAdvice): readonly string[] {
  return [
    ...hanging('    ', plain(problem.message), width),
    ...hanging('    Next: ', plain(hint(problem.next)), width),
  ];
}
