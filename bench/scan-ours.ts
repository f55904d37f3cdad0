import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { forEachLine } from '../src/backfill/survey/batch-lines.ts';
import { runSurvey } from '../src/backfill/survey/run-survey.ts';
import { openTextSources } from '../src/backfill/sources/text-sources.ts';
import { answer, peakMiB } from './scan-answers.ts';
import type { ScanQuestion } from './scan-answers.ts';

const SETTINGS = { failed: ['5xx'], bucketMs: 60_000, select: { failed: true, spans: [] } };
const NEWLINE = Buffer.from('\n');

/** Errors per minute, and the failed lines into a file: in one pass, and without holding them. */
async function scan({ path, failedInto, threads }: ScanQuestion) {
  const sink = openSync(failedInto, 'w');
  const began = performance.now();
  const sources = await openTextSources([{ path }], { spoolDirectory: `${failedInto}.spool` });
  const survey = await runSurvey(
    sources,
    SETTINGS,
    (batch) => {
      const lines: Buffer[] = [];
      forEachLine(batch, (line) => lines.push(line, NEWLINE));
      writeSync(sink, Buffer.concat(lines));
    },
    { threads },
  );
  const ms = performance.now() - began;
  const peak = peakMiB();
  for (const source of sources) await source.close();
  closeSync(sink);
  const minutes = [...survey.buckets].map(
    ([start, { requests, errors }]) =>
      [new Date(start).toISOString().slice(0, 16), requests, errors] as const,
  );
  return { ms, peakMiB: peak, minutes, failedAt: timesIn(failedInto) };
}

function timesIn(file: string): readonly string[] {
  const lines = readFileSync(file, 'latin1').split('\n').slice(0, -1);
  return lines.map((line) => line.split(' ', 2)[1] ?? '').sort();
}

answer(scan);
