import type * as z from 'zod';
import type { SettingRule } from './drill-rules.ts';

/**
 * One property of a kind of resource: what an inventory holds of it, what a request says, and what is compared at the end. `Actual` is what
 * AWS reports, `Spec` what other properties of the same spec a row may look at, `Recovery` what the runbook asks for beside the source.
 * Methods, so that rows of different values fit into one table.
 */
export interface Setting<Value, Actual, Spec, Recovery, Request, Later> {
  /** How findings and the documentation name it. */
  readonly label: string;
  /** In an inventory. What an inventory does not hold is not sent and not compared. */
  readonly schema: z.ZodType;
  /** Its name in an inventory, where the spec calls it otherwise. */
  readonly field?: string;
  /** Members of AWS's answer that `read` and `pending` look at, lists without their indexes: `DomainMemberships.Domain`. */
  readonly reads: readonly string[];
  /** `undefined` where AWS does not tell. */
  read(actual: Actual): Value | undefined;
  /** What it is about to become: taken for what it is. */
  pending?(actual: Actual): Value | undefined;
  /** What an inventory holds where AWS does not tell, and a spec where there is no source. */
  readonly otherwise?: Value;
  /** What the spec asks for; absent: the value of the source. */
  wanted?(value: Value | undefined, recovery: Recovery): Value | undefined;
  /** What a drill asks for instead. */
  readonly drill?: DrillValue<Value, Recovery>;
  /** Its members in the request that makes the resource. */
  request?(value: Value, spec: Spec): Request;
  /** Where only some of the requests take it: those that do, by name. */
  readonly takenBy?: readonly string[];
  /** How it is set once the resource is available, where it is not as wanted by then. */
  readonly later?: LaterChange<Value, Actual, Spec, Later>;
  /** AWS leaves the member out where it is off. */
  readonly leftOut?: Value;
  /** What `later` assumes where AWS does not tell; the comparison assumes nothing. */
  readonly assumed?: Value;
  /** Whether it says anything in this spec; absent: always. */
  counts?(spec: Spec): boolean;
  /** Absent: both written the same way. */
  same?(wanted: Value, found: Value, actual: Actual): boolean;
  /** Absent: as a text, a number, on or off, or a list in alphabetical order. */
  written?(value: Value): string;
  /** For the documentation. */
  readonly note?: string;
}

export interface DrillValue<Value, Recovery> {
  readonly rule: SettingRule;
  value(value: Value | undefined, recovery: Recovery): Value | undefined;
}

export interface LaterChange<Value, Actual, Spec, Later> {
  /** The operation that sets it. */
  readonly call: string;
  change(value: Value, spec: Spec, actual: Actual): Later;
}

type Output<S> = S extends z.ZodType ? NonNullable<z.output<S>> : never;

/** Gives the rows of one kind their types: the value follows from the schema. */
export function settingsOf<Actual, Spec, Recovery, Request, Later = never>() {
  return <S extends z.ZodType>(
    row: { readonly schema: S } & Setting<Output<S>, Actual, Spec, Recovery, Request, Later>,
  ) => row;
}

type Schemas<T> = { readonly [K in keyof T]: T[K] extends { readonly schema: infer S } ? S : never };
type Optional<T> = {
  [K in keyof T]: undefined extends z.output<Extract<Schemas<T>[K], z.ZodType>> ? K : never;
}[keyof T];
type Frozen<V> = V extends readonly (infer E)[] ? readonly E[] : V;

/** The values of a table in a spec: none is null, and what may be unknown is absent. */
export type SpecOf<T> = {
  readonly [K in Exclude<keyof T, Optional<T>>]: Frozen<Output<Schemas<T>[K]>>;
} & { readonly [K in Optional<T>]?: Frozen<Output<Schemas<T>[K]>> };

/** The part of an inventory's schema that follows from a table. */
export function schemasOf<T extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(
  table: T,
): { [K in keyof T]: T[K]['schema'] } {
  const entries = Object.entries(table).map(([name, { schema }]) => [name, schema]);
  return Object.fromEntries(entries) as { [K in keyof T]: T[K]['schema'] };
}

export type Row<Actual, Spec, Recovery, Request, Later> = Setting<
  unknown,
  Actual,
  Spec,
  Recovery,
  Request,
  Later
> & { readonly name: string };

/** A table as a list, each row with its name. */
export function rowsOf<Actual, Spec, Recovery, Request, Later>(
  table: Readonly<Record<string, Setting<unknown, Actual, Spec, Recovery, Request, Later>>>,
): readonly Row<Actual, Spec, Recovery, Request, Later>[] {
  return Object.entries(table).map(([name, row]) => ({ ...row, name }));
}

