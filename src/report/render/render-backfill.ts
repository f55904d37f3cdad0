import { formatInstant, SECOND_MS } from '../../time.ts';
import { lostTotal, type BackfillResult } from '../../workflow/recovery/backfill-result.ts';
import { formatDuration } from '../../time.ts';
import { UNBOUNDED } from '../layout/format.ts';
import type { Palette } from '../layout/palette.ts';
import { renderTable } from '../layout/table.ts';
import { counted, plain } from '../layout/plain.ts';
import { displayWidth, hanging } from '../layout/text.ts';

/** More of these are in the JSON. */
const MOST_WINDOWS = 20;
const MOST_SAMPLES = 5;
const MOST_ACTIONS = 5;
const MOST_HOSTS = 10;

/** Everything about a backfill for people. */
export function renderBackfill(result: BackfillResult, palette: Palette, width = UNBOUNDED): string {
  return [
    ...sourcesPart(result, width),
    ...windowsPart(result, palette, width),
    ...classesPart(result, palette, width),
    ...replayPart(result, palette),
    ...hostsPart(result, width),
    ...ratesPart(result, width),
    ...samplesPart(result, width),
    ...actionsPart(result, palette, width),
    balanceLine(result, palette, width),
  ].join('\n');
}

function sourcesPart({ sources }: BackfillResult, width: number): readonly string[] {
  return sources.flatMap(({ name, format, lines, remarks }) => [
    `${plain(name)}: ${counted(lines, 'line')}, ${format}`,
    ...remarks.flatMap((remark) => hanging('  note: ', plain(remark), width)),
  ]);
}

function windowsPart({ windows }: BackfillResult, palette: Palette, width: number): readonly string[] {
  if (windows.length === 0) return ['', 'No window with an elevated error rate, and no gap.'];
  const more = windows.length - MOST_WINDOWS;
  return [
    '',
    ...windowLines(windows.slice(0, MOST_WINDOWS), palette, width),
    ...(more > 0 ? [`and ${more} more: see --json`] : []),
  ];
}

/** A table; where it does not fit, two lines a window: when an outage began and ended is never cut. */
function windowLines(windows: BackfillResult['windows'], palette: Palette, width: number): readonly string[] {
  const rows = windows.map(({ kind, start, end, requests, errors }) => ({
    kind,
    from: formatInstant(start),
    to: formatInstant(end),
    lasted: formatDuration((end - start) / SECOND_MS),
    requests: whole(requests),
    errors: whole(errors),
    rate: requests === 0 ? '-' : percent(errors / requests),
  }));
  const table = renderTable(
    [
      { title: 'window' },
      { title: 'from' },
      { title: 'to' },
      { title: 'lasted', align: 'right' },
      { title: 'requests', align: 'right' },
      { title: 'errors', align: 'right' },
      { title: 'rate', align: 'right' },
    ],
    rows.map((row) => Object.values(row)),
    Infinity,
    palette.dim,
  );
  if (table.slice(1).every((line) => displayWidth(line) <= width)) return table;
  return rows.flatMap(({ kind, from, to, lasted, requests, errors, rate }) =>
    hanging(
      `${kind}: `,
      `${from} to ${to}, ${lasted}: ${requests} requests, ${errors} errors, ${rate}`,
      width,
    ),
  );
}

function classesPart({ byClass }: BackfillResult, palette: Palette, width: number): readonly string[] {
  if (byClass.length === 0) return [];
  const rows = byClass.map(({ class: name, failed, recoverable }) => [
    plain(name),
    whole(failed),
    whole(recoverable),
  ]);
  const columns = [
    { title: 'missed, by class' },
    { title: 'requests', align: 'right' },
    { title: 'recoverable', align: 'right' },
  ] as const;
  const [title = '', ...lines] = renderTable(columns, rows, width, palette.dim);
  const because = (index: number): readonly string[] =>
    hanging('  ', plain(byClass[index]?.reason ?? ''), width).map(palette.dim);
  return ['', title, ...lines.flatMap((line, index) => [line, ...because(index)])];
}

