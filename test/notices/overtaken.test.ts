import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNotices, type Notices } from '../../src/hosts/notices.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createSqliteJournal, openSqliteJournal } from '../../src/journal/sqlite/open-journal.ts';
import type { Pulse } from '../../src/journal/sqlite/takeover.ts';
import { sampleDecision, sampleRecord, START } from '../journal/fixtures/samples.ts';
import { answers, closeReceivers, receiver, type Receiver } from './servers.ts';
import { entryAt } from '../../src/workflow/timeline/timeline.ts';

/** Gives no sign of life, as a process that is stopped. */
const STOPPED: Pulse = { everyMs: 1_000_000, patienceMs: 1_000_000 };
const IMPATIENT: Pulse = { everyMs: 40, patienceMs: 100 };

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-overtaken-'));
});
afterEach(() => {
  closeReceivers();
  rmSync(directory, { recursive: true, force: true });
});

const entry = (by: string) => entryAt(START, 'run', { code: 'signal.resumed', data: { by } });

/** Writes one entry that is news, and tells everybody who listens in this machine. */
async function happens(journal: Journal, sequence: number, who: readonly Notices[]): Promise<void> {
  const timeline = [entry(`number-${sequence}`)];
  await journal.commit({ decisions: [sampleDecision('recovery', sequence, { timeline })] });
  for (const notices of who) notices.onTimeline(timeline);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const toldBy = ({ received }: Receiver) => received.map(({ body }) => /number-\d/.exec(body)?.[0]);

/** A driver that tells one piece of news, is stopped, taken over from, and continued. */
async function takenOver() {
  const hook = await receiver(answers(200));
  const record = { ...sampleRecord(), notify: [{ webhook: hook.url.href }] };
  await (await createSqliteJournal({ directory, record })).close();
  const warn = (): void => undefined;
  const options = { log: { warn }, env: {} };
  const old = await openSqliteJournal(directory, { pulse: STOPPED });
  await old.acquire();
  const oldNotices = await openNotices({ journal: old, ...options });
  await happens(old, 1, [oldNotices]);
  await until(() => hook.received.length === 1);
  const next = await openSqliteJournal(directory, { pulse: IMPATIENT });
  await next.acquire({ takeOver: true });
  const nextNotices = await openNotices({ journal: next, ...options });
  return { hook, old, oldNotices, next, nextNotices };
}

test('an overtaken process that is continued delivers nothing that its successor delivers', async () => {
  const { hook, old, oldNotices, next, nextNotices } = await takenOver();
  await happens(next, 2, [nextNotices]);
  await until(() => hook.received.length >= 2);
  // Continued, it hears of the same news, and of more.
  oldNotices.onTimeline([entry('someone')]);
  await happens(next, 3, [oldNotices, nextNotices]);
  expect(await oldNotices.end()).toEqual([]);
  expect(await nextNotices.end()).toEqual([]);
  expect(toldBy(hook)).toEqual(['number-1', 'number-2', 'number-3']);
  await next.close();
  await old.close();
});
