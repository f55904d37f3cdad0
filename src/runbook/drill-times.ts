import { printable } from '../document/complaints.ts';
import type { Objection } from '../document/complaints.ts';
import { guesser } from '../document/suggest.ts';
import { textAt } from '../document/values.ts';
import { isKnownZone } from './window.ts';

/** Names that EventBridge Scheduler has for months and days of the week, which count from 1. */
export const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names that stand for numbers, the first for `from`. */
  readonly names?: readonly string[];
  /** What a field of days takes besides numbers, names, `*`, `,`, `-`, `/` and `?`. */
  readonly extra?: RegExp;
}

/** EventBridge Scheduler's fields, in order. */
const FIELDS: readonly Field[] = [
  { name: 'minutes', from: 0, to: 59 },
  { name: 'hours', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31, extra: /^(LW?|\d{1,2}W)$/ },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  {
    name: 'day of week',
    from: 1,
    to: 7,
    names: WEEKDAYS,
    extra: /^([1-7]?L|[1-7]#[1-5])$/,
  },
  { name: 'year', from: 1970, to: 2199 },
];

/** Times of drills that EventBridge Scheduler would refuse when the runbook is deployed. */
export function drillTimes(runbook: Readonly<Record<string, unknown>>): readonly Objection[] {
  const schedule = textAt(runbook, ['drill', 'schedule']);
  const zone = textAt(runbook, ['drill', 'timeZone']);
  // The schema complains of what is neither.
  const isEither = /^(cron|rate)\(.+\)$/.test(schedule ?? '');
  const fault = isEither ? scheduleFault(schedule ?? '') : undefined;
  return [
    ...(fault === undefined
      ? []
      : [
          {
            path: ['drill', 'schedule'],
            message: `drill.schedule: '${printable(schedule ?? '')}': ${fault}`,
          },
        ]),
    ...(zone === undefined || zone === 'UTC' || isKnownZone(zone) ? [] : [unknownZone(zone)]),
  ];
}

function unknownZone(zone: string): Objection {
  const suggestion = guesser(new Set(Intl.supportedValuesOf('timeZone')))(zone);
  const message = `drill.timeZone: '${printable(zone)}' is not a zone of the IANA database, such as Europe/Vienna, nor UTC`;
  return { path: ['drill', 'timeZone'], message, ...(suggestion !== undefined && { suggestion }) };
}

/** What is wrong with a schedule of EventBridge Scheduler, if anything. */
export function scheduleFault(text: string): string | undefined {
  const [, kind, inner = ''] = /^(cron|rate)\((.+)\)$/.exec(text) ?? [];
  if (kind === undefined) return 'expected cron(...) or rate(...)';
  return kind === 'rate' ? rateFault(inner) : cronFault(inner.trim().split(/\s+/));
}

function rateFault(inner: string): string | undefined {
  return /^[1-9]\d{0,5} (minute|hour|day)s?$/.test(inner)
    ? undefined
    : 'expected a rate such as rate(7 days)';
}

function cronFault(values: readonly string[]): string | undefined {
  if (values.length !== FIELDS.length)
    return `it has ${values.length} fields; expected ${FIELDS.map(({ name }) => name).join(', ')}, such as cron(0 6 ? * MON *)`;
  const wrong = FIELDS.findIndex((field, index) => !fits(field, values[index] ?? ''));
  if (wrong >= 0)
    return `'${printable(values[wrong] ?? '')}' is no value of the field '${FIELDS[wrong]?.name}'`;
  const isGiven = [values[2], values[4]].filter((value) => value !== '?').length === 1;
  return isGiven ? undefined : "expected '?' in exactly one of the fields 'day of month' and 'day of week'";
}

function fits({ from, to, names = [], extra }: Field, value: string): boolean {
  const isNumber = (text: string) => /^\d{1,4}$/.test(text) && Number(text) >= from && Number(text) <= to;
  const isPoint = (text: string) => isNumber(text) || names.includes(text.toUpperCase());
  if (value === '?') return extra !== undefined;
  return value.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
    if (range === '*' || extra?.test(range) === true) return true;
    const ends = range.split('-');
    return ends.length <= 2 && ends.every((end) => isPoint(end));
  });
}
