import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

type Value = string | number | boolean | Uint8Array;

/** The attributes of an item, with or without its key. */
export type Row = Readonly<Record<string, Value>>;

/** A row with an id of its own: by it a put whose answer was lost recognizes the row that it wrote. */
export type OwnRow = Row & { readonly id: string };

/** What a write depends on: that there is no such row, or that its attributes have these values. */
export type Condition = 'absent' | Row;

/** Whether the row that stands in the way is the one that this very put wrote: its answer was lost. */
export function isOwn(present: Row | undefined, { id }: OwnRow): boolean {
  return present?.['id'] === id;
}

interface Expression {
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

export function expressed(row: Row, prefix = ''): Expression {
  const names = Object.keys(row);
  return {
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      names.map((name) => [`:${prefix}${name}`, attributeOf(row[name] as Value)]),
    ),
  };
}

export function conditionOf(condition: Condition): Expression & { readonly ConditionExpression: string } {
  if (condition === 'absent') return { ConditionExpression: 'attribute_not_exists(pk)' };
  const equal = Object.keys(condition).map((name) => `#${name} = :was_${name}`);
  return { ConditionExpression: equal.join(' AND '), ...expressed(condition, 'was_') };
}

export function merged<T extends Expression>(one: Expression, other: T | undefined): Expression {
  return {
    ...other,
    ExpressionAttributeNames: { ...one.ExpressionAttributeNames, ...other?.ExpressionAttributeNames },
    ExpressionAttributeValues: { ...one.ExpressionAttributeValues, ...other?.ExpressionAttributeValues },
  };
}

export function keyOf({ pk, sk }: Key): Record<string, AttributeValue> {
  return itemOf({ pk, sk });
}

export function itemOf(row: Row): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, attributeOf(value)]));
}

function attributeOf(value: Value): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    default:
      return { B: value };
  }
}

export function rowOf(item: Record<string, AttributeValue>): Row {
  return Object.fromEntries(
    Object.entries(item).map(([name, { S, N, B, BOOL }]) => [name, S ?? B ?? BOOL ?? Number(N)]),
  );
}
