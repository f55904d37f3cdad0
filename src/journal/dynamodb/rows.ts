import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
  type ConsumedCapacity,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { RETRIES } from '../../facts/retries.ts';
import { retry, type RetryPolicy } from '../../retry.ts';
import type { Failure, FailureClass } from '../../workflow/base/effects.ts';
import { tableFailure, type Table } from './failures.ts';
import { conditionOf, expressed, isOwn, itemOf, keyOf, merged, rowOf } from './items.ts';
import type { Condition, Key, OwnRow, Row } from './items.ts';

export type Sender = Pick<DynamoDBClient, 'send'>;

/** Clocks of the process. Only `monotonic` measures how long something takes; `now` is never compared with another machine's clock. */
export interface StoreClock {
  now(): number;
  /** Milliseconds since any instant. */
  monotonic(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

export type Put = { readonly isWritten: true } | { readonly isWritten: false; readonly present?: Row };

/** Rows of one partition, in the order of their sort keys; both ends are included. */
export interface Range {
  readonly from: string;
  readonly to: string;
  readonly isBackward?: boolean;
  /** Rows of the first page; each page is twice as long as the one before. Absent: as long as DynamoDB makes them, 1 MB. */
  readonly firstPage?: number;
  /** Only the sort keys. */
  readonly keysOnly?: boolean;
}

/** Capacity units that requests have used. */
export interface Units {
  readonly read: number;
  readonly write: number;
}

export interface RowsParts {
  readonly client: Sender;
  readonly table: Table;
  readonly classify: (error: unknown) => Failure;
  readonly clock: StoreClock;
}

const POLICIES: Readonly<Partial<Record<FailureClass, RetryPolicy>>> = {
  throttled: RETRIES.journalThrottled,
  transient: RETRIES.journalFailed,
  unreachable: RETRIES.journalFailed,
};

/** Rows of a table in DynamoDB. All reads are strongly consistent; one conditional write is atomic, and nothing larger is. */
export class Rows {
  readonly table: Table;
  readonly #parts: RowsParts;
  /** Processes that compete for one row must not wait equally long. */
  readonly #seed = randomUUID();
  #units = { read: 0, write: 0 };

  constructor(parts: RowsParts) {
    this.#parts = parts;
    this.table = parts.table;
  }

  get units(): Units {
    return this.#units;
  }

  /** @param purpose what has failed when it fails: a read of the row in the way of a write is part of that write */
  async get(key: Key, purpose: keyof Units = 'read'): Promise<Row | undefined> {
    const input = { Key: keyOf(key), ConsistentRead: true, ...this.#usual };
    const get = () => this.#parts.client.send(new GetItemCommand(input));
    const { Item } = await this.#send('read', key, get, purpose);
    return Item === undefined ? undefined : rowOf(Item);
  }

  /**
   * Writes a whole row, once: when the answer is lost and the condition then fails, the row itself tells whether it was this put that
   * wrote it.
   */
  async put(key: Key, row: OwnRow, condition: Condition): Promise<Put> {
    const input = { Item: { ...keyOf(key), ...itemOf(row) }, ...conditionOf(condition), ...this.#usual };
    const isWritten = await this.#tryTo(() =>
      this.#send('write', key, () => this.#parts.client.send(new PutItemCommand(input))),
    );
    if (isWritten) return { isWritten };
    const present = await this.get(key, 'write');
    if (isOwn(present, row)) return { isWritten: true };
    return { isWritten, ...(present && { present }) };
  }

  /** Sets attributes and adds to others. False when the condition does not hold. */
  async update(
    key: Key,
    { set = {}, add = {} }: { readonly set?: Row; readonly add?: Readonly<Record<string, number>> },
    condition?: Condition,
  ): Promise<boolean> {
    const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
    const adds = Object.keys(add).map((name) => `#${name} :${name}`);
    const input = {
      Key: keyOf(key),
      UpdateExpression: [
        ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
        ...(adds.length > 0 ? [`ADD ${adds.join(', ')}`] : []),
      ].join(' '),
      ...merged(expressed({ ...set, ...add }), condition && conditionOf(condition)),
      ...this.#usual,
    };
    return this.#tryTo(() =>
      this.#send('write', key, () => this.#parts.client.send(new UpdateItemCommand(input))),
    );
  }

  async delete(key: Key): Promise<void> {
    const input = { Key: keyOf(key), ...this.#usual };
    await this.#send('write', key, () => this.#parts.client.send(new DeleteItemCommand(input)));
  }

  async *query(pk: string, range: Range): AsyncGenerator<Row & Key> {
    const { from, to, isBackward = false, firstPage, keysOnly = false } = range;
    let start: Record<string, AttributeValue> | undefined;
    let most = firstPage;
    do {
      const input = {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: itemOf({ ':pk': pk, ':from': from, ':to': to }),
        ScanIndexForward: !isBackward,
        ConsistentRead: true,
        ...(keysOnly && { ProjectionExpression: 'sk' }),
        ...(most !== undefined && { Limit: most }),
        ...(start && { ExclusiveStartKey: start }),
        ...this.#usual,
      };
      const page = await this.#send('read', { pk, sk: from }, () =>
        this.#parts.client.send(new QueryCommand(input)),
      );
      for (const item of page.Items ?? []) yield { pk, ...rowOf(item) } as Row & Key;
      start = page.LastEvaluatedKey;
      most = most && most * 2;
    } while (start !== undefined);
  }

  get #usual() {
    return { TableName: this.table.name, ReturnConsumedCapacity: 'TOTAL' } as const;
  }

  /** Repeats a request that failed for a while. @throws LifeboatError `JOURNAL_UNREADABLE` or `JOURNAL_UNWRITABLE` */
  async #send<T extends { readonly ConsumedCapacity?: ConsumedCapacity | undefined }>(
    kind: keyof Units,
    { pk, sk }: Key,
    request: () => Promise<T>,
    purpose = kind,
  ): Promise<T> {
    const { classify, clock } = this.#parts;
    try {
      const answer = await retry(request, {
        key: `${this.#seed}/${pk}/${sk}`,
        wait: async (milliseconds) => void (await clock.sleep(milliseconds)),
        policyAfter: (error) => POLICIES[classify(error).class],
      });
      // A strongly consistent read that finds nothing uses one; servers for tests report none.
      const least = kind === 'read' ? 1 : 0;
      this.#units[kind] += Math.max(least, answer.ConsumedCapacity?.CapacityUnits ?? 0);
      return answer;
    } catch (error) {
      if (isUnmet(error)) throw error;
      throw tableFailure(purpose, classify(error), this.table, error);
    }
  }

  /** False when the condition of the write did not hold. */
  async #tryTo(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!isUnmet(error)) throw error;
      // DynamoDB counts it as a write all the same, and does not report it.
      this.#units.write += 1;
      return false;
    }
  }
}

function isUnmet(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
