import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import { LineCollector } from '../../../src/backfill/survey/line-collector.ts';
import type { Selection } from '../../../src/backfill/base/survey.ts';
import {
  LARGEST_FEED_BYTES,
  LineSurvey,
  LONGEST_LINE_BYTES,
} from '../../../src/backfill/survey/survey-bytes.ts';
import type { SurveyPart } from '../../../src/backfill/survey/survey-part.ts';
import { fc } from '../../property.ts';
import { commonLine, gathering, NOON } from '../scan/logs.ts';
import type { Handed } from '../scan/logs.ts';

const common = { number: 1, format: formatNamed('common') };

interface Outcome {
  readonly part: SurveyPart;
  readonly lines: readonly Handed[];
}

/** Surveys a text that comes in these chunks. */
function surveyed(
  chunks: readonly Buffer[],
  select: Selection = { failed: true, spans: [] },
  failed = ['5xx'],
): Outcome {
  const collector = new LineCollector();
  const gathered = gathering();
  const survey = new LineSurvey(common, { failed, bucketMs: 60_000, select }, collector, 0);
  for (const chunk of chunks) {
    // A chunk is the reader's again after it was given.
    const own = Buffer.from(chunk);
    survey.feed(own);
    own.fill(0x20);
    const batch = collector.isFull ? collector.take(1) : undefined;
    if (batch !== undefined) {
      gathered.take(batch);
      collector.giveBack(batch);
    }
  }
  survey.finish();
  const rest = collector.take(1);
  if (rest !== undefined) gathered.take(rest);
  return { part: survey.result(), lines: gathered.lines };
}

function chunksOf(text: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(text.length / bytes) }, (_, index) =>
    text.subarray(index * bytes, (index + 1) * bytes),
  );
}

const counts = ({ part: { requests, malformed, foreign, failed } }: Outcome) => [
  requests,
  malformed,
  foreign,
  failed,
];

test('counts requests and failures per bucket, and hands out what failed with its place', () => {
  const lines = [
    commonLine(1),
    commonLine(2, 503),
    commonLine(61, 404),
    commonLine(3, 500),
    commonLine(119, 599),
  ];
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const { part, lines: handed } = surveyed([text]);
  expect(part).toMatchObject({
    bytes: text.length,
    requests: 5,
    malformed: 0,
    foreign: 0,
    failed: 3,
    firstAt: NOON + 1_000,
    lastAt: NOON + 119_000,
    remarks: [],
  });
  expect(Object.fromEntries(part.buckets)).toEqual({
    [NOON]: { requests: 3, errors: 2 },
    [NOON + 60_000]: { requests: 2, errors: 1 },
  });
  const offsetOf = (index: number) => lines.slice(0, index).join('\n').length + (index > 0 ? 1 : 0);
  expect(handed).toEqual(
    [1, 3, 4].map((index) => ({ source: 1, offset: offsetOf(index), text: lines[index] })),
  );
});

test('what counts as failed is given; what was never answered always does', () => {
  const text = Buffer.from(
    [499, 500, 429, '-', 404, 499].map((status) => `${commonLine(1, status)}\n`).join(''),
  );
  expect(counts(surveyed([text], undefined, ['499']))).toEqual([6, 0, 0, 3]);
  expect(counts(surveyed([text], undefined, ['4xx']))).toEqual([6, 0, 0, 5]);
});

test('hands out all requests of spans, whose beginning belongs to them and whose end does not', () => {
  const text = Buffer.from(
    [1, 2, 3, 4, 5, 6].map((second) => `${commonLine(second, second === 6 ? 500 : 200)}\n`).join(''),
  );
  const span = (from: number, to: number) => ({ from: NOON + from * 1_000, to: NOON + to * 1_000 });
  const seconds = (select: Selection) =>
    surveyed([text], select).lines.map(({ text: line }) => Number(/:(\d\d) /.exec(line)?.[1]));
  expect(seconds({ failed: false, spans: [span(2, 4)] })).toEqual([2, 3]);
  expect(seconds({ failed: false, spans: [span(5, 6), span(1, 2), span(1, 3)] })).toEqual([1, 2, 5]);
  expect(seconds({ failed: true, spans: [span(1, 2)] })).toEqual([1, 6]);
  expect(seconds({ failed: true, spans: [span(6, 7)] })).toEqual([6]);
  expect(seconds({ failed: false, spans: [] })).toEqual([]);
});

