import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptFolder } from '../../../src/backfill/kept/kept-folder.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import type { Fault } from '../../endpoint/quirks.ts';
import { makeBucket } from '../../endpoint/seeds.ts';
import { QUICK } from '../queue/queues.ts';

let account: TestAccount;
let clients: Clients;
let scratch = '';
let machines = 0;
beforeEach(async () => {
  account = await startAccount();
  await makeBucket(account, 'kept', {});
  clients = clientsOf(account.url);
  scratch = mkdtempSync(join(tmpdir(), 'lifeboat-wire-'));
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function open(bucket = 'kept'): Promise<KeptFolder> {
  machines += 1;
  const directory = join(scratch, String(machines));
  const place = { bucket, prefix: 'backfills/orders-1' };
  return KeptFolder.open({ place, directory, s3: clients.s3, policy: { ...QUICK, attempts: 6 } });
}

async function append(folder: KeptFolder, text: string): Promise<void> {
  appendFileSync(join(folder.directory, 'ledger.log'), text);
  await folder.append('ledger.log', Buffer.from(text));
}

const ledgerOf = (folder: KeptFolder): string => readFileSync(join(folder.directory, 'ledger.log'), 'utf8');

test('over the wire, as in S3: what was kept is there, and an overtaken process keeps nothing', async () => {
  const first = await open();
  await append(first, 'one\n');
  const second = await open();
  await expect(append(first, 'late\n')).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
  await append(second, 'two\n');
  await second.close();
  expect(ledgerOf(await open())).toBe('one\ntwo\n');
});

test.each<Fault>([
  { does: 'lose' },
  { does: 'reset' },
  { does: 'cut' },
  { does: 'throttle' },
  { does: 'page', status: 200 },
  { does: 'page', status: 503 },
  { does: 'refuse', code: 'ConditionalRequestConflict', status: 409 },
])('$does: each entry is kept once, also where a proxy answers with a page of success', async (fault) => {
  const folder = await open();
  for (const text of ['one\n', 'two\n', 'three\n']) {
    account.setQuirks({ faults: [{ ...fault, times: 2 }] });
    await append(folder, text);
  }
  account.setQuirks({ faults: [{ ...fault, times: 2 }] });
  await folder.close();
  account.setQuirks({ faults: [{ ...fault, times: 2 }] });
  expect(ledgerOf(await open())).toBe('one\ntwo\nthree\n');
});

test('a bucket that does not exist is named', async () => {
  await expect(open('nowhere')).rejects.toMatchObject({
    code: 'AWS_FAILED',
    message: expect.stringMatching(/s3:\/\/nowhere\/.*NoSuchBucket/) as string,
  });
});
