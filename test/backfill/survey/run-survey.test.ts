import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { runSurvey } from '../../../src/backfill/survey/run-survey.ts';
import type { SurveyOptions } from '../../../src/backfill/survey/run-survey.ts';
import type { LineBatch } from '../../../src/backfill/base/survey.ts';
import { LONGEST_LINE_BYTES } from '../../../src/backfill/survey/survey-bytes.ts';
import { openTextSources } from '../../../src/backfill/sources/text-sources.ts';
import type { TextSource } from '../../../src/backfill/sources/text-source.ts';
import { fc } from '../../property.ts';
import { oneIn } from '../../thorough.ts';
import { ALB_LOG, albChunk } from '../formats/alb-log.ts';
import {
  closeAll,
  commonLine,
  linesFrom,
  scratchFolder,
  SETTINGS,
  surveyOf,
  surveyPaths,
} from '../scan/logs.ts';
import type { Surveyed } from '../scan/logs.ts';

const scratch = scratchFolder();
const opening = { spoolDirectory: join(scratch.path, 'spool') };
const EVERYTHING = {
  ...SETTINGS,
  select: { failed: true, spans: [{ from: 0, to: Number.MAX_SAFE_INTEGER }] },
};

/** Opens one log, lets something happen to it, and surveys it. */
async function surveyAfter(
  path: string,
  happens: () => void,
  options: Partial<SurveyOptions> = {},
): Promise<Surveyed> {
  const sources = await openTextSources([{ path, format: 'common' }], opening);
  happens();
  try {
    return await surveyOf(sources, options);
  } finally {
    await closeAll(sources);
  }
}

test('a log, its compressed twin and the same lines in two files come to the same', async () => {
  const text = albChunk(0, 2_000, { ...ALB_LOG, linesPerSecond: 2 });
  const plain = await surveyPaths([{ path: scratch.file('a.log', text) }], opening);
  const zipped = await surveyPaths([{ path: scratch.file('a.log.gz', gzipSync(text)) }], opening);
  const half = text.indexOf(0x0a, text.length / 2) + 1;
  scratch.file('half-1', gzipSync(text.subarray(0, half)));
  scratch.file('half-2', text.subarray(half));
  const halves = await surveyPaths([{ path: join(scratch.path, 'half-?') }], opening);
  const [facts] = plain.survey.sources;
  expect(facts).toMatchObject({
    format: 'alb',
    bytes: text.length,
    lines: 2_000,
    requests: 2_000,
    malformed: 0,
  });
  expect(facts?.failed).toBe(plain.lines.length);
  expect(plain.lines.length).toBeGreaterThan(10);
  expect({ ...facts, name: '' }).toEqual({ ...zipped.survey.sources[0], name: '' });
  expect(zipped.survey.buckets).toEqual(plain.survey.buckets);
  expect(halves.survey.buckets).toEqual(plain.survey.buckets);
  expect(zipped.lines).toEqual(plain.lines);
  expect(halves.lines.map((line) => line.text)).toEqual(plain.lines.map((line) => line.text));
});

test('wherever a file is divided into ranges, it comes to the same', async () => {
  const lines = [commonLine(1, 500), '', 'odd', commonLine(2), '\r', 'é', commonLine(3, '-')];
  for (const end of ['\n', '']) {
    const path = scratch.file('ranges.log', lines.join('\n') + end);
    const sources = await openTextSources([{ path }], opening);
    const whole = await surveyOf(sources);
    expect(whole.survey.sources).toMatchObject([{ requests: 3, malformed: 4, failed: 2 }]);
    expect(whole.survey.samples.map(({ text }) => text)).toEqual(['', 'odd', '', 'é']);
    const bytes = whole.survey.sources[0]?.bytes ?? 0;
    for (let rangeBytes = 1; rangeBytes < bytes; rangeBytes += rangeBytes < 8 ? 1 : oneIn(11)) {
      expect(await surveyOf(sources, { rangeBytes })).toEqual(whole);
    }
    await closeAll(sources);
  }
});

