import type { SqliteDatabase, Row } from '../../storage/sqlite-database.ts';
import type { Signal, SignalId } from '../journal.ts';
import { sealOf } from '../signal-seal.ts';
import { journalVersion, parseColumn } from './tables.ts';

const ADD = 'INSERT INTO signal (at, kind, by, reason) VALUES (?, ?, ?, ?)';
const DETAIL = 'UPDATE signal SET detail = ? WHERE id = ?';
const PENDING = 'SELECT id, at, kind, by, reason, detail FROM signal WHERE consumed = 0 ORDER BY id';
const PENDING_VERSION_1 =
  'SELECT id, at, kind, by, reason, NULL AS detail FROM signal WHERE consumed = 0 ORDER BY id';
/** Also removes the seal and the proof: a consumed signal that is marked pending from outside is then invalid. */
const CONSUME = 'UPDATE signal SET consumed = 1, detail = NULL WHERE id <= ? AND consumed = 0';

/** The details of a signal in one column of JSON, with the seal. */
type Detail = Pick<Signal, 'identity' | 'made' | 'meant' | 'proof'>;

/** Adds a sealed signal: a row that was inserted or edited by other programs is detected. */
export function addSignal(database: SqliteDatabase, runId: string, signal: Omit<Signal, 'id'>): void {
  const { at, kind, by, reason, identity, made, meant, proof } = signal;
  const detail: Detail = {
    ...(identity && { identity }),
    ...(made && { made }),
    ...(meant && { meant }),
    ...(proof && { proof }),
  };
  database.transaction(() => {
    const { rowId: id } = database.run(ADD, at, kind, by, reason ?? null);
    const seal = sealOf(runId, { id, at, kind, by, ...(reason !== undefined && { reason }), ...detail });
    database.run(DETAIL, JSON.stringify({ ...detail, seal }), id);
  });
}

export function readPendingSignals(database: SqliteDatabase, runId: string): readonly Signal[] {
  const rows = database.all(journalVersion(database) === 1 ? PENDING_VERSION_1 : PENDING);
  return rows.map((row) => asSignal(row, runId, database.file));
}

/** Up to and including `heard`. */
export function consumeSignals(database: SqliteDatabase, heard: SignalId): void {
  database.run(CONSUME, heard);
}

function asSignal(row: Row, runId: string, file: string): Signal {
  const { seal, ...detail } =
    row['detail'] === null
      ? {}
      : parseColumn<Detail & { readonly seal?: unknown }>(row['detail'], file, 'signal');
  const signal: Signal = {
    id: Number(row['id']),
    at: Number(row['at']),
    kind: row['kind'] as Signal['kind'],
    by: String(row['by']),
    ...(row['reason'] !== null && { reason: String(row['reason']) }),
    ...detail,
  };
  return seal === sealOf(runId, signal) ? signal : { ...signal, isAltered: true };
}
