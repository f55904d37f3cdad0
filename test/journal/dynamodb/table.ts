import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Sender } from '../../../src/journal/dynamodb/rows.ts';
import { TABLE_KEYS } from '../../../src/journal/dynamodb/table-schema.ts';

export interface OpenTable {
  readonly client: DynamoDBClient;
  /** Its name. */
  readonly table: string;
  /** For AWS_ENDPOINT_URL_DYNAMODB. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

const REGION = 'us-east-1';
const TABLE = 'lifeboat-journal';

/** A table on a server, or in memory. */
export type SomeTable = Pick<OpenTable, 'table'> & { readonly client: Sender };

/** An empty journal table on a DynamoDB server in this process. */
export async function openTable(): Promise<OpenTable> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  const { partition, sort } = TABLE_KEYS;
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [partition, sort].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    }),
  );
  await untilActive(client);
  const close = async (): Promise<void> => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { client, table: TABLE, endpoint, close };
}

/** The server creates a table with the next turn of its event loop. */
async function untilActive(client: DynamoDBClient): Promise<void> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    if (Table?.TableStatus === 'ACTIVE') return;
  }
}

/** `pk/sk` of all rows, in no order. */
export async function keysIn({ client, table }: SomeTable): Promise<readonly string[]> {
  const keys: string[] = [];
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ...(start && { ExclusiveStartKey: start }) }),
    );
    keys.push(...(page.Items ?? []).map(({ pk, sk }) => `${pk?.S}/${sk?.S}`));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return keys;
}

/** Ids under which chunks are kept. */
export async function draftsIn(table: SomeTable): Promise<ReadonlySet<string>> {
  const drafts = (await keysIn(table)).flatMap((key) => /^DRAFT#([^/]+)/.exec(key)?.[1] ?? []);
  return new Set(drafts);
}
