import { stripVTControlCharacters } from 'node:util';
import { SECOND_MS, type Instant } from '../../time.ts';
import { clock, elapsed, forecastText, seconds } from '../layout/format.ts';
import { objectiveWord } from '../model/judgement.ts';
import { countedStates, liveTable, worstFirst } from './live-resources.ts';
import type { LiveModel, LiveObjective, LivePhase, LiveResource } from '../model/live-model.ts';
import { rtoLeftSeconds } from '../model/live-model.ts';
import { sentenceOf } from '../../sentences/timeline.ts';
import type { Paint, Palette } from '../layout/palette.ts';
import { plain } from '../layout/plain.ts';
import { displayWidth, hanging, truncate, truncateMiddle } from '../layout/text.ts';

export interface LiveFrame {
  /** Columns. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  readonly palette: Palette;
}

interface Line {
  /** Safe to print, not yet cut to the width. */
  readonly text: string;
  /** Put on after it was cut. */
  readonly paint?: Paint;
}

/** A part of the view. Parts are shown in their order, but lines are given out by rank where there are few. */
interface Part {
  readonly rank: number;
  /** The fewest lines that are of use. */
  readonly least: number;
  readonly most: number;
  readonly draw: (lines: number) => readonly Line[];
}

const LABEL_WIDTH = 10;
/** Below this the labels would take the room of what they label. */
const LEAST_WIDTH_FOR_LABELS = 50;
/** On a terminal lower than this, finished phases are left out. */
const LOW = 12;
const MOST_TIMELINE = 5;
const MOST_WAITS = 6;

/**
 * The live view: never wider than `width` columns, never higher than `height` lines. What matters most to the operator of a
 * recovery is kept longest: the state, the time left, what it waits for.
 *
 * @example renderLive(model, { width: 80, height: 20, palette: PLAIN_PALETTE })
 */
export function renderLive(model: LiveModel, frame: LiveFrame): string {
  const width = Math.max(0, Math.floor(frame.width));
  const height = Math.max(0, Math.floor(frame.height));
  const sized = { ...frame, width, height };
  const isRecovered = model.recoveredAt !== undefined;
  const parts = [
    titlePart(model, sized),
    objectivePart('RTO', 1, model.rto, isRecovered, rtoText(model), sized),
    objectivePart('RPO', 6, model.rpo, isRecovered, rpoText(model), sized),
    waitsPart(model, sized),
    waysPart(model, sized),
    phasesPart(model, sized),
    countsPart(model, sized),
    resourcesPart(model, sized),
    timelinePart(model, sized),
  ].filter(({ most }) => most > 0);
  return parts
    .flatMap((part, index) => part.draw(shares(parts, height)[index] ?? 0))
    .map(({ text, paint }) => {
      const cut = displayWidth(text) > width ? truncate(stripVTControlCharacters(text), width) : text;
      return paint === undefined ? cut : paint(cut);
    })
    .join('\n');
}

/** How many lines each part gets: first what it needs at all, then what it can use; by rank. */
function shares(parts: readonly Part[], height: number): readonly number[] {
  const given = parts.map(() => 0);
  const byRank = parts.map((part, index) => ({ part, index })).sort((a, b) => a.part.rank - b.part.rank);
  let left = height;
  for (const wanted of ['least', 'most'] as const) {
    for (const { part, index } of byRank) {
      const more = Math.min(left, part[wanted] - (given[index] ?? 0));
      // Half of what a part needs to be understood is worth nothing.
      if (more <= 0 || (wanted === 'least' && more < part.least)) continue;
      given[index] = (given[index] ?? 0) + more;
      left -= more;
    }
  }
  return given;
}

function labelled(label: string, text: string, width: number): readonly string[] {
  if (width < LEAST_WIDTH_FOR_LABELS) return hanging('', `${label} ${text}`, width);
  return hanging(label.padEnd(LABEL_WIDTH), text, width);
}

/** A part that is text: what does not fit ends in an ellipsis. */
function textPart(rank: number, lines: readonly string[], width: number, paint?: Paint): Part {
  return {
    rank,
    least: Math.min(1, lines.length),
    most: lines.length,
    draw: (count) =>
      lines.slice(0, count).map((text, index) => ({
        text: index === count - 1 && count < lines.length ? ellipsis(text, width) : text,
        ...(paint !== undefined && { paint }),
      })),
  };
}

function ellipsis(text: string, width: number): string {
  return displayWidth(text) + 2 <= width ? `${text} …` : `${truncate(text, width - 1).replace(/…$/, '')}…`;
}

function titlePart(model: LiveModel, { width, palette }: LiveFrame): Part {
  const { runId, runbook, mode, status, phase, asOf, incidentAt } = model;
  const since = elapsed(asOf, incidentAt);
  const where = status === 'running' ? `RUNNING, ${phase}` : status.toUpperCase();
  const full = `${plain(runId)}  ${mode} of ${plain(runbook)}  ${where}  ${since}`;
  const head = `${where} ${since}`;
  const text =
    displayWidth(full) <= width
      ? full
      : `${head} ${truncateMiddle(plain(runId), Math.max(0, width - displayWidth(head) - 1))}`.trimEnd();
  return textPart(0, [text], width, palette.bold);
}

