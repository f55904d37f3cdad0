import { join } from 'node:path';
import { runSurvey } from '../../../src/backfill/survey/run-survey.ts';
import { tallyAt } from '../../../src/backfill/survey/survey-part.ts';
import type { Tally } from '../../../src/backfill/survey/survey-part.ts';
import { SurveyThread } from '../../../src/backfill/survey/survey-pool.ts';
import { openTextSources } from '../../../src/backfill/sources/text-sources.ts';
import { closeAll, linesFrom, scratchFolder, SETTINGS, surveyOf } from '../scan/logs.ts';

const scratch = scratchFolder();
const opening = { spoolDirectory: join(scratch.path, 'spool') };

test.each([1, 2])(
  'who takes the lines may fail: with %i threads the survey ends with that',
  async (threads) => {
    const path = scratch.file('taken.log', linesFrom(0, 10_000, 500));
    const sources = await openTextSources([{ path }], opening);
    const fails = () => Promise.reject(new Error('no room for it'));
    await expect(runSurvey(sources, SETTINGS, fails, { threads, rangeBytes: 100_000 })).rejects.toThrow(
      'no room for it',
    );
    expect((await surveyOf(sources)).survey.sources[0]?.failed).toBe(10_000);
    await closeAll(sources);
  },
);

test.each([1, 2])('with %i threads it ends when it is told to, with the reason', async (threads) => {
  const path = scratch.file('stopped.log', linesFrom(0, 40_000, 500));
  const sources = await openTextSources([{ path }], opening);
  const stop = new AbortController();
  let batches = 0;
  const take = () => {
    batches += 1;
    stop.abort(new Error('enough'));
  };
  const options = { threads, rangeBytes: 1_000_000, signal: stop.signal };
  await expect(runSurvey(sources, SETTINGS, take, options)).rejects.toThrow('enough');
  expect(batches).toBe(1);
  await expect(runSurvey(sources, SETTINGS, take, options)).rejects.toThrow('enough');
  await closeAll(sources);
});

test.each([1, 2])('with %i threads a file that cannot be read is an error that names it', async (threads) => {
  const path = scratch.file('closed.log', linesFrom(0, 100));
  const sources = await openTextSources([{ path }], opening);
  const broken = sources.map((source) => ({
    ...source,
    file: { hold: () => 999_999, release: () => undefined },
  }));
  await expect(surveyOf(broken, { threads, rangeBytes: 1_000 })).rejects.toMatchObject({
    name: 'LifeboatError',
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining(path),
  });
  await closeAll(sources);
});

test.each([
  ['throws', 'throw new Error("worker bug")', 'worker bug'],
  ['ends', 'process.exit(3)', 'ended with 3'],
])('a worker that %s is an error, not a wait', async (_, code, message) => {
  const entry = scratch.file('worker.mjs', code);
  const thread = new SurveyThread(
    SETTINGS,
    { deliver: async () => undefined, progress: () => undefined },
    entry,
  );
  const task = {
    ...{ source: 1, name: 'a.log', formatName: 'common' as const, descriptor: 0, compressed: false },
    ...{ bytes: 0, from: 0, to: 0 },
  };
  await expect(thread.run(task)).rejects.toThrow(message);
  await expect(thread.run(task)).rejects.toThrow(message);
  await thread.stop();
});

test('there is a limit to the buckets of time that are held', () => {
  const buckets = new Map<number, Tally>();
  const fill = () => {
    for (let start = 0; ; start += 1) tallyAt(buckets, start);
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'FILE_TOO_LARGE' }));
  expect(buckets.size).toBe(1_000_000);
});
