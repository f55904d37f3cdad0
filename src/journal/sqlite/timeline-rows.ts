import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import { legacyEntry } from '../../workflow/timeline/timeline.ts';
import { checkSeal } from './decision-rows.ts';
import { journalVersion, parseColumn } from './tables.ts';

const READ = 'SELECT number, at, subject, code, data, seal FROM timeline WHERE number > ? ORDER BY number';
/** A journal opened read-only keeps the tables of its version. */
const READ_OLD =
  'SELECT number, at, NULL AS subject, kind AS code, message AS data, seal FROM timeline WHERE number > ? ORDER BY number';

/** The entries of the timeline after the first `from`. Without a subject, a row is from before version 3: a kind and a sentence. */
export function readTimeline(database: SqliteDatabase, from: number): readonly TimelineEntry[] {
  const { file } = database;
  return database.all(journalVersion(database) < 3 ? READ_OLD : READ, from).map((row) => {
    const [at, code, data] = [Number(row['at']), String(row['code']), String(row['data'])];
    const isOld = row['subject'] === null;
    const columns = isOld ? ['at', 'code', 'data'] : ['at', 'subject', 'code', 'data'];
    checkSeal(file, row, columns, `timeline entry ${String(row['number'])}`);
    return isOld
      ? legacyEntry(at, code, data)
      : { at, subject: String(row['subject']), code, data: parseColumn<object>(data, file, 'timeline') };
  });
}
