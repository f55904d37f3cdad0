import type { FormatName } from '../../runbook/log-formats.ts';
import type { Instant } from '../../time.ts';
import type { ParsedLine } from '../base/record.ts';
import { BYTE, byteAt, indexOfByte, secondsOf, startsWith, statusOf } from '../lines/bytes.ts';
import { clockMs, isoDay } from '../lines/calendar.ts';
import { foreignWhy } from '../lines/foreign.ts';
import { LINE } from '../lines/line-format.ts';
import type { LineFormat, Surveyed } from '../lines/line-format.ts';
import { foreign, known, malformed, requestFound } from '../lines/parsed.ts';
import { isNoClient } from '../lines/prefix.ts';
import { words } from '../lines/quoted.ts';
import { sendable } from '../lines/request-line.ts';

/** How one program writes a line of named columns. */
export interface Table {
  readonly name: FormatName;
  /** Between two values of a line; the names in a `#Fields:` line have a space in any case. */
  readonly separator: typeof BYTE.tab | typeof BYTE.space;
  /** As W3C and CloudFront name them. */
  readonly columns: readonly string[];
  /** How many values an undamaged line may have, apart from all of them. */
  readonly earlierCounts?: readonly number[];
  /** So many columns of a `#Fields:` line must be those of the table; default: all. */
  readonly sameColumns?: number;
  /** Of `time-taken`. */
  readonly perSecond: 1 | 1_000;
  /** Undoes what the program does to the path, the query and the user agent. */
  readonly url: (text: string) => string;
  readonly userAgent: (text: string) => string;
  /** What cannot be known of a URL. */
  readonly doubtOf?: (url: string) => string | undefined;
}

export const FIELDS_DIRECTIVE = '#Fields:';

/** The names in a `#Fields:` line. */
export function columnsIn(line: string): readonly string[] {
  return line.slice(FIELDS_DIRECTIVE.length).trim().split(/\s+/);
}

/** Where the columns that are read stand; -1: nowhere. */
interface Places {
  readonly date: number;
  /** A clock, where there is a date; else seconds since 1970. */
  readonly time: number;
  readonly status: number;
  readonly method: number;
  readonly stem: number;
  readonly query: number;
  readonly hosts: readonly number[];
  readonly client: number;
  readonly userAgent: number;
  readonly id: number;
  readonly taken: number;
}

function placesOf(columns: readonly string[]): Places {
  const at = (...names: readonly string[]): number => columns.findIndex((name) => names.includes(name));
  const date = at('date');
  return {
    date,
    time: date < 0 ? at('timestamp') : at('time'),
    status: at('sc-status'),
    method: at('cs-method'),
    stem: at('cs-uri-stem'),
    query: at('cs-uri-query'),
    hosts: ['x-host-header', 'cs-host', 'cs(Host)'].map((name) => at(name)).filter((place) => place >= 0),
    client: at('c-ip'),
    userAgent: at('cs(User-Agent)', 'cs-user-agent'),
    id: at('x-edge-request-id'),
    taken: at('time-taken'),
  };
}

/** The columns without which no request can be read. */
export function missingColumn(columns: readonly string[]): string | undefined {
  const { date, time, status, method, stem } = placesOf(columns);
  if (time < 0) return date < 0 ? 'date' : 'time';
  if (status < 0) return 'sc-status';
  if (method < 0) return 'cs-method';
  return stem < 0 ? 'cs-uri-stem' : undefined;
}

/** A log whose lines are values of the same columns, as the W3C describes it. Times are UTC: when the answer ended. */
export function columnsFormat(table: Table): LineFormat {
  const lines = new TableLines(table);
  return {
    name: table.name,
    survey: (bytes, start, end, out) => lines.survey(bytes, start, end, out),
    parse: (line) => lines.parse(line),
  };
}

class TableLines {
  readonly #table: Table;
  readonly #places: Places;
  /** Where the values begin up to the last that the survey needs. One line is read at a time. */
  readonly #starts: Int32Array;
  readonly #own: Surveyed = { kind: LINE.request, at: 0, status: 0 };

  constructor(table: Table) {
    this.#table = table;
    this.#places = placesOf(table.columns);
    const { date, time, status } = this.#places;
    this.#starts = new Int32Array(Math.max(date, time, status) + 1);
  }

