import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openLocalHost } from '../../src/hosts/local.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { JOURNAL_PART } from '../../src/journal/sqlite/journal-failures.ts';
import { SqliteDatabase } from '../../src/storage/sqlite-database.ts';
import { raiseEpoch, readDriverRow } from '../../src/journal/sqlite/driver-row.ts';
import { createSqliteJournal } from '../../src/journal/sqlite/open-journal.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import { runbook as textOf, shop } from '../e2e/account-stage.ts';
import { startAccount } from '../endpoint/account.ts';
import { planOf, recordOf, type Scenario } from './support.ts';
import { isBegun } from '../driver/stage.ts';

let folder = '';
let credentials: Server;
/** Called before credentials are given, which is when a request is being signed; numbered from 1. */
let onSigning: (nth: number) => void = () => undefined;
/** The n-th credentials are called AKID0000n: requests tell by whose key they were signed. */
let signings = 0;
const environment = process.env;

const keyOf = (nth: number): string => `AKID${String(nth).padStart(5, '0')}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-fence-'));
  credentials = createServer((_request, response) => {
    signings += 1;
    onSigning(signings);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        AccessKeyId: keyOf(signings),
        SecretAccessKey: 'secret',
        Token: 'token',
        // So soon that the SDK asks anew for every request.
        Expiration: new Date(Date.now() + 30_000).toISOString(),
      }),
    );
  });
  await new Promise<void>((resolve) => credentials.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
  credentials.closeAllConnections();
  await new Promise((resolve) => credentials.close(resolve));
});

const SCENARIO: Scenario = {
  runbook: parseRunbook(textOf('shop'), 'shop.yaml').runbook,
  inventory: parseInventory(
    `apiVersion: lifeboat/v1
kind: Inventory
capturedAt: ${new Date().toISOString()}
account: "111111111111"
region: us-east-1
zones: [us-east-1a, us-east-1b]
volumes:
  - { id: vol-0a1, zone: us-east-1a, type: gp3, sizeGiB: 1, tags: { app: events } }
snapshots:
  - { id: snap-0a1, volumeId: vol-0a1, startedAt: ${new Date(Date.now() - 1_800_000).toISOString()}, state: completed, sizeGiB: 1, tier: standard }
dbInstances:
  - { id: orders, engine: postgres, engineVersion: "16.4", class: db.t3.micro, storageGiB: 20, zone: us-east-1a, status: available }
dbSnapshots:
  - { id: "rds:orders-1", dbInstanceId: orders, at: ${new Date(Date.now() - 2_700_000).toISOString()}, state: available, source: automated, storageGiB: 20, engine: postgres, engineVersion: "16.4" }
`,
    'shop-inventory.yaml',
  ),
};

/** Another process takes the run over: what `lifeboat resume` writes when a driver gives no sign of life. */
function overtake(directory: string): void {
  const file = join(directory, 'journal.sqlite');
  const database = SqliteDatabase.open(file, { file, part: JOURNAL_PART });
  const seen = readDriverRow(database);
  expect(raiseEpoch(database, seen, seen.lock + 1)).toBe(seen.epoch + 1);
  database.close();
}

interface Watched {
  /** Services asked, in their order. */
  readonly services: readonly string[];
  /** Of requests that reached the server although they were signed after the takeover. */
  readonly late: readonly string[];
  readonly signings: number;
}

/** Drives a run until it would make its first copy, or until it is overtaken while its n-th request is being signed. */
async function drive(name: string, overtakenAt = Infinity): Promise<Watched> {
  const account = await startAccount({ inventory: shop() });
  const { port } = credentials.address() as AddressInfo;
  process.env = {
    ...{ PATH: environment['PATH'], HOME: '/nonexistent', NODE_ENV: 'test' },
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: account.url,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/credentials`,
  };
  const directory = join(folder, name);
  const journal = await createSqliteJournal({
    directory,
    record: recordOf(SCENARIO, planOf(SCENARIO, 'drill'), { mode: 'drill' }),
  });
  await journal.acquire();
  const pause = new AbortController();
  signings = 0;
  onSigning = (nth) => {
    if (nth === overtakenAt) overtake(directory);
  };
  const host = await openLocalHost({
    ...{ journal, directory, region: 'us-east-1', commandOptions: [], waitsForPeople: false },
    log: pino({ level: 'silent' }),
    onTimeline: (entries) => {
      // Everything before the first copy is made is enough, and nothing has to be waited for.
      if (entries.some(isBegun('restore'))) pause.abort();
    },
  });
  try {
    const ended = await host.drive(pause.signal).catch((error: unknown) => error);
    if (signings >= overtakenAt) expect(ended).toMatchObject({ code: 'JOURNAL_CONFLICT' });
    // What is on its way arrives before the server is asked what it has seen.
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    onSigning = () => undefined;
    await host.close();
    await account.close();
  }
  const late = account.requests.filter(({ accessKey }) => accessKey >= keyOf(overtakenAt));
  return {
    services: account.requests.map(({ service }) => service),
    late: late.map(
      ({ service, operation }) => `${service} ${operation}, overtaken at signing ${overtakenAt}`,
    ),
    signings,
  };
}

test('a run that is taken over while a request is being signed sends neither that request nor later ones', async () => {
  const undisturbed = await drive('undisturbed');
  expect(new Set(undisturbed.services)).toEqual(new Set(['ec2', 'rds', 'ssm']));
  const late: string[] = [];
  for (let nth = 1; nth <= undisturbed.signings; nth += 1)
    late.push(...(await drive(`overtaken-${nth}`, nth)).late);
  expect(late).toEqual([]);
});
