import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { setImmediate } from 'node:timers/promises';
import type { Sender } from '../../../src/journal/dynamodb/rows.ts';
import { serviceError } from './failures.ts';

type Item = Readonly<Record<string, AttributeValue>>;

const MOST_ITEM_BYTES = 400 * 1_024;
const MOST_PAGE_BYTES = 1_024 * 1_024;

/**
 * A table in memory that understands what the journal asks of DynamoDB, and nothing else: for tests with more requests than a server answers in time. It is
 * held to the server's answers by `memory-table.test.ts`.
 */
export class MemoryTable {
  readonly table = 'lifeboat-journal';
  readonly client: Sender;
  readonly #partitions = new Map<string, Partition>();

  constructor() {
    const send = async (command: object): Promise<unknown> => {
      // Others have their turn between any two requests.
      await setImmediate();
      return this.#answer(command);
    };
    this.client = { send: send as Sender['send'] };
  }

  #answer(command: object): unknown {
    if (command instanceof GetItemCommand) {
      const Item = this.#get(command.input.Key);
      return { ...(Item && { Item }), ...used(read(Item ? sizeOf(Item) : 0)) };
    }
    if (command instanceof PutItemCommand) {
      const { Item = {}, ...conditions } = command.input;
      return this.#write(Item, Item, conditions);
    }
    if (command instanceof UpdateItemCommand) {
      const { Key = {}, UpdateExpression = '', ...conditions } = command.input;
      return this.#write(
        Key,
        updated({ ...Key, ...this.#get(Key) }, UpdateExpression, conditions),
        conditions,
      );
    }
    if (command instanceof DeleteItemCommand) {
      const present = this.#get(command.input.Key);
      const [pk, sk] = keyOf(command.input.Key);
      this.#partitions.get(pk)?.delete(sk);
      return used(written(present ? sizeOf(present) : 0));
    }
    if (command instanceof QueryCommand) return this.#query(command.input);
    if (command instanceof ScanCommand)
      return {
        Items: [...this.#partitions.values()].flatMap((partition) => partition.between('', '\uffff')),
      };
    throw new Error(`no ${command.constructor.name} here`);
  }

  #get(key: Item | undefined): Item | undefined {
    const [pk, sk] = keyOf(key);
    return this.#partitions.get(pk)?.get(sk);
  }

  #write(key: Item, item: Item, conditions: Conditions): unknown {
    const present = this.#get(key);
    if (!holds(present, conditions)) throw serviceError('ConditionalCheckFailedException');
    if (sizeOf(item) > MOST_ITEM_BYTES) throw serviceError('ValidationException');
    const [pk, sk] = keyOf(key);
    const partition = this.#partitions.get(pk) ?? new Partition();
    this.#partitions.set(pk, partition.put(sk, item));
    return used(written(Math.max(sizeOf(item), present ? sizeOf(present) : 0)));
  }

  #query(input: QueryCommand['input']): unknown {
    const {
      ExpressionAttributeValues: values = {},
      ScanIndexForward,
      Limit = Infinity,
      ProjectionExpression,
    } = input;
    const all = this.#partitions
      .get(textOf(values[':pk']))
      ?.between(textOf(values[':from']), textOf(values[':to']));
    const rows = ScanIndexForward === false ? (all ?? []).toReversed() : (all ?? []);
    const after = textOf(input.ExclusiveStartKey?.['sk'] ?? { S: '' });
    const start = after === '' ? 0 : rows.findIndex(({ sk }) => textOf(sk) === after) + 1;
    const page: Item[] = [];
    let bytes = 0;
    for (const row of rows.slice(start)) {
      page.push(row);
      bytes += sizeOf(row);
      if (page.length >= Limit || bytes >= MOST_PAGE_BYTES) break;
    }
    const last = page.at(-1);
    const isCut = last !== undefined && (page.length >= Limit || bytes >= MOST_PAGE_BYTES);
    return {
      Items: ProjectionExpression === undefined ? page : page.map(({ sk }) => ({ sk })),
      ...(isCut && { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } }),
      ...used(read(bytes)),
    };
  }
}

/** Rows by sort key, in order. */
class Partition {
  readonly #rows = new Map<string, Item>();
  readonly #keys: string[] = [];

  get(sk: string): Item | undefined {
    return this.#rows.get(sk);
  }

  put(sk: string, item: Item): this {
    if (!this.#rows.has(sk)) this.#keys.splice(this.#placeOf(sk), 0, sk);
    this.#rows.set(sk, item);
    return this;
  }

  delete(sk: string): void {
    if (this.#rows.delete(sk)) this.#keys.splice(this.#placeOf(sk), 1);
  }

  between(from: string, to: string): readonly Item[] {
    const keys = this.#keys.slice(this.#placeOf(from));
    const end = keys.findIndex((sk) => sk > to);
    return (end < 0 ? keys : keys.slice(0, end)).flatMap((sk) => [this.#rows.get(sk) ?? {}]);
  }

  /** The place of the first key that does not come before this one. */
  #placeOf(sk: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < sk) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Conditions {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

function holds(present: Item | undefined, { ConditionExpression, ...named }: Conditions): boolean {
  if (ConditionExpression === undefined) return true;
  if (ConditionExpression === 'attribute_not_exists(pk)') return present === undefined;
  return ConditionExpression.split(' AND ').every((part) => {
    const [name, value] = assignment(part, ' = ', named);
    return JSON.stringify(present?.[name]) === JSON.stringify(value);
  });
}

/** `SET #a = :a, #b = :b ADD #c :c` */
function updated(present: Item, expression: string, named: Conditions): Item {
  const [, sets = '', adds = ''] = /^(?:SET (.*?))? ?(?:ADD (.*))?$/.exec(expression) ?? [];
  const list = (text: string): readonly string[] => (text === '' ? [] : text.split(', '));
  const added = list(adds).map((part) => {
    const [name, value] = assignment(part, ' ', named);
    return [name, { N: String(Number(present[name]?.N ?? 0) + Number(value?.N)) }] as const;
  });
  const set = list(sets).map((part) => assignment(part, ' = ', named));
  return { ...present, ...(Object.fromEntries([...set, ...added]) as Item) };
}

function assignment(
  text: string,
  sign: string,
  { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Conditions,
): readonly [name: string, value: AttributeValue | undefined] {
  const [name = '', value = ''] = text.split(sign);
  if (names[name] === undefined || values[value] === undefined) throw serviceError('ValidationException');
  return [names[name], values[value]];
}

function keyOf(key: Item | undefined): readonly [pk: string, sk: string] {
  return [textOf(key?.['pk']), textOf(key?.['sk'])];
}

function textOf(value: AttributeValue | undefined): string {
  if (value?.S === undefined) throw serviceError('ValidationException');
  return value.S;
}

function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const bytes =
      S !== undefined ? Buffer.byteLength(S) : (B?.length ?? (N === undefined ? 1 : N.length / 2 + 1));
    return sum + name.length + bytes;
  }, 0);
}

const read = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4_096));
const written = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
const used = (units: number) => ({ ConsumedCapacity: { CapacityUnits: units } });