type Values = Readonly<Record<string, unknown>>;

/** What an inventory holds of what AWS reports. */
export function captured<Actual>(
  rows: readonly Pick<Row<Actual, never, never, never, never>, 'name' | 'field' | 'read' | 'otherwise'>[],
  actual: Actual,
): Values {
  const values: Record<string, unknown> = {};
  for (const row of rows) {
    const value = row.read(actual) ?? row.otherwise;
    if (value !== undefined) values[row.field ?? row.name] = value;
  }
  return values;
}

/** What a spec asks for, from what an inventory holds of the source. */
export function wantedValues<Recovery>(
  rows: readonly Pick<
    Row<never, never, Recovery, never, never>,
    'name' | 'field' | 'otherwise' | 'wanted' | 'drill'
  >[],
  source: Values | undefined,
  recovery: Recovery & {
    readonly isDrill: boolean;
    /** Nothing is asked for that the source does not tell: the value of a record that tells nothing would be a guess. */
    readonly isUnknown?: boolean;
  },
): Values {
  const values: Record<string, unknown> = {};
  for (const row of rows) {
    const own = source?.[row.field ?? row.name] ?? (recovery.isUnknown === true ? undefined : row.otherwise);
    const wanted = row.wanted === undefined ? own : row.wanted(own, recovery);
    const value = recovery.isDrill && row.drill !== undefined ? row.drill.value(wanted, recovery) : wanted;
    if (value !== undefined && value !== null) values[row.name] = value;
  }
  return values;
}

/** The members that a request carries; `operation` is its name. */
export function requestMembers<Spec extends object, Request extends object>(
  rows: readonly Pick<Row<never, Spec, never, Request, never>, 'name' | 'request' | 'takenBy' | 'counts'>[],
  spec: Spec,
  operation: string,
): Request {
  let members = {};
  for (const row of rows) {
    const value = (spec as Values)[row.name];
    if (value === undefined || row.request === undefined) continue;
    if (row.takenBy?.includes(operation) === false || row.counts?.(spec) === false) continue;
    members = { ...members, ...row.request(value, spec) };
  }
  return members as Request;
}

/** A property that is not as the spec asks for. */
export interface Difference {
  readonly name: string;
  readonly label: string;
  readonly wanted: string;
  readonly found: string;
}

type ComparedRow<Actual, Spec> = Pick<
  Row<Actual, Spec, never, never, never>,
  'name' | 'label' | 'read' | 'pending' | 'leftOut' | 'counts' | 'same' | 'written'
>;

/** What of a resource is not as it was asked for. What the endpoint does not tell is not different. */
export function differencesOf<Actual, Spec extends object>(
  rows: readonly ComparedRow<Actual, Spec>[],
  spec: Spec,
  actual: Actual,
): readonly Difference[] {
  return rows.flatMap((row): Difference[] => {
    const wanted = (spec as Values)[row.name];
    if (wanted === undefined || row.counts?.(spec) === false) return [];
    const found = foundIn(row, actual);
    if (found === undefined || isSame(row, wanted, found, actual)) return [];
    const text = row.written ?? written;
    return [{ name: row.name, label: row.label, wanted: text(wanted), found: text(found) }];
  });
}

/** What remains to be set once the resource is available, in the order of the rows. */
export function laterChanges<Actual, Spec extends object, Later>(
  rows: readonly (ComparedRow<Actual, Spec> &
    Pick<Row<Actual, Spec, never, never, Later>, 'later' | 'assumed'>)[],
  spec: Spec,
  actual: Actual,
): readonly Later[] {
  return rows.flatMap((row): Later[] => {
    const wanted = (spec as Values)[row.name];
    if (wanted === undefined || row.later === undefined || row.counts?.(spec) === false) return [];
    const found = foundIn(row, actual) ?? row.assumed;
    if (found === undefined || isSame(row, wanted, found, actual)) return [];
    return [row.later.change(wanted, spec, actual)];
  });
}

function foundIn<Actual>(
  row: Pick<ComparedRow<Actual, never>, 'read' | 'pending' | 'leftOut'>,
  actual: Actual,
): unknown {
  return row.pending?.(actual) ?? row.read(actual) ?? row.leftOut;
}

function isSame<Actual>(
  row: Pick<ComparedRow<Actual, never>, 'same' | 'written'>,
  wanted: unknown,
  found: unknown,
  actual: Actual,
): boolean {
  if (row.same !== undefined) return row.same(wanted, found, actual);
  const text = row.written ?? written;
  return text(wanted) === text(found);
}

/** Lists are sets here. */
function written(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? 'none' : value.map(String).sort().join(', ');
}
