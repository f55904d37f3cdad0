import type { Alternative, Plan, PlannedResource, PlannedStrategy } from '../../plan/types.ts';
import { SECOND_MS } from '../../time.ts';
import { elapsed, moment, seconds, usd } from '../layout/format.ts';
import { groupsOf, groupsWith, MOST_ROWS, sum, worst } from '../layout/groups.ts';
import type { Palette } from '../layout/palette.ts';
import { renderTable, type Cell } from '../layout/table.ts';
import { counted, listed, plain } from '../layout/plain.ts';
import { hanging } from '../layout/text.ts';

/** Reasons told for one strategy of a group. */
const MOST_REASONS = 2;
const MOST_IDS = 3;

/** What is restored, by what, from which recovery point, and when it will be ready. */
export function resourceLines(plan: Plan, palette: Palette, width: number): readonly string[] {
  const isFew = plan.resources.length <= MOST_ROWS;
  const lines = isFew ? rowsOfAll(plan, palette, width - 2) : rowsOfGroups(plan, palette, width - 2);
  return lines.map((line) => `  ${line}`);
}

function rowsOfAll(plan: Plan, palette: Palette, width: number): readonly string[] {
  const schedule = new Map(plan.schedule.map((slot) => [slot.resource, slot]));
  const rows = plan.resources.map((resource): readonly Cell[] => {
    const strategy = resource.strategies[0];
    if (strategy === undefined)
      return [resource.id, { text: 'NOT RECOVERABLE', paint: palette.red }, '-', '-', '-', '-'];
    return [
      resource.id,
      strategy.name,
      orNever(strategy.forecast.p50Seconds),
      orNever(strategy.forecast.p90Seconds),
      readyBy(schedule.get(resource.id)?.readySeconds),
      usd(strategy.costUsd),
    ];
  });
  const columns = [
    { title: 'resource', least: 16, isId: true },
    { title: 'by', least: 16 },
    { title: 'takes', align: 'right' },
    { title: 'p90', align: 'right' },
    { title: 'ready at', align: 'right' },
    { title: 'cost', align: 'right' },
  ] as const;
  return renderTable(columns, rows, width, palette.dim);
}

/** From which copies, and how old they are; the oldest of each group where there are many. */
export function pointLines(plan: Plan, palette: Palette, width: number): readonly string[] {
  const isFew = plan.resources.length <= MOST_ROWS;
  const groups = isFew
    ? plan.resources.map((resource) => ({ name: resource.id, members: [resource] }))
    : groupsOf(plan.resources);
  const rows = groups.flatMap(({ name, members }): readonly (readonly Cell[])[] => {
    const chosen = members.flatMap((member) => member.strategies[0] ?? []);
    const [first, ...others] = chosen;
    if (first === undefined) return [];
    const ageOf = ({ recoveryPoint }: PlannedStrategy): number => recoveryPoint.ageSeconds;
    const oldest = others.reduce((one, other) => (ageOf(other) > ageOf(one) ? other : one), first);
    const isLate = ageOf(oldest) > plan.objectives.rpoSeconds;
    const age = { text: seconds(ageOf(oldest)), paint: isLate ? palette.red : palette.green };
    return [[name, copyOf(oldest), moment(oldest.recoveryPoint.at), age]];
  });
  const columns = [
    { title: isFew ? 'resource' : 'resources', least: 16, isId: true },
    { title: isFew ? 'from' : 'oldest', least: 16, isId: true },
    { title: 'holds the data of', least: 19 },
    { title: 'lost', align: 'right' },
  ] as const;
  return rows.length === 0
    ? []
    : renderTable(columns, rows, width - 2, palette.dim).map((line) => `  ${line}`);
}

/** A point in time has no id of its own: its instant stands beside it. */
function copyOf({ spec, recoveryPoint }: PlannedStrategy): string {
  return 'from' in spec && 'sourceId' in spec.from ? `logs of ${spec.from.sourceId}` : recoveryPoint.id;
}

