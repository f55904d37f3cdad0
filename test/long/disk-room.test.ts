import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { scanOnly } from '../../src/backfill/scan-only.ts';
import { linesFrom } from '../backfill/scan/logs.ts';
import {
  BOMB,
  diskWith,
  failure,
  folder,
  left,
  LINES,
  MIB,
  open,
  signal,
  sink,
  specOf,
  TOOLS,
  useRoom,
} from '../backfill/review/room-stage.ts';

useRoom();

test('where little of a large log failed it is counted, and then there is room', async () => {
  const log = linesFrom(0, 60, 200).repeat(LINES / 60) + linesFrom(0, 60, 502);
  const backfill = await open(gzipSync(log), () => diskWith(120));
  expect((await backfill.scan(signal)).counts).toMatchObject({ scanned: LINES + 60, pending: 60 });
  await backfill.close();
  expect(left()).toContain('work.sqlite');
});

test('a disk that fills meanwhile stops the scan at its reserve, and nothing of it stays', async () => {
  let looks = 0;
  const error = await failure(await open(BOMB, () => diskWith((looks += 1) > 3 ? 99 : 1_000)));
  expect(error).toMatchObject({
    code: 'BACKFILL_UNWRITABLE',
    message: expect.stringMatching(/^The scan stopped: .* has 99 MiB left, and 100 MiB are kept free/),
  });
  expect(left()).toEqual([]);
});

test('so does a search for retries, and an input that must be copied', async () => {
  const clients = [{ name: 'all', behaviour: 'retries', horizon: '1s', replay: false }];
  const spec = specOf('-', { clients });
  let looks = 0;
  const spaceOf = () => diskWith((looks += 1) > 1 ? 99 : 1_000);
  mkdirSync(join(folder, 'scratch'));
  const scan = (stdin: NodeJS.ReadableStream) =>
    scanOnly(spec, join(folder, 'scratch'), { ...TOOLS, stdin, spaceOf }, { signal });
  await expect(scan(Readable.from([BOMB]))).rejects.toThrow('The scan stopped');
  looks = 2;
  const chunk = Buffer.alloc(17 * MIB, 'x\n');
  await expect(scan(Readable.from([chunk, chunk]))).rejects.toThrow('Reading standard input stopped');
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
});

test('a replay whose ledger would take the reserve does not begin', async () => {
  let free = 1_000;
  const backfill = await open(BOMB, () => diskWith(free));
  await backfill.scan(signal);
  free = 130;
  await expect(backfill.replay(signal)).rejects.toMatchObject({
    code: 'BACKFILL_UNWRITABLE',
    message: expect.stringContaining('The ledger would need about 46 MiB'),
  });
  await backfill.close();
  expect(sink.arrivals).toEqual([]);
});
