import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inventoryCommand } from '../../../src/cli/commands/inventory.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import { parseInventory } from '../../../src/inventory/parse.ts';
import { fakeStreams } from '../streams.ts';

const ORDERS = 'runbooks/inventories/orders.yaml';
const noLog = () => Promise.reject(new Error('no log is wanted here'));

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-inventory-'));
  environment = { ...process.env };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.env = environment;
});

async function run(options: Readonly<Record<string, unknown>>, json = false) {
  const streams = fakeStreams();
  const terminal = createTerminal(json, streams);
  const exitCode = await inventoryCommand.run({ terminal, openLog: noLog }, [], options);
  await terminal.flush();
  return { exitCode, ...streams.said() };
}

function fileWith(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('in a simulation', () => {
  test('the capture is YAML on standard output, and equal to what was simulated', async () => {
    const { exitCode, stdout, stderr } = await run({ simulate: ORDERS });
    expect([exitCode, stderr]).toEqual([0, '']);
    const again = fileWith('again.yaml', stdout);
    const { stdout: diff } = await run({ simulate: ORDERS, diff: again });
    expect(diff).toBe(
      'Since the capture of 2026-11-20 03:00:00 UTC (0 s earlier): 0 added, 0 removed, 0 changed.\n',
    );
    expect((await run({ simulate: again })).stdout).toBe(stdout);
  });

  test('under --json it is one document, which can be simulated too', async () => {
    const { stdout } = await run({ simulate: ORDERS }, true);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({
      schema: 'lifeboat.inventory/v1',
      capturedAt: '2026-11-20T03:00:00Z',
      account: '111111111111',
    });
    const again = fileWith('again.json', stdout);
    expect((await run({ simulate: again }, true)).stdout).toBe(stdout);
  });

  test('-o writes a file and says what is in it; - is standard output', async () => {
    const output = join(folder, 'captured.yaml');
    const { exitCode, stdout } = await run({ simulate: ORDERS, output });
    expect([exitCode, stdout]).toEqual([
      0,
      `Wrote ${output}: 3 volumes, 6 snapshots, 1 DB instance, 2 DB snapshots, 0 DB clusters, 0 DB cluster snapshots, 1 instance of account 111111111111 in us-east-1.\n`,
    ]);
    expect(readdirSync(folder)).toEqual(['captured.yaml']);
    const text = readFileSync(output, 'utf8');
    expect(parseInventory(text, output).volumes).toHaveLength(3);
    expect((await run({ simulate: ORDERS, output: '-' })).stdout).toBe(text);
  });

  test('what was edited is simulated, and shows in a comparison for people and for scripts', async () => {
    const edited = readFileSync(ORDERS, 'utf8').replace(/shard: (['"])2\1/, 'shard: "3"');
    const simulate = fileWith('edited.yaml', edited);
    const { stdout } = await run({ simulate, diff: ORDERS });
    expect(stdout).toMatch(/0 added, 0 removed, 1 changed\.\n {2}~ volumes: vol-\w+ tags\.shard: 2 -> 3\n$/);
    const { stdout: json } = await run({ simulate, diff: ORDERS }, true);
    expect(JSON.parse(json)).toMatchObject({
      schema: 'lifeboat.inventory-diff/v1',
      changed: [{ list: 'volumes', field: 'tags.shard', from: '2', to: '3' }],
    });
  });

  test.each([
    ['another Region', { simulate: ORDERS, region: 'eu-west-1' }, 'INVALID_INVENTORY'],
    ['a file that is not there', { simulate: 'gone.yaml' }, 'FILE_UNREADABLE'],
    ['an option of simulations', { seed: 2 }, 'USAGE'],
    ['a directory to write to', { simulate: ORDERS, output: '.' }, 'USAGE'],
  ])('%s is refused', async (_what, options, code) => {
    await expect(run(options)).rejects.toMatchObject({ name: 'LifeboatError', code });
  });

  test('captures of two accounts are not compared', async () => {
    const other = readFileSync(ORDERS, 'utf8').replace('111111111111', '222222222222');
    const diff = fileWith('other.yaml', other);
    await expect(run({ simulate: ORDERS, diff })).rejects.toMatchObject({
      code: 'INVALID_INVENTORY',
      message: expect.stringMatching(/of account 222222222222, but .* account 111111111111/),
    });
  });
});

describe('of an endpoint', () => {
  let server: Server;
  let asked: string[];
  /** XML for these actions; a page of HTML with status 500 for all others. */
  let answers: Readonly<Record<string, string>>;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const action = /Action=(\w+)/.exec(body)?.[1] ?? '';
        asked.push(action);
        const xml = answers[action];
        response.writeHead(xml === undefined ? 500 : 200, { 'content-type': 'text/xml' });
        response.end(xml ?? '<html><body>Internal Server Error</body></html>');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('that has but volumes: those are captured, and the rest is told on standard error', async () => {
    answers = {
      DescribeVolumes:
        '<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><size>8</size><volumeType>gp3</volumeType>' +
        '<availabilityZone>eu-central-1a</availabilityZone></item></volumeSet></DescribeVolumesResponse>',
      GetCallerIdentity:
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::333333333333:user/a</Arn>' +
        '<Account>333333333333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
    };
    const { exitCode, stdout, stderr } = await run({});
    expect(exitCode).toBe(0);
    const captured = parseInventory(stdout, 'captured.yaml');
    expect(captured).toMatchObject({
      account: '333333333333',
      region: 'eu-central-1',
      volumes: [{ id: 'vol-1', sizeGiB: 8 }],
    });
    expect(captured.gaps.every(({ reason }) => reason === 'unsupported')).toBe(true);
    expect(stderr).toContain(
      'Note: DescribeFastSnapshotRestores: the endpoint does not offer it. Therefore fast snapshot restore cannot be planned.',
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(captured.gaps.length);
    // Three quick attempts, and no more.
    expect(asked.filter((action) => action === 'DescribeSnapshots')).toHaveLength(3);
  });

  test('that has nothing is an error for every answer', async () => {
    answers = {};
    await expect(run({})).rejects.toMatchObject({ name: 'LifeboatError', code: 'AWS_FAILED' });
  });

  test('an address that is none is told before anything is asked', async () => {
    process.env['AWS_ENDPOINT_URL_KMS'] = 'localhost:4566';
    await expect(run({})).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('AWS_ENDPOINT_URL_KMS'),
    });
    expect(asked).toEqual([]);
  });
});