test('a carriage return before a newline is no part of a line', () => {
  const lines = [commonLine(1, 500), commonLine(2), commonLine(3, 502)];
  const { part, lines: handed } = surveyed([Buffer.from(lines.join('\r\n'))]);
  expect(part).toMatchObject({ requests: 3, failed: 2, malformed: 0 });
  expect(handed.map(({ text }) => text)).toEqual([lines[0], lines[2]]);
  expect(handed[1]?.offset).toBe(`${lines[0]}\r\n${lines[1]}\r\n`.length);
});

test('a last line without a newline counts when it is whole, and is cut short when it is not', () => {
  const whole = surveyed([Buffer.from(`${commonLine(1)}\n${commonLine(2, 500)}`)]);
  expect(counts(whole)).toEqual([2, 0, 0, 1]);
  expect(whole.part.remarks).toEqual([]);
  const cut = surveyed([Buffer.from(`${commonLine(1)}\n${commonLine(2, 500).slice(0, 40)}`)]);
  expect(counts(cut)).toEqual([1, 1, 0, 0]);
  expect(cut.part.remarks).toEqual(['its last line is cut short']);
  expect(cut.part.samples).toMatchObject([
    { kind: 'malformed', offset: commonLine(1).length + 1, why: expect.stringContaining('cut short') },
  ]);
});

test('nothing is nothing', () => {
  expect(counts(surveyed([]))).toEqual([0, 0, 0, 0]);
  expect(surveyed([Buffer.alloc(0)]).part).toMatchObject({ bytes: 0, samples: [], remarks: [] });
});

test.each([
  ['as long as a line may be', LONGEST_LINE_BYTES, expect.not.stringContaining('longer')],
  ['longer by a byte', LONGEST_LINE_BYTES + 1, 'a line longer than 1 MiB'],
  ['of ten million bytes', 10_000_000, 'a line longer than 1 MiB'],
])('a line %s is malformed, and those around it are not', (_, bytes, why) => {
  const before = `${commonLine(1, 500)}\n`;
  const text = Buffer.from(`${before}${'x'.repeat(bytes)}\n${commonLine(2, 500)}\n`);
  const { part, lines } = surveyed(chunksOf(text, LARGEST_FEED_BYTES));
  expect(part).toMatchObject({ bytes: text.length, requests: 2, malformed: 1, failed: 2 });
  expect(part.samples).toMatchObject([{ offset: before.length, why }]);
  expect(lines.map(({ offset }) => offset)).toEqual([0, text.length - before.length]);
});

test('a line that is too long and never ends is one malformed line', () => {
  const text = Buffer.alloc(3_000_000, 'x');
  expect(counts(surveyed(chunksOf(text, LARGEST_FEED_BYTES)))).toEqual([0, 1, 0, 0]);
});

test('samples are few, printable and short, whatever a log holds', () => {
  const hostile = `\u001b[2J\u0000\u0007\u202e${'y'.repeat(500)}`;
  const text = Buffer.from(`${`${hostile}\n`.repeat(30)}${commonLine(1)}\n`);
  const { part } = surveyed([text]);
  expect(part).toMatchObject({ requests: 1, malformed: 30 });
  expect(part.samples).toHaveLength(20);
  for (const { text: sample } of part.samples) {
    expect(sample).toMatch(/^[\x20-\x7e]{1,200}$/);
    expect(sample).toContain('\\u{1b}[2J\\u{0}\\u{7}\\u{202e}yyy');
  }
});

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(7_000), fc.constantFrom(200, 404, 500, 503, '-'))
      .map(([at, status]) => commonLine(at, status)),
  },
  fc.constantFrom('', '\r', 'no line', '\u0000\u0000', `${commonLine(5)}\r`, 'é"['),
);

test('where chunks are divided does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 40 }),
      (lines, endsWithNewline, sizes) => {
        const text = Buffer.from(lines.join('\n') + (endsWithNewline ? '\n' : ''));
        const chunks: Buffer[] = [];
        for (let at = 0, index = 0; at < text.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          chunks.push(text.subarray(at, at + size));
          at += size;
        }
        expect(surveyed(chunks)).toEqual(surveyed([text]));
      },
    ),
  );
});

test('lines are handed out whole, however many: batches grow and are used again', () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => commonLine(index % 7_000, 500, `/${index}`));
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const { lines: handed } = surveyed(chunksOf(text, LARGEST_FEED_BYTES));
  expect(handed.map(({ text: one }) => one)).toEqual(lines);
});
