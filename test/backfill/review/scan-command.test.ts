import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildResult, NOTHING_SENT } from '../../../src/backfill/result.ts';
import { scanOnly } from '../../../src/backfill/scan-only.ts';
import { chooseSpec, type ReplayOptions } from '../../../src/cli/backfill/backfill-spec.ts';
import { scanInScratch } from '../../../src/cli/backfill/backfill-tools.ts';
import { PLAIN_PALETTE } from '../../../src/report/layout/palette.ts';
import { renderBackfill } from '../../../src/report/render/render-backfill.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';

const T0 = Date.UTC(2026, 10, 20, 3);

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lifeboat-review-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['', undefined, 'it holds no request'],
  ['{"a":1}\n', 'alb', 'none of its lines is a request in the format alb'],
  [
    '192.0.2.1 - - [10/Oct/2020:13:55:36 +0000] "GET /x HTTP/1.0" 200 23\n{}\n{}\n',
    'common',
    'fewer than half of its lines are requests in the format common',
  ],
])('a log without much in it says so: %j', async (text, format, remark) => {
  const path = join(folder, 'x.log');
  writeFileSync(path, text);
  const spec = backfillSchema.parse({ sources: [{ path, ...(format !== undefined && { format }) }] });
  const { signal } = new AbortController();
  const log = { warn: () => undefined, info: () => undefined };
  const result = await scanOnly(spec, folder, { env: {}, log, now: () => T0, threads: 1 }, { signal });
  expect(result.sources[0]?.remarks).toEqual([remark]);
});

test.each([72, 80, 100])('when an outage began and ended is never cut: %d columns', (width) => {
  const counts = {
    ...{ scanned: 1_300, malformed: 0, foreign: 0, healthy: 1_000, clientRecovered: 0, unrecoverable: 300 },
    ...{ pending: 0, replayed: { succeeded: 0, rejected: 0, abandoned: 0, ambiguous: 0 } },
  };
  const window = { kind: 'errors' as const, start: T0, end: T0 + 7_500_000, requests: 1_300, errors: 300 };
  const facts = {
    ...{ scannedAt: T0, stored: [], sources: [], counts, byClass: [], samples: [], actions: [] },
    windows: [window],
  };
  const text = renderBackfill(buildResult({ facts, ledger: NOTHING_SENT, queues: [] }), PLAIN_PALETTE, width);
  expect(text).toContain('2026-11-20T03:00:00Z');
  expect(text).toContain('2026-11-20T05:05:00Z');
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
});

test('a scan that is interrupted leaves nothing behind, and is no success', async () => {
  let scratch = '';
  const scanning = scanInScratch(async (directory) => {
    scratch = directory;
    writeFileSync(join(directory, 'spool'), 'x');
    process.emit('SIGINT');
    return 'as if all had been read';
  });
  await expect(scanning).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(scratch).not.toBe('');
  expect(existsSync(scratch)).toBe(false);
});

test.each<[ReplayOptions, string]>([
  [{ orderBy: 'session' }, '--order-by: expected client,'],
  [{ target: 'example.com' }, '--target: expected an http or https URL.'],
  [{ target: 'sqs:queue' }, '--target: expected an http or https URL.'],
])('an option that does not fit is named: %j', async (options, message) => {
  await expect(chooseSpec(['a.log'], options)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(message),
  });
});

const RUNBOOK = `apiVersion: lifeboat/v1
kind: Runbook
name: orders
owner: orders-oncall
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources: [{ id: db, type: rds-instance, source: orders-prod }]
backfill: { sources: [{ path: a.log }], windows: { scope: given } }
`;

test('without any window, scope: given would find that nothing was missed: refused', async () => {
  const runbook = join(folder, 'orders.yaml');
  writeFileSync(runbook, RUNBOOK);
  await expect(chooseSpec([], { runbook })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('no window is given'),
  });
  const { spec } = await chooseSpec([], { runbook, from: T0, to: T0 + 60_000 });
  expect(spec.windows.given).toEqual([{ from: T0, to: T0 + 60_000, include: 'failed' }]);
});
