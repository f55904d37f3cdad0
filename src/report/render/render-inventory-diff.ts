import type { DiffChange, DiffEntry, InventoryDiff } from '../../inventory/diff.ts';
import { formatDuration, parseInstant, SECOND_MS } from '../../time.ts';
import { isoMoment, UNBOUNDED } from '../layout/format.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { listed, plain } from '../layout/plain.ts';
import { hanging } from '../layout/text.ts';

/** Names shown of each list, and changes in all; `--json` has every one. */
const NAMES_SHOWN = 8;
const CHANGES_SHOWN = 40;
const LONGEST_VALUE = 60;

/** The differences of two captures of an account as text. */
export function renderInventoryDiff(diff: InventoryDiff, palette: Palette, width = UNBOUNDED): string {
  const { added, removed, changed, notCompared } = diff;
  const lines = [
    `Since the capture of ${isoMoment(diff.earlierAt)} (${spanOf(diff)}): ` +
      `${added.length} added, ${removed.length} removed, ${changed.length} changed.`,
    ...entryLines('+', added, palette.green, width),
    ...entryLines('-', removed, palette.red, width),
    ...changed.slice(0, CHANGES_SHOWN).flatMap((change) => changeLines(change, palette, width)),
  ];
  const rest = changed.length - CHANGES_SHOWN;
  if (rest > 0) lines.push(`  and ${rest.toLocaleString('en-US')} more changes: see --json.`);
  for (const { list, field, operation } of notCompared) {
    const what = field === undefined ? list : `${list}.${field}`;
    lines.push(
      `Not compared: ${what}, because ${plain(operation)} could not be read in one of the captures.`,
    );
  }
  return lines.join('\n');
}

function spanOf({ earlierAt, laterAt }: InventoryDiff): string {
  const [earlier = 0, later = 0] = [parseInstant(earlierAt), parseInstant(laterAt)];
  const seconds = (later - earlier) / SECOND_MS;
  return seconds < 0 ? `${formatDuration(-seconds)} later` : `${formatDuration(seconds)} earlier`;
}

function entryLines(
  sign: string,
  entries: readonly DiffEntry[],
  paint: Paint,
  width: number,
): readonly string[] {
  const lists = new Map<string, string[]>();
  for (const { list, id } of entries) lists.set(list, [...(lists.get(list) ?? []), id]);
  return [...lists].flatMap(([list, ids]) =>
    hanging(`  ${sign} `, `${list}: ${listed(ids, NAMES_SHOWN)}`, width).map(paint),
  );
}

function changeLines(change: DiffChange, palette: Palette, width: number): readonly string[] {
  const { list, id, field, from, to } = change;
  const isSame = JSON.stringify(from) === JSON.stringify(to);
  const what = isSame ? `has not moved on from ${shown(from)}` : `${shown(from)} -> ${shown(to)}`;
  return hanging('  ~ ', `${list}: ${plain(id)} ${plain(field)}: ${what}`, width).map(palette.yellow);
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return plain(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_VALUE);
}