function objectivePart(
  label: string,
  rank: number,
  objective: LiveObjective,
  isRecovered: boolean,
  text: string,
  { width, palette }: LiveFrame,
): Part {
  const paints = { 'on-track': palette.green, 'at-risk': palette.yellow, breached: palette.red };
  const word = objectiveWord(objective, isRecovered);
  const lines = labelled(label, `${word}  ${text}`, width);
  const [first = ''] = lines;
  const paint: Paint = (cut) => cut.replace(word, paints[objective.state]);
  // One line each at every width: the time left stands first.
  return textPart(rank, lines.length > 1 ? [`${first} …`] : lines, width, paint);
}

function rtoText(model: LiveModel): string {
  const { promisedSeconds, forecastSeconds } = model.rto;
  const left = rtoLeftSeconds(model);
  const promised = seconds(promisedSeconds);
  if (model.recoveredAt !== undefined)
    return `recovered after ${seconds(promisedSeconds - left)}, ${promised} promised`;
  const time = left >= 0 ? `${seconds(left)} left of ${promised}` : `${seconds(-left)} over ${promised}`;
  const count = (wanted: LiveResource['state']): number =>
    model.resources.filter(({ state }) => state === wanted).length;
  return `${time}, ${forecastText(forecastSeconds, { failed: count('failed'), halted: count('halted') })}`;
}

function rpoText({ rpo }: LiveModel): string {
  const lost =
    rpo.forecastSeconds === null ? 'data lost is not known' : `${seconds(rpo.forecastSeconds)} of data lost`;
  return `${lost}, ${seconds(rpo.promisedSeconds)} promised`;
}

function waitsPart({ waits }: LiveModel, { width, palette }: LiveFrame): Part {
  const lines = waits.flatMap((wait) => labelled('waiting', plain(wait), width));
  return textPart(2, lines.slice(0, MOST_WAITS), width, palette.yellow);
}

function waysPart({ ways }: LiveModel, { width }: LiveFrame): Part {
  const lines = ways.flatMap((way, index) => labelled(index === 0 ? 'to go on' : '', plain(way), width));
  return textPart(5, lines.slice(0, MOST_WAITS), width);
}

function phasesPart(model: LiveModel, { width, height, palette }: LiveFrame): Part {
  const named = (state: LivePhase['state'], word: string): readonly string[] => {
    const phases = model.phases.filter((phase) => phase.state === state);
    return phases.length === 0
      ? []
      : [`${word} ${phases.map((phase) => phaseText(phase, model.asOf)).join(', ')}`];
  };
  const [done, now, toCome] = [named('done', 'done'), named('now', 'now'), named('to-come', 'to come')];
  const inOrder = labelled('phases', [...done, ...now, ...toCome].join('; '), width);
  const most = Math.min(inOrder.length, height < LOW ? 1 : inOrder.length);
  const nowFirst = labelled('phases', [...now, ...toCome, ...done].join('; '), width);
  const paint: Paint = (cut) => cut.replace(/\bnow [a-z]+/, palette.bold);
  const whole = textPart(3, inOrder, width, paint);
  const part = textPart(3, nowFirst, width, paint);
  return {
    ...whole,
    most: model.phases.length === 0 ? 0 : most,
    draw: (count) => (count < inOrder.length ? part : whole).draw(count),
  };
}

function phaseText({ name, startedAt, endedAt }: LivePhase, asOf: Instant): string {
  if (startedAt === undefined) return name;
  return `${name} ${seconds(Math.max(0, (endedAt ?? asOf) - startedAt) / SECOND_MS)}`;
}

function countsPart({ resources }: LiveModel, { width }: LiveFrame): Part {
  const ready = resources.filter(({ isReady }) => isReady).length;
  const failed = resources.filter(({ state }) => state === 'failed').length;
  const others = resources.filter(({ isReady, state }) => !isReady && state !== 'failed');
  const text = `${ready.toLocaleString('en-US')} of ${resources.length.toLocaleString('en-US')} ready, ${failed.toLocaleString('en-US')} failed${others.length === 0 ? '' : `, ${countedStates(others)}`}`;
  const [first = '', ...rest] = labelled('resources', text, width);
  return textPart(4, [rest.length > 0 ? `${first} …` : first], width);
}

/** All of them in plan order where they fit; otherwise the worst and slowest, and how many the others are. */
function resourcesPart(model: LiveModel, frame: LiveFrame): Part {
  const { resources } = model;
  const rowsOf = (shown: readonly LiveResource[]): readonly Line[] =>
    liveTable(shown, model.asOf, frame).map((text) => ({ text }));
  return {
    rank: 7,
    least: 0,
    most: resources.length + 1,
    draw: (count) => {
      if (count >= resources.length + 1) return rowsOf(resources);
      if (count >= resources.length) return rowsOf(resources).slice(1);
      const hasRest = count >= 2;
      const sorted = [...resources].sort(worstFirst);
      const shown = sorted.slice(0, hasRest ? count - 1 : count);
      const rows = count === 0 ? [] : rowsOf(shown).slice(1);
      const rest = sorted.slice(shown.length);
      const text = `and ${rest.length.toLocaleString('en-US')} more: ${countedStates(rest)}`;
      return hasRest ? [...rows, { text, paint: frame.palette.dim }] : rows;
    },
  };
}

function timelinePart({ timeline }: LiveModel, { width, palette }: LiveFrame): Part {
  const last = timeline.slice(-MOST_TIMELINE);
  return {
    rank: 8,
    least: 0,
    most: last.length,
    draw: (count) =>
      (count === 0 ? [] : last.slice(-count)).map((entry) => ({
        text: truncate(`${clock(entry.at)}  ${plain(sentenceOf(entry))}`, width),
        paint: palette.dim,
      })),
  };
}
