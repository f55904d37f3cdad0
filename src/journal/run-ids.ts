import { randomInt } from 'node:crypto';
import { distance } from 'fastest-levenshtein';
import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import { hash32 } from '../hash.ts';
import type { Instant } from '../time.ts';
import type { RunDraft } from './run-store.ts';

const RUN_ID = /^[a-z][a-z0-9-]{0,39}-\d{8}T\d{4}-\d{1,6}$/;

/** Resources carry the id of their run. In a real account other machines choose ids too, so the last part is random in a large range. */
const MOST_COUNTED = 900_000;

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** No id leads out of the place where a store keeps its runs. @throws LifeboatError `USAGE` */
export function requireRunId(runId: string): void {
  if (isRunId(runId)) return;
  throw new LifeboatError(
    'USAGE',
    `${JSON.stringify(runId.slice(0, 80))} is not the id of a run.`,
    advise`Give an id like orders-20261120T0300-1; ${lifeboat('runs')} lists them.`,
  );
}

/**
 * Ids of `runbook` at this minute (UTC), in the order in which a store tries them. With `isShared` a collision between machines is practically
 * impossible.
 */
export function* idsFor({ runbook, at, isShared }: Omit<RunDraft, 'record' | 'runId'>): Generator<string> {
  for (let counter = isShared ? randomInt(1, MOST_COUNTED) : 1; ; counter += 1)
    yield idOf(runbook, at, counter);
}

/** The id of the run that follows from `cause`, whatever machine derives it: what is asked for repeatedly begins one run. */
export function idFor(runbook: string, at: Instant, cause: string): string {
  return idOf(runbook, at, 1 + (hash32(`${runbook} ${cause}`) % MOST_COUNTED));
}

function idOf(runbook: string, at: Instant, counter: number): string {
  const minute = new Date(at).toISOString().slice(0, 16).replace(/[-:]/g, '');
  return `${runbook}-${minute}-${counter}`;
}

export function runbookOf(runId: string): string {
  return runId.replace(/-\d{8}T\d{4}-\d{1,6}$/, '');
}

interface Begun {
  readonly runId: string;
  readonly begunAt: number;
}

/** An order for `sort`: latest first. */
export function byAge(one: Begun, other: Begun): number {
  return other.begunAt - one.begunAt || counterOf(other.runId) - counterOf(one.runId);
}

function counterOf(runId: string): number {
  return Number(runId.slice(runId.lastIndexOf('-') + 1));
}

/** The error for a run that does not exist; names ids within typing distance. `where`: e.g. `under .lifeboat`. */
export function notFound(
  runId: string | undefined,
  known: readonly string[],
  where: { readonly place: string; readonly option: string },
): LifeboatError {
  const { place, option } = where;
  if (runId === undefined)
    return new LifeboatError(
      'RUN_NOT_FOUND',
      `There is no run ${place}.`,
      advise`${option}, or start with ${lifeboat('drill', 'RUNBOOK')}.`,
    );
  const close = closest(runId, known);
  return new LifeboatError(
    'RUN_NOT_FOUND',
    `There is no run '${runId}' ${place}.`,
    close.length === 0
      ? advise`${option}; ${lifeboat('runs')} lists what it holds.`
      : advise`Did you mean ${close.join(' or ')}? ${lifeboat('runs')} lists all.`,
  );
}

/** Up to three ids within typing distance, nearest first. */
function closest(wanted: string, known: readonly string[]): readonly string[] {
  return known
    .map((runId) => ({ runId, slips: runId.startsWith(wanted) ? 0 : distance(wanted, runId) }))
    .filter(({ slips }) => slips <= 4)
    .sort((left, right) => left.slips - right.slips || left.runId.localeCompare(right.runId))
    .slice(0, 3)
    .map(({ runId }) => runId);
}
