import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Sender } from '../../../src/journal/dynamodb/rows.ts';
import { fraction } from '../../../src/hash.ts';
import { describeJournalContract, type Stores } from '../../contract/journal.ts';
import { describeLeaseContract } from '../../contract/lease.ts';
import { describeRunStoreContract } from '../../contract/run-store.ts';
import { MemoryTable } from './memory-table.ts';
import { Machines, processOn } from './process.ts';
import { openTable, type OpenTable } from './table.ts';

let machines = new Machines();

async function stores(): Promise<Stores> {
  machines = new Machines();
  return processOn(new MemoryTable(), machines);
}

describeRunStoreContract('table in memory', stores);
describeJournalContract('table in memory', stores);
describeLeaseContract('table in memory', stores, async (acquire) => {
  const held = await acquire();
  machines.stop(held);
  return held;
});

/** What the journal asks, in an order that the number decides, on few keys: they meet. */
function commandOf(number: number, TableName: string): object {
  const among = (name: string, count: number): number => Math.floor(fraction(`${number}/${name}`) * count);
  const Key = { pk: { S: `p${among('pk', 2)}` }, sk: { S: `k#${among('sk', 12)}` } };
  const id = { S: `id-${among('id', 3)}` };
  const named = {
    ExpressionAttributeNames: { '#id': 'id', '#n': 'n', '#at': 'at' },
    ExpressionAttributeValues: { ':was_id': id, ':n': { N: String(among('n', 5)) }, ':at': { N: '7' } },
  };
  const usual = { TableName, ReturnConsumedCapacity: 'TOTAL' } as const;
  const Item = { ...Key, id, isOpen: { BOOL: true }, body: { B: new Uint8Array(among('body', 5) * 1_500) } };
  switch (among('kind', 6)) {
    case 0:
      return new GetItemCommand({ ...usual, Key, ConsistentRead: true });
    case 1:
      return new PutItemCommand({ ...usual, Item, ConditionExpression: 'attribute_not_exists(pk)' });
    case 2:
      return new PutItemCommand({
        ...{ ...usual, Item, ConditionExpression: '#id = :was_id' },
        ...{ ExpressionAttributeNames: { '#id': 'id' }, ExpressionAttributeValues: { ':was_id': id } },
      });
    case 3:
      return new UpdateItemCommand({
        ...{ ...usual, Key, ...named, UpdateExpression: 'SET #at = :at ADD #n :n' },
        ConditionExpression: '#id = :was_id',
      });
    case 4:
      return new DeleteItemCommand({ ...usual, Key });
    default:
      return new QueryCommand({
        ...usual,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': Key.pk, ':from': Key.sk, ':to': { S: 'k#9' } },
        ScanIndexForward: among('order', 2) === 0,
        ConsistentRead: true,
        ...(among('limit', 2) === 0 && { Limit: 2 }),
        ...(among('keys', 2) === 0 && { ProjectionExpression: 'sk' }),
      });
  }
}

describe('beside the server', () => {
  let server: OpenTable;
  beforeAll(async () => {
    server = await openTable();
  });
  afterAll(() => server.close());

  /** What the journal reads of an answer. */
  async function answered(client: Sender, command: object): Promise<unknown> {
    try {
      const answer: object = await client.send(command as never);
      const { Item, Items, LastEvaluatedKey, ConsumedCapacity } = answer as Readonly<Record<string, unknown>>;
      const units = (ConsumedCapacity as { readonly CapacityUnits?: number } | undefined)?.CapacityUnits;
      // The server reports nothing for a query that finds nothing.
      return { Item, Items, LastEvaluatedKey, units: Math.max(1, units ?? 0) };
    } catch (error) {
      return error instanceof Error ? error.name : error;
    }
  }

  test('it answers as the server does', async () => {
    const memory = new MemoryTable();
    const ends = new Map<string, number>();
    for (let number = 1; number <= 600; number += 1) {
      const command = commandOf(number, server.table);
      const wanted = await answered(server.client, command);
      expect([number, await answered(memory.client, command)]).toEqual([number, wanted]);
      const end = typeof wanted === 'string' ? wanted : command.constructor.name;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    expect([...ends.keys()].sort()).toEqual([
      'ConditionalCheckFailedException',
      'DeleteItemCommand',
      'GetItemCommand',
      'PutItemCommand',
      'QueryCommand',
      'UpdateItemCommand',
    ]);
  });

  test('both refuse an item that is too large', async () => {
    const Item = { pk: { S: 'p' }, sk: { S: 'k' }, body: { B: new Uint8Array(400 * 1_024) } };
    const command = new PutItemCommand({ TableName: server.table, Item });
    expect(await answered(server.client, command)).toBe('ValidationException');
    expect(await answered(new MemoryTable().client, command)).toBe('ValidationException');
  });
});
