import type { Json } from '../../workflow/base/decision.ts';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { checkSeal } from './decision-rows.ts';
import { journalVersion, parseColumn, seal } from './tables.ts';

const KEEP =
  'INSERT INTO fact (name, value, seal) SELECT ?, ?, ? WHERE (SELECT epoch FROM driver) = ? ' +
  'ON CONFLICT (name) DO UPDATE SET value = excluded.value, seal = excluded.seal';

/** False when another process has become the driver since `epoch`. */
export function putValue(database: SqliteDatabase, epoch: number, name: string, value: Json): boolean {
  const text = JSON.stringify(value);
  return database.run(KEEP, name, text, seal(name, text), epoch).changes > 0;
}

export function readValue(database: SqliteDatabase, name: string): Json | undefined {
  // Version 1 kept no facts.
  if (journalVersion(database) === 1) return undefined;
  const row = database.first('SELECT name, value, seal FROM fact WHERE name = ?', name);
  if (row === undefined) return undefined;
  checkSeal(database.file, row, ['name', 'value'], `fact '${name}'`);
  return parseColumn<Json>(row['value'], database.file, 'fact');
}

/** Facts under which the parts of {@link JournalState.memo} are kept. */
const MEMO = 'memo/';

export function keepMemo(database: SqliteDatabase, epoch: number, part: string, value: Json): boolean {
  return putValue(database, epoch, MEMO + part, value);
}

export function readMemo(database: SqliteDatabase): Json | undefined {
  if (journalVersion(database) === 1) return undefined;
  const names = database.all("SELECT name FROM fact WHERE name >= 'memo/' AND name < 'memo0'");
  const parts = names.map(({ name }) => [String(name), readValue(database, String(name)) ?? null] as const);
  return names.length === 0
    ? undefined
    : Object.fromEntries(parts.map(([name, value]) => [name.slice(MEMO.length), value]));
}