function replayPart(result: BackfillResult, palette: Palette): readonly string[] {
  const { replayed, pending, sends, resentUnknown } = result;
  if (sends === 0) return pending === 0 ? [] : ['', `To be replayed: ${whole(pending)}`];
  const { succeeded, rejected, abandoned, ambiguous } = replayed;
  const line = [
    `${whole(succeeded)} succeeded`,
    `${whole(rejected)} rejected`,
    `${whole(abandoned)} abandoned`,
    `${whole(ambiguous)} ambiguous`,
    `${whole(pending)} to come`,
  ].join(', ');
  const paint = rejected + abandoned + ambiguous > 0 ? palette.yellow : palette.green;
  const again =
    resentUnknown === 0
      ? ''
      : `; ${whole(resentUnknown)} sent again without knowing whether they had arrived`;
  return ['', paint(`Replayed: ${line}`), `${counted(sends, 'send')}${again}`];
}

/** Of what is to be replayed, or was. */
function hostsPart({ hosts = [] }: BackfillResult, width: number): readonly string[] {
  if (!hosts.some(({ host }) => host !== null)) return [];
  const shown = hosts
    .slice(0, MOST_HOSTS)
    .map(({ host, requests }) => `${host === null ? 'not in the log' : plain(host, 80)} ${whole(requests)}`);
  const more = hosts.length - shown.length;
  return hanging('Hosts: ', [...shown, ...(more > 0 ? [`${more} more: see --json`] : [])].join(', '), width);
}

function ratesPart({ errorRate, lossRate, lossBasis }: BackfillResult, width: number): readonly string[] {
  return [
    '',
    ...hanging(`Error rate ${percent(errorRate)}, loss rate ${percent(lossRate)}: `, plain(lossBasis), width),
  ];
}

function samplesPart({ samples, malformed, foreign }: BackfillResult, width: number): readonly string[] {
  if (samples.length === 0) return [];
  const lines = samples
    .slice(0, MOST_SAMPLES)
    .flatMap(({ source, offset, kind, why, text }) =>
      hanging(`  ${kind}: `, `${plain(source)} at ${offset}: ${plain(why)}: ${plain(text, 120)}`, width),
    );
  return ['', `${whole(malformed)} malformed, ${whole(foreign)} of another kind; for example`, ...lines];
}

function actionsPart({ actions }: BackfillResult, palette: Palette, width: number): readonly string[] {
  const more = actions.length - MOST_ACTIONS;
  return [
    ...actions
      .slice(0, MOST_ACTIONS)
      .flatMap((action) => hanging('Do: ', plain(action), width).map(palette.yellow)),
    ...(more > 0 ? [`and ${counted(more, 'other thing')} to do: see --json`] : []),
  ];
}

/** The equation that holds at every end. */
function balanceLine(result: BackfillResult, palette: Palette, width: number): string {
  const {
    scanned,
    healthy,
    ordinaryErrors,
    clientRecovered,
    unrecoverable,
    pending,
    replayed,
    malformed,
    foreign,
  } = result;
  const sent = replayed.succeeded + replayed.rejected + replayed.abandoned + replayed.ambiguous;
  const parts = [
    `${whole(healthy)} healthy${ordinaryErrors === undefined ? '' : ` (${whole(ordinaryErrors)} ordinary errors outside the windows among them)`}`,
    `${whole(clientRecovered)} brought back by clients`,
    `${whole(unrecoverable)} unrecoverable`,
    `${whole(sent)} replayed`,
    ...(pending === 0 ? [] : [`${whole(pending)} to be replayed`]),
    `${whole(malformed)} malformed`,
    `${whole(foreign)} foreign`,
  ].join(' + ');
  const paint = result.balanced
    ? lostTotal(result) === 0
      ? palette.green
      : (text: string) => text
    : palette.red;
  const sign = result.balanced ? '=' : 'IS NOT';
  return hanging('Balance: ', `${whole(scanned)} scanned ${sign} ${parts}`, width)
    .map(paint)
    .join('\n');
}

function whole(count: number): string {
  return count.toLocaleString('en-US');
}

/** Two digits that mean something: `0.26 %`, `11 %`. */
export function percent(fraction: number): string {
  const value = fraction * 100;
  if (value === 0) return '0 %';
  if (value < 0.01) return '< 0.01 %';
  return `${Number(value < 10 ? value.toFixed(2) : value.toFixed(1))} %`;
}