test('two threads come to exactly the same as one, and hand out the same lines', async () => {
  const line = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.nat(7_000), fc.constantFrom(200, 404, 500, 503))
        .map((one) => commonLine(...one)),
    },
    fc.constantFrom('', 'odd', `${commonLine(9, 500)}\r`, '\u0000'),
  );
  const file = fc.array(line, { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 50, max: 2_000 }),
      async (files, rangeBytes) => {
        const specs = files.map((lines, index) => {
          const text = lines.join('\n');
          const path = scratch.file(`threads-${index}`, index % 2 === 0 ? text : gzipSync(text));
          return { path, format: 'common' as const };
        });
        const one = await surveyPaths(specs, opening, { threads: 1 });
        const two = await surveyPaths(specs, opening, { threads: 2, rangeBytes });
        expect(two).toEqual(one);
      },
    ),
    { numRuns: 3 },
  );
});

test('many batches from two threads are handed out one at a time, whole', async () => {
  const count = 20_000;
  const path = scratch.file('many.log', linesFrom(0, count, 500));
  const sources = await openTextSources([{ path }], opening);
  let open = 0;
  let batches = 0;
  let lines = 0;
  const progress: number[] = [];
  const take = async (batch: LineBatch) => {
    open += 1;
    expect(open).toBe(1);
    await new Promise(setImmediate);
    lines += batch.starts.length;
    batches += 1;
    open -= 1;
  };
  const options = { threads: 2, rangeBytes: 100_000, onProgress: (bytes: number) => progress.push(bytes) };
  const survey = await runSurvey(sources, SETTINGS, take, options);
  expect(lines).toBe(count);
  expect(survey.sources[0]?.failed).toBe(count);
  expect(batches).toBeGreaterThan(5);
  expect(progress.at(-1)).toBe(sources[0]?.bytes);
  expect(progress).toEqual(progress.toSorted((left, right) => left - right));
  await closeAll(sources);
});

test('a rotated log is read as the file that it was', async () => {
  const path = scratch.file('rotated.log', linesFrom(0, 10, 500));
  const rotate = () => {
    renameSync(path, `${path}.1`);
    writeFileSync(path, linesFrom(0, 3));
  };
  const { survey } = await surveyAfter(path, rotate);
  expect(survey.sources).toMatchObject([{ requests: 10, failed: 10, remarks: [] }]);
});

test('a log that is truncated before it is read says so', async () => {
  const path = scratch.file('truncated.log', linesFrom(0, 10));
  const { survey } = await surveyAfter(path, () => truncateSync(path, 100));
  expect(survey.sources[0]?.requests).toBe(1);
  expect(survey.sources[0]?.remarks[0]).toMatch(
    /^it was truncated while it was read: of \d+ bytes there were 100$/,
  );
});

test('a log that is truncated in the middle of reading keeps what was read', async () => {
  const path = scratch.file('halfway.log', linesFrom(0, 20_000, 500));
  const sources = await openTextSources([{ path }], opening);
  let lines = 0;
  const take = (batch: LineBatch) => {
    lines += batch.starts.length;
    truncateSync(path, 0);
  };
  const survey = await runSurvey(sources, SETTINGS, take, { threads: 1 });
  expect(lines).toBeGreaterThan(1_000);
  expect(lines).toBeLessThan(20_000);
  expect(survey.sources[0]).toMatchObject({
    failed: lines,
    remarks: [expect.stringContaining('truncated'), 'its last line is cut short'],
  });
  await closeAll(sources);
});

test('of a growing log what is written after it was opened is not read; a line of which only a part was there is cut short', async () => {
  const path = scratch.file('growing.log', linesFrom(0, 3) + commonLine(3).slice(0, 30));
  const { survey } = await surveyAfter(path, () =>
    appendFileSync(path, `${commonLine(3).slice(30)}\n${linesFrom(4, 50)}`),
  );
  expect(survey.sources).toMatchObject([
    { lines: 4, requests: 3, malformed: 1, remarks: ['its last line is cut short'] },
  ]);
  const whole = scratch.file('whole.log', linesFrom(0, 3) + commonLine(3));
  const grown = await surveyAfter(whole, () => appendFileSync(whole, '\n'));
  expect(grown.survey.sources).toMatchObject([{ lines: 4, requests: 4, malformed: 0, remarks: [] }]);
});