function rowsOfGroups(plan: Plan, palette: Palette, width: number): readonly string[] {
  const schedule = new Map(plan.schedule.map((slot) => [slot.resource, slot]));
  const strategyName = (resource: PlannedResource): string =>
    resource.strategies[0]?.name ?? 'NOT RECOVERABLE';
  const rows = groupsWith(plan.resources, strategyName).map(({ name, trait, members }): readonly Cell[] => {
    const chosen = members.map((member) => member.strategies[0]);
    return [
      name,
      String(members.length),
      chosen.includes(undefined) ? { text: trait, paint: palette.red } : trait,
      range(
        worst(chosen.map((strategy) => strategy?.forecast.p50Seconds)),
        worst(chosen.map((strategy) => strategy?.forecast.p90Seconds)),
      ),
      readyBy(worst(members.map((member) => schedule.get(member.id)?.readySeconds))),
      usd(sum(chosen.map((strategy) => strategy?.costUsd ?? 0))),
    ];
  });
  const columns = [
    { title: 'resources', least: 16, isId: true },
    { title: 'count', align: 'right' },
    { title: 'by', least: 16 },
    { title: 'p50 / p90', align: 'right' },
    { title: 'ready at', align: 'right' },
    { title: 'cost', align: 'right' },
  ] as const;
  return renderTable(columns, rows, width, palette.dim);
}

function range(p50: number | null | undefined, p90: number | null | undefined): string {
  return `${orNever(p50)} / ${orNever(p90)}`;
}

/** A journal keeps infinity as null. */
function orNever(value: number | null | undefined): string {
  return value === null ? 'never' : seconds(value);
}

function readyBy(value: number | null | undefined): string {
  if (value === undefined) return '-';
  return value !== null && Number.isFinite(value) ? elapsed(value * SECOND_MS, 0) : 'never';
}

/** The ways that were considered and not taken, each with the reason; what holds for several resources is said once. */
export function alternativeLines(plan: Plan, width: number): readonly string[] {
  if (plan.resources.length > MOST_ROWS) {
    return groupsOf(plan.resources).flatMap((group) => groupAlternatives(group.name, group.members, width));
  }
  const idsOf = new Map<string, string[]>();
  for (const resource of plan.resources) {
    for (const alternative of passedOver(resource)) {
      const text = told(alternative);
      idsOf.set(text, [...(idsOf.get(text) ?? []), resource.id]);
    }
  }
  const textsOf = new Map<string, string[]>();
  for (const [text, ids] of idsOf) {
    const isAll = ids.length === plan.resources.length && ids.length > 1;
    const who = isAll ? 'all' : listed(ids, MOST_IDS);
    textsOf.set(who, [...(textsOf.get(who) ?? []), text]);
  }
  return [...textsOf].flatMap(([who, texts]) => [
    ...hanging('  ', `${who}:`, width),
    ...texts.flatMap((text) => hanging('    ', text, width)),
  ]);
}

function passedOver(resource: PlannedResource): readonly Alternative[] {
  return resource.alternatives.filter((alternative) => alternative.strategy !== resource.strategies[0]?.name);
}

function told(alternative: Alternative): string {
  const { strategy, feasible, why, forecast, costUsd } = alternative;
  if (!feasible) return `${strategy} is not possible: ${plain(why)}`;
  const figures =
    forecast === null ? '' : `, ${orNever(forecast.p50Seconds)} (p90 ${orNever(forecast.p90Seconds)})`;
  return `${strategy}${figures}${costUsd === null ? '' : `, ${usd(costUsd)}`}: ${plain(why)}`;
}

function groupAlternatives(
  name: string,
  members: readonly PlannedResource[],
  width: number,
): readonly string[] {
  const all = members.flatMap(passedOver);
  return [...new Set(all.map((alternative) => alternative.strategy))].flatMap((strategy) => {
    const alike = all.filter((alternative) => alternative.strategy === strategy);
    const impossible = alike.filter((alternative) => !alternative.feasible);
    const reasons = [
      ...new Set((impossible.length > 0 ? impossible : alike).map((alternative) => plain(alternative.why))),
    ];
    const verdict =
      impossible.length > 0
        ? `not possible for ${impossible.length} of ${counted(members.length, 'resource')}`
        : `possible for ${alike.length}, ${figuresOf(alike)}`;
    const more =
      reasons.length > MOST_REASONS ? `; and ${counted(reasons.length - MOST_REASONS, 'other reason')}` : '';
    return hanging(
      '  ',
      `${plain(name)}: ${strategy} is ${verdict}: ${reasons.slice(0, MOST_REASONS).join('; ')}${more}`,
      width,
    );
  });
}

function figuresOf(alternatives: readonly Alternative[]): string {
  const p50 = worst(alternatives.map(({ forecast }) => forecast?.p50Seconds));
  const p90 = worst(alternatives.map(({ forecast }) => forecast?.p90Seconds));
  return `slowest ${orNever(p50)} (p90 ${orNever(p90)}), together ${usd(sum(alternatives.map(({ costUsd }) => costUsd ?? 0)))}`;
}
