import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachLine } from '../../../src/backfill/survey/batch-lines.ts';
import { runSurvey } from '../../../src/backfill/survey/run-survey.ts';
import type { SurveyOptions } from '../../../src/backfill/survey/run-survey.ts';
import type { LineBatch, Survey } from '../../../src/backfill/base/survey.ts';
import type { SurveySettings } from '../../../src/backfill/survey/survey-settings.ts';
import { openTextSources } from '../../../src/backfill/sources/text-sources.ts';
import type { OpeningOptions } from '../../../src/backfill/sources/text-sources.ts';
import type { TextSource } from '../../../src/backfill/sources/text-source.ts';
import type { SourceSpec } from '../../../src/runbook/backfill-schema.ts';

/** A line in the common format, `second` seconds after 2021-04-01T12:00:00Z. */
export function commonLine(second: number, status: number | string = 200, path = '/'): string {
  const clock = [Math.floor(second / 3_600) + 12, Math.floor(second / 60) % 60, second % 60];
  const time = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return `192.0.2.${second % 250} - - [01/Apr/2021:${time} +0000] "GET ${path} HTTP/1.1" ${status} 23`;
}

/** Lines of `count` seconds in a row. */
export function linesFrom(first: number, count: number, status: number | string = 200): string {
  return Array.from({ length: count }, (_, index) => `${commonLine(first + index, status)}\n`).join('');
}

export const NOON = Date.UTC(2021, 3, 1, 12);

export const SETTINGS: SurveySettings = {
  failed: ['5xx'],
  bucketMs: 60_000,
  select: { failed: true, spans: [] },
};

/** An empty folder for one file of tests. */
export function scratchFolder(): {
  readonly path: string;
  file(name: string, text: string | Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'lifeboat-scan-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file: (name, text) => {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
}

/** A line that was handed out. */
export interface Handed {
  readonly source: number;
  readonly offset: number;
  readonly text: string;
}

/** Takes batches; `lines` are in the order of their places. */
export function gathering(): { take(batch: LineBatch): void; readonly lines: readonly Handed[] } {
  const lines: Handed[] = [];
  return {
    take: (batch) =>
      forEachLine(batch, (line, offset) =>
        lines.push({ source: batch.source, offset, text: line.toString('latin1') }),
      ),
    get lines() {
      return lines.toSorted((left, right) => left.source - right.source || left.offset - right.offset);
    },
  };
}

export interface Surveyed {
  readonly survey: Survey;
  readonly lines: readonly Handed[];
}

/** Surveys open sources, and gathers the lines. */
export async function surveyOf(
  sources: readonly TextSource[],
  options: Partial<SurveyOptions> = {},
  settings: SurveySettings = SETTINGS,
): Promise<Surveyed> {
  const gathered = gathering();
  const survey = await runSurvey(sources, settings, gathered.take, { threads: 1, ...options });
  return { survey, lines: gathered.lines };
}

/** Opens, surveys and closes. */
export async function surveyPaths(
  specs: readonly SourceSpec[],
  opening: OpeningOptions,
  options: Partial<SurveyOptions> = {},
  settings: SurveySettings = SETTINGS,
): Promise<Surveyed> {
  const sources = await openTextSources(specs, opening);
  try {
    return await surveyOf(sources, options, settings);
  } finally {
    await closeAll(sources);
  }
}

export async function closeAll(sources: readonly TextSource[]): Promise<void> {
  await Promise.all(sources.map((source) => source.close()));
}
