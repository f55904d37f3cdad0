import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decompressed, gunzipped, isGzip } from '../../../src/backfill/sources/gunzip.ts';
import { fc } from '../../property.ts';

/** Gives the data in chunks of one buffer, as a file is read. */
async function* stored(data: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < data.length; at += bytes) {
    const length = buffer.length < data.length - at ? bytes : data.length - at;
    buffer.set(data.subarray(at, at + length));
    yield buffer.subarray(0, length);
    buffer.fill(0xff);
  }
}

async function textOf(data: Uint8Array, bytes = 100_000, read: typeof gunzipped = gunzipped) {
  const remarks: string[] = [];
  const text: Buffer[] = [];
  let progress = 0;
  const notes = {
    remark: (remark: string) => remarks.push(remark),
    progress: (more: number) => (progress += more),
  };
  for await (const chunk of read(() => stored(data, bytes), notes)) text.push(Buffer.from(chunk));
  return { text: Buffer.concat(text).toString('latin1'), remarks, progress };
}

const TEXT = Array.from({ length: 400 }, (_, index) => `line ${index} ${(index * 7_919) % 1_000}`).join('\n');
const ZIPPED = gzipSync(TEXT);

test('what is gzip shows by its first bytes', () => {
  expect(isGzip(ZIPPED)).toBe(true);
  expect(isGzip(Buffer.from('h2 2021'))).toBe(false);
  expect(isGzip(Buffer.alloc(0))).toBe(false);
});

test('members one after the other are one text, wherever the data is divided', async () => {
  const data = Buffer.concat([ZIPPED, gzipSync(''), gzipSync('\nmore\n'), ZIPPED]);
  for (const bytes of [1, 7, ZIPPED.length, ZIPPED.length + 1, 100_000]) {
    expect(await textOf(data, bytes)).toEqual({
      text: `${TEXT}\nmore\n${TEXT}`,
      remarks: [],
      progress: data.length,
    });
  }
});

describe('Zstandard', () => {
  const zstd = (text: string): Buffer => zstdCompressSync(text);
  const frames = Buffer.concat([
    zstd(TEXT),
    // A frame that is to be skipped, as parallel programs write them.
    Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]),
    zstd(''),
    zstd('\nmore\n'),
  ]);
  const read = (data: Uint8Array, bytes: number) =>
    textOf(data, bytes, (open, notes) => decompressed(data, open, notes));

  test('frames one after the other are one text, wherever the data is divided', async () => {
    for (const bytes of [1, 2, 3, 5, zstd(TEXT).length, frames.length - 1, 100_000]) {
      expect(await read(frames, bytes)).toEqual({
        text: `${TEXT}\nmore\n`,
        remarks: [],
        progress: frames.length,
      });
    }
  });

  test.each<[string, Buffer, RegExp]>([
    ['cut short', frames.subarray(0, frames.length - 5), /ends too early/],
    ['cut short in its beginning', Buffer.concat([zstd(TEXT), zstd('x').subarray(0, 3)]), /ends too early/],
    ['followed by something else', Buffer.concat([zstd(TEXT), Buffer.from('else')]), /was not read/],
    [
      'damaged',
      Buffer.concat([zstd(TEXT), zstd(TEXT).fill(0xff, 12, 40)]),
      /is damaged after byte \d+ .*the rest is missing/,
    ],
  ])('%s: what came before counts, and a remark says so', async (_, data, remark) => {
    for (const bytes of [7, 100_000]) {
      const { text, remarks } = await read(data, bytes);
      expect(text.startsWith(TEXT)).toBe(true);
      expect(remarks).toEqual([expect.stringMatching(remark)]);
    }
  });

  test('zeros after it are padding, and much text comes whole', async () => {
    const text = 'a'.repeat(5_000_000);
    const { remarks, text: read5 } = await read(Buffer.concat([zstd(text), Buffer.alloc(100)]), 1_000);
    expect([remarks, read5 === text]).toEqual([[], true]);
  });
});

test('much text from little data comes whole', async () => {
  const text = 'a'.repeat(5_000_000);
  expect((await textOf(gzipSync(text))).text === text).toBe(true);
});

test('data that ends too early: all before its end counts, wherever it ends, and a remark says so', async () => {
  let last = 0;
  for (let end = 18; end < ZIPPED.length; end += 41) {
    const { text, remarks } = await textOf(ZIPPED.subarray(0, end));
    expect(remarks).toEqual([`its compressed data ends too early, after ${end} bytes: the rest is missing`]);
    expect(TEXT.startsWith(text)).toBe(true);
    expect(text.length).toBeGreaterThanOrEqual(last);
    last = text.length;
  }
  expect(last).toBeGreaterThan(TEXT.length * 0.8);
});

test('a broken check sum loses nothing of the text, and is told with its place', async () => {
  const data = Buffer.from(ZIPPED);
  data[data.length - 8] = (data[data.length - 8] ?? 0) ^ 1;
  const { text, remarks } = await textOf(data);
  expect(text).toBe(TEXT);
  expect(remarks).toEqual([
    `its compressed data is damaged at byte ${data.length - 5} (incorrect data check): the rest is missing`,
  ]);
});

test('damage never throws and never passes in silence', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: ZIPPED.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, bits) => {
        const data = Buffer.from(ZIPPED);
        data[at] = (data[at] ?? 0) ^ bits;
        const { text, remarks } = await textOf(data, 1_000);
        // Bytes of the header that say when and where it was made mean nothing to the text.
        if (text !== TEXT || at >= 10) expect(remarks).toHaveLength(1);
      },
    ),
    { numRuns: 40 },
  );
});

test('what stood before damage in the same piece is not lost, nor are whole members before it', async () => {
  const { text, remarks } = await textOf(Buffer.concat([ZIPPED, ZIPPED, Buffer.from('garbage')]), 37);
  expect(text).toBe(TEXT + TEXT);
  expect(remarks).toEqual([
    expect.stringMatching(/^its compressed data is damaged at byte \d+ \(incorrect header check\)/),
  ]);
});

test('zeros may pad it; anything after them is told', async () => {
  const padded = Buffer.concat([ZIPPED, Buffer.alloc(40_000)]);
  expect(await textOf(padded, 1_000)).toMatchObject({ text: TEXT, remarks: [] });
  expect(await textOf(Buffer.concat([padded, ZIPPED]))).toMatchObject({
    text: TEXT,
    remarks: [`what follows its compressed data from byte ${ZIPPED.length} on was not read`],
  });
});

test('who stops early leaves nothing running', async () => {
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield ZIPPED;
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of gunzipped(endless)) if (chunk.length > 0) break;
  expect(isClosed).toBe(true);
});