test('damaged gzip: what came before counts, and the facts say what is missing', async () => {
  const text = linesFrom(0, 5_000);
  const data = gzipSync(text);
  const path = scratch.file('damaged.log.gz', data.subarray(0, data.length / 2));
  for (const threads of [1, 2]) {
    const { survey } = await surveyPaths(
      [{ path }, { path: scratch.file('sound.log', `${commonLine(9)}\n${text}`) }],
      opening,
      {
        threads,
        rangeBytes: 1_000,
      },
    );
    const [damaged, sound] = survey.sources;
    expect(damaged?.requests).toBeGreaterThan(1_000);
    expect(damaged?.requests).toBeLessThan(5_000);
    expect(damaged?.remarks[0]).toContain('ends too early');
    expect(sound).toMatchObject({ requests: 5_001, remarks: [] });
  }
});

test('lines of megabytes, plain and compressed, in ranges and in threads', async () => {
  const text = `${commonLine(1, 500)}\n${'x'.repeat(10_000_000)}\n${commonLine(2, 500)}\n${'y'.repeat(LONGEST_LINE_BYTES + 1)}`;
  const plain = { path: scratch.file('long.log', text), format: 'common' as const };
  // Of the same length, and no copy.
  const other = text.replace('192', '193');
  const zipped = { path: scratch.file('long.gz', gzipSync(other)), format: 'common' as const };
  for (const options of [
    { threads: 1 },
    { threads: 1, rangeBytes: 3_000_000 },
    { threads: 2, rangeBytes: 700_000 },
  ]) {
    const { survey, lines } = await surveyPaths([plain, zipped], opening, options);
    for (const facts of survey.sources)
      expect(facts).toMatchObject({ bytes: text.length, requests: 2, malformed: 2, failed: 2 });
    expect(survey.samples.map(({ why }) => why)).toEqual(Array(4).fill('a line longer than 1 MiB'));
    expect(lines).toHaveLength(4);
  }
});

test('samples of many sources are bounded, and the same in any order of reading', async () => {
  const specs = Array.from({ length: 15 }, (_, index) => ({
    path: scratch.file(`samples-${index}`, `odd ${index}\n`.repeat(25)),
    format: 'common' as const,
  }));
  const { survey } = await surveyPaths(specs, opening);
  expect(survey.samples).toHaveLength(200);
  expect(survey.samples.filter(({ source }) => source === specs[0]?.path)).toHaveLength(20);
  expect(await surveyPaths(specs.slice(0, 3), opening, { threads: 2, rangeBytes: 9 })).toEqual(
    await surveyPaths(specs.slice(0, 3), opening),
  );
});

test('sources that are no files are read too, beside files in workers', async () => {
  const text = linesFrom(0, 5_000, 500);
  const path = scratch.file('beside.log', text);
  const [file] = await openTextSources([{ path }], opening);
  if (file === undefined) throw new Error('no source');
  const { formatName, format, compressed, bytes, remarks, close } = file;
  const streams: TextSource[] = [2, 3, 4, 5, 6, 7].map((number) => ({
    ...{ formatName, format, compressed, bytes, remarks, close, number },
    name: `stream ${number}`,
    chunks: () => Readable.from([Buffer.from(text.slice(0, 400_000)), Buffer.from(text.slice(400_000))]),
  }));
  const { survey, lines } = await surveyOf([file, ...streams], { threads: 2, rangeBytes: 50_000 });
  expect(survey.sources.map(({ failed }) => failed)).toEqual(Array(7).fill(5_000));
  expect(lines).toHaveLength(35_000);
  await file.close();
});

test('times of all ages are counted in buckets of any length', async () => {
  const path = scratch.file('ages.log', linesFrom(0, 7_000));
  const { survey, lines } = await surveyPaths([{ path }], opening, {}, { ...EVERYTHING, bucketMs: 1_000 });
  expect(survey.buckets.size).toBe(7_000);
  expect([...survey.buckets.keys()]).toEqual(
    [...survey.buckets.keys()].toSorted((left, right) => left - right),
  );
  expect(lines).toHaveLength(7_000);
});