  survey(bytes: Uint8Array, start: number, end: number, out: Surveyed): void {
    const isSplit = this.#split(bytes, start, end);
    out.at = isSplit ? this.#instant(bytes, end) : -1;
    out.status = out.at < 0 ? -1 : this.#status(bytes, end);
    if (out.status >= 0) {
      out.kind = LINE.request;
      return;
    }
    out.status = 0;
    out.at = -1;
    if (this.#isDirective(bytes, start, end)) out.kind = LINE.directive;
    else if (foreignWhy(bytes, start, end, this.#table.name) !== undefined) out.kind = LINE.foreign;
    else out.kind = LINE.malformed;
  }

  parse(line: Buffer): ParsedLine {
    this.survey(line, 0, line.length, this.#own);
    if (this.#own.kind === LINE.directive) return { kind: 'directive' };
    if (this.#own.kind !== LINE.request) return this.#unread(line);
    const { columns, earlierCounts = [], perSecond, doubtOf } = this.#table;
    const separator = String.fromCharCode(this.#table.separator);
    const values = line.toString('latin1').split(separator, columns.length);
    const { method, stem, query, hosts, client, userAgent, id, taken } = this.#places;
    // A path or a query is whole where another value follows it.
    const needed = Math.max(method, stem, query) + 1;
    if (values.length < Math.min(needed + 1, columns.length))
      return malformed('fields are missing: the line is cut short');
    const value = (place: number): string | undefined => known(values[place]);
    const url = this.#urlOf(value(stem) ?? '', value(query));
    const asked = sendable(value(method) ?? '', url);
    if (typeof asked === 'string') return malformed(asked);
    const host = hosts.map(value).find((one) => one !== undefined);
    const address = value(client);
    const agent = value(userAgent);
    const ray = value(id);
    const duration = Buffer.from(value(taken) ?? '', 'latin1');
    const seconds = secondsOf(duration, 0, duration.length);
    const doubt = doubtOf?.(url);
    return requestFound({
      ...{ at: this.#own.at, status: this.#own.status, method: asked.method, url: asked.url },
      host: host && words(host),
      client: address === undefined || isNoClient(address) ? undefined : words(address),
      userAgent: agent && words(this.#table.userAgent(agent)),
      headers: ray === undefined ? [] : [['x-amz-cf-id', words(ray)]],
      body: undefined,
      payload: 'url-only',
      latencySeconds: seconds === undefined ? undefined : seconds / perSecond,
      isCut: values.length < columns.length && !earlierCounts.includes(values.length),
      ...(doubt !== undefined && { doubts: [doubt] }),
    });
  }

  /** Real-time logs of CloudFront have the query in the path, and once more by itself. */
  #urlOf(stem: string, query: string | undefined): string {
    const whole = query === undefined || stem.includes('?') ? stem : `${stem}?${query}`;
    return this.#table.url(whole);
  }

  #unread(line: Buffer): ParsedLine {
    if (line.length === 0) return malformed('empty line');
    if (startsWith(line, 0, line.length, FIELDS_DIRECTIVE))
      return malformed(
        'the log has other fields from here on: the lines after it may be misread; split the file here',
      );
    const why = foreignWhy(line, 0, line.length, this.#table.name);
    if (why !== undefined) return foreign(why);
    const hasTime = this.#split(line, 0, line.length) && this.#instant(line, line.length) >= 0;
    return malformed(hasTime ? 'it has no status' : 'it has no time that exists');
  }

  /** Whether the line has all values that the survey needs; sets `#starts`. */
  #split(bytes: Uint8Array, start: number, end: number): boolean {
    const starts = this.#starts;
    const { separator } = this.#table;
    starts[0] = start;
    let found = 1;
    for (let index = start; found < starts.length && index < end; index += 1) {
      if (bytes[index] !== separator) continue;
      starts[found] = index + 1;
      found += 1;
    }
    return found === starts.length && end > start;
  }

  #endOf(bytes: Uint8Array, place: number, end: number): number {
    return indexOfByte(bytes, this.#table.separator, this.#starts[place] as number, end);
  }

  #instant(bytes: Uint8Array, end: number): Instant {
    const { date, time } = this.#places;
    const from = this.#starts[time] as number;
    const to = this.#endOf(bytes, time, end);
    if (date < 0) return epochMs(bytes, from, to);
    const first = this.#starts[date] as number;
    if (this.#endOf(bytes, date, end) - first !== 10 || to - from !== 8) return -1;
    const day = isoDay(bytes, first);
    const clock = clockMs(bytes, from);
    return day < 0 || clock < 0 ? -1 : day + clock;
  }

  #status(bytes: Uint8Array, end: number): number {
    const { status } = this.#places;
    return statusOf(bytes, this.#starts[status] as number, this.#endOf(bytes, status, end));
  }

  /** A `#Fields:` line with other columns is none: the lines after it could not be read. */
  #isDirective(bytes: Uint8Array, start: number, end: number): boolean {
    if (byteAt(bytes, start) !== BYTE.hash || start === end) return false;
    if (!startsWith(bytes, start, end, FIELDS_DIRECTIVE)) return startsWith(bytes, start, end, '#Version:');
    const { columns, sameColumns = columns.length } = this.#table;
    const told = columnsIn(
      Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'),
    );
    return (
      columns.slice(0, sameColumns).every((name, index) => told[index] === name) &&
      (sameColumns < columns.length || told.length === columns.length)
    );
  }
}

/** `1576180000.123`, as real-time logs of CloudFront have it. */
function epochMs(bytes: Uint8Array, start: number, end: number): Instant {
  const seconds = secondsOf(bytes, start, end);
  return seconds === undefined || seconds < 1e9 || seconds >= 1e11 ? -1 : Math.floor(seconds * 1_000 + 1e-3);
}
