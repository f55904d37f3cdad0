import type { JournalDatabase, Row } from './database.ts';
import type { Signal } from './journal.ts';
import { journalVersion, parseColumn } from './tables.ts';

const ADD = 'INSERT INTO signal (at, kind, by, reason, detail) VALUES (?, ?, ?, ?, ?)';
const PENDING = 'SELECT id, at, kind, by, reason, detail FROM signal WHERE consumed = 0 ORDER BY id';
const PENDING_VERSION_1 =
  'SELECT id, at, kind, by, reason, NULL AS detail FROM signal WHERE consumed = 0 ORDER BY id';

/** What belongs to a signal beside its words; one column of JSON. */
type Detail = Pick<Signal, 'identity' | 'made' | 'meant'>;

export function addSignal(database: JournalDatabase, signal: Omit<Signal, 'id'>): void {
  const { at, kind, by, reason, identity, made, meant } = signal;
  const detail: Detail = {
    ...(identity && { identity }),
    ...(made && { made }),
    ...(meant && { meant }),
  };
  const text = Object.keys(detail).length === 0 ? null : JSON.stringify(detail);
  database.run(ADD, at, kind, by, reason ?? null, text);
}

export function readPendingSignals(database: JournalDatabase): readonly Signal[] {
  const rows = database.all(journalVersion(database) === 1 ? PENDING_VERSION_1 : PENDING);
  return rows.map((row) => asSignal(row, database.file));
}

function asSignal(row: Row, file: string): Signal {
  const { identity, made, meant } =
    row['detail'] === null ? ({} as Detail) : parseColumn<Detail>(row['detail'], file, 'signal');
  return {
    id: Number(row['id']),
    at: Number(row['at']),
    kind: row['kind'] as Signal['kind'],
    by: String(row['by']),
    ...(row['reason'] !== null && { reason: String(row['reason']) }),
    ...(identity && { identity }),
    ...(made && { made }),
    ...(meant && { meant }),
  };
}
