import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { alb } from '../../../src/backfill/formats/alb.ts';
import { ALB_LOG, albChunk } from './alb-log.ts';
import { linesOf, surveyOf } from './lines.ts';

const LINES = 20_000;
const MINUTE_MS = 60_000;
/** Slow enough for twenty minutes of log. */
const LOG = { ...ALB_LOG, seed: 4, linesPerSecond: LINES / 1_200 };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-alb-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Requests and failures by the minute in which they were answered, as a column store counts them. */
async function countedByDuckDb(path: string): Promise<Map<number, [requests: number, failed: number]>> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(`
      select epoch_ms(date_trunc('minute', cast(replace(column01, 'Z', '') as timestamp))) as minute,
             count(*) as requests, count(*) filter (column08 between '500' and '599') as failed
      from read_csv('${path}', delim = ' ', quote = '"', escape = '\\', header = false,
                    auto_detect = false,
                    columns = {${Array.from({ length: 30 }, (_, index) => `'column${String(index).padStart(2, '0')}': 'VARCHAR'`).join(', ')}})
      group by minute order by minute`);
    return new Map(
      rows
        .getRows()
        .map(([minute, requests, failed]) => [Number(minute), [Number(requests), Number(failed)]]),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test('requests and failures a minute are those that DuckDB counts', async () => {
  const bytes = albChunk(0, LINES, LOG);
  const path = join(directory, 'alb.log');
  writeFileSync(path, bytes);
  const counted = new Map<number, [number, number]>();
  let answeredInOrder = 0;
  let latest = 0;
  for (const [start, end] of linesOf(bytes).slice(0, -1)) {
    const { kind, at, status } = surveyOf(alb, bytes, start, end);
    if (kind !== 'request') throw new Error(bytes.toString('latin1', start, end));
    const bucket = counted.get(at - (at % MINUTE_MS)) ?? [0, 0];
    counted.set(at - (at % MINUTE_MS), [bucket[0] + 1, bucket[1] + (status >= 500 && status <= 599 ? 1 : 0)]);
    if (at >= latest) answeredInOrder += 1;
    latest = Math.max(latest, at);
  }
  const expected = await countedByDuckDb(path);
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(expected));
  const failed = [...expected.values()].reduce((sum, [, one]) => sum + one, 0);
  expect(failed).toBeGreaterThan(300);
  expect(expected.size).toBeGreaterThan(20);
  expect(answeredInOrder).toBeLessThan(LINES * 0.95);
});

test('every line of the made-up log can be read, with all that it should hold', () => {
  const bytes = albChunk(5_000, 2_000, LOG);
  const seen = { ipv6: 0, quotes: 0, unanswered: 0, spaces: 0 };
  for (const [start, end] of linesOf(bytes).slice(0, -1)) {
    const parsed = alb.parse(bytes.subarray(start, end));
    if (parsed.kind !== 'request')
      throw new Error(`${JSON.stringify(parsed)}: ${bytes.toString('latin1', start, end)}`);
    const { client, userAgent, status } = parsed.record;
    if (client?.startsWith('2001:db8:') === true) seen.ipv6 += 1;
    if (userAgent?.includes('"K"') === true) seen.quotes += 1;
    if (userAgent?.includes(' ') === true) seen.spaces += 1;
    if (status === undefined) seen.unanswered += 1;
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});
