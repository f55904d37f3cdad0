import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCommand } from '../../../src/cli/commands/check.ts';
import { initCommand } from '../../../src/cli/commands/init.ts';
import type { CheckFinding } from '../../../src/readiness/check-findings.ts';
import { loadLog } from '../../../src/cli/session/log.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import { parseRunbook } from '../../../src/runbook/parse.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { inventory, snapshot } from '../../simulator/support.ts';
import { fakeStreams } from '../streams.ts';

const volume = (id: string, tags: object) => ({ id, zone: 'us-east-1a', type: 'gp3', sizeGiB: 1, tags });
const outside = { ...process.env };
let folder = '';
let account: TestAccount;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-check-'));
  account = await startAccount({
    inventory: inventory({
      capturedAt: '2026-11-20T03:00:00Z',
      volumes: [
        volume('vol-1', { app: 'events' }),
        volume('vol-2', { app: 'events' }),
        volume('vol-3', { 'lifeboat:runbook': 'orders' }),
      ],
      snapshots: [
        snapshot('snap-1', { volumeId: 'vol-1', startedAt: '2026-11-20T02:30:00Z' }),
        snapshot('snap-2', { volumeId: 'vol-2', startedAt: '2026-11-20T02:15:00Z' }),
      ],
      ...{ instances: [], dbInstances: [], dbSnapshots: [] },
    }),
  });
  process.env = {
    PATH: outside['PATH'],
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDALEX',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: account.url,
  };
});
afterEach(async () => {
  process.env = outside;
  await account.close();
  rmSync(folder, { recursive: true });
});

function session() {
  const streams = fakeStreams();
  const terminal = createTerminal(true, streams);
  return { streams, at: { terminal, openLog: () => loadLog('warn') } };
}

async function check(runbook: string = RUNBOOK) {
  const file = join(folder, 'orders.yaml');
  writeFileSync(file, runbook);
  const { streams, at } = session();
  const exitCode = await checkCommand.run(at, [[file]], { state: join(folder, 'state') });
  await at.terminal.flush();
  const document = JSON.parse(streams.said().stdout) as {
    readonly ready: boolean;
    readonly findings: readonly CheckFinding[];
  };
  const codes = document.findings.map(({ severity, code }) => `${severity} ${code}`);
  const found = (code: string) => document.findings.filter((finding) => finding.code === code);
  return { exitCode, ready: document.ready, codes, found };
}

const RUNBOOK = `apiVersion: lifeboat/v1
kind: Runbook
name: orders
objectives: { rto: 12h, rpo: 2h }
region: us-east-1
resources:
  - { id: events, type: ebs-volume, source: { tags: { app: events } }, readyWhen: available, strategies: [provisioned-rate, lazy] }
`;

test('an account that is ready, with all that was looked at, and nothing changed in it', async () => {
  const { exitCode, ready, codes, found } = await check();
  expect([exitCode, ready]).toEqual([0, true]);
  expect(codes.filter((code) => code.startsWith('error'))).toEqual([]);
  expect(found('IDENTITY')[0]?.message).toMatch(
    /^Signed in to account 111111111111 as \S+ \(arn:.*us-east-1\.$/,
  );
  expect(found('PERMISSIONS_VERIFIED')[0]?.message).toContain('ec2:CreateVolume, ec2:CreateTags');
  expect(found('PERMISSIONS_UNVERIFIED')[0]?.message).toContain('ssm:PutParameter');
  expect(found('RECOVERY_POINTS_FRESH')[0]?.message).toContain('snap-2');
  expect(found('DRIFT_UNCOVERED')).toMatchObject([{ message: expect.stringContaining('vol-3') }]);
  expect(account.requests.filter(({ mutating }) => mutating)).toEqual([]);
  expect(readFileSync(join(folder, 'state/baselines/orders.yaml'), 'utf8')).toContain('vol-1');
});

test('a permission that is missing is named, and keeps the account from being ready', async () => {
  account.setQuirks({ faults: [{ does: 'deny', operations: ['CreateVolume'] }] });
  const { exitCode, found } = await check();
  expect(exitCode).toBe(5);
  expect(found('PERMISSION_MISSING')).toMatchObject([
    { severity: 'error', next: expect.stringContaining('ec2:CreateVolume') },
  ]);
  expect(() => readFileSync(join(folder, 'state/baselines/orders.yaml'))).toThrow('ENOENT');
});

test('a read that is denied is a gap with the permission that it wants', async () => {
  account.setQuirks({ faults: [{ does: 'deny', operations: ['DescribeFastSnapshotRestores'] }] });
  const { found } = await check();
  expect(found('CAPTURE_GAP')).toContainEqual(
    expect.objectContaining({
      severity: 'warning',
      next: expect.stringContaining('the permission ec2:DescribeFastSnapshotRestores'),
    }),
  );
});

test('without an identity service the rest is checked all the same', async () => {
  account.setQuirks({ faults: [{ does: 'not-know', services: ['sts'] }] });
  const { exitCode, codes } = await check();
  expect(exitCode).toBe(0);
  expect(codes.filter((code) => code.endsWith('IDENTITY_UNKNOWN'))).toHaveLength(1);
});

test('recovery points that have grown too old since the last backup', async () => {
  const { exitCode, found } = await check(RUNBOOK.replace('rpo: 2h', 'rpo: 10m'));
  expect(exitCode).toBe(5);
  expect(found('RECOVERY_POINT_TOO_OLD')).toMatchObject([{ severity: 'error', resource: 'events' }]);
});

test('expired credentials are an error with its next step', async () => {
  account.setQuirks({ faults: [{ does: 'expire' }] });
  await expect(check()).rejects.toMatchObject({
    code: 'AWS_CREDENTIALS',
    next: expect.stringMatching(/^Sign in/),
  });
});

test('an endpoint that is no address is told as such, not as a bug', async () => {
  process.env['AWS_ENDPOINT_URL'] = 'not an address';
  await expect(check()).rejects.toMatchObject({ code: 'USAGE' });
});

test('init drafts from the account what check then finds ready', async () => {
  const file = join(folder, 'shop.yaml');
  const { at } = session();
  expect(await initCommand.run(at, [file], {})).toBe(0);
  const { runbook } = parseRunbook(readFileSync(file), file);
  expect(runbook.resources.map(({ source }) => source)).toEqual([{ tags: { app: 'events' } }, 'vol-3']);
  const { codes } = await check(
    readFileSync(file, 'utf8').replace(/\n {2}# [^\n]*\n {2}- id: vol-3\n(?: {4}.*\n)+/, '\n'),
  );
  expect(codes.filter((code) => code.startsWith('error'))).toEqual([]);
});
