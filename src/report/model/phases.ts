import { formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import { PHASE_NAMES, type PhaseName } from '../../workflow/recovery/phase.ts';
import { accountAt, endOf } from './outcome.ts';
import type { RunView } from './run-view.ts';

/** One phase of a run. Not reached: instants are null, `seconds` 0. Going on: `endedAt` null, `seconds` so far. Phases may overlap. */
export interface PhaseReport {
  readonly name: PhaseName;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly seconds: number;
  /** Something was really done in it; passing through it is not enough. */
  readonly exercised: boolean;
}

interface Span {
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
}

type Stamp = 'restoredAt' | 'warmedAt' | 'readyAt';

/** All eight phases in order, from when the recovery entered them and from the resources' own stamps. */
export function phasesOf(view: RunView, now?: Instant): readonly PhaseReport[] {
  const at = accountAt(view, now);
  return PHASE_NAMES.map((name) => {
    const { from, to } = spanOf(view, name);
    if (from === undefined) return { name, startedAt: null, endedAt: null, seconds: 0, exercised: false };
    const end = to === undefined ? undefined : Math.max(from, to);
    return {
      name,
      startedAt: formatInstant(from),
      endedAt: end === undefined ? null : formatInstant(end),
      seconds: Math.max(0, (end ?? at) - from) / SECOND_MS,
      exercised: name !== 'cutover' && (name !== 'backfill' || view.recovery?.backfills === true),
    };
  });
}

/** The phases that are under way, the run's own among them: several while they overlap. */
export function phasesUnderWay(view: RunView, now?: Instant): readonly string[] {
  const open = phasesOf(view, now).filter(({ startedAt, endedAt }) => startedAt !== null && endedAt === null);
  const names: readonly string[] = open.map(({ name }) => name);
  return names.includes(view.phase) ? names : [view.phase];
}

function spanOf(view: RunView, name: PhaseName): Span {
  switch (name) {
    case 'restore':
      return workSpan(view, name, allStamped(view, 'restoredAt'));
    case 'warmup':
      return workSpan(view, name, allStamped(view, 'warmedAt'));
    case 'verify': {
      const confirmedAt = view.recovery?.enteredAt['cutover'];
      const verified = confirmedAt === undefined ? undefined : [confirmedAt, ...stampsOf(view, 'readyAt')];
      return workSpan(view, name, verified && extreme(Math.max, verified));
    }
    case 'cutover':
    case 'backfill': {
      // No run moves traffic yet: only the time that people took to agree can be seen there.
      const isGated =
        view.record.mode === 'restore' && view.recovery?.gates.some((gate) => gate.before === name) === true;
      const isReplayed = name === 'backfill' && view.recovery?.backfills === true;
      return isGated || isReplayed ? turnSpan(view, name) : { from: undefined, to: undefined };
    }
    default:
      return turnSpan(view, name);
  }
}

/** A phase of the recovery as a whole: until the next one begins. */
function turnSpan(view: RunView, name: PhaseName): Span {
  const entered = view.recovery?.enteredAt ?? {};
  const later = PHASE_NAMES.slice(PHASE_NAMES.indexOf(name) + 1).flatMap((other) => entered[other] ?? []);
  return { from: entered[name], to: later.length > 0 ? Math.min(...later) : endOf(view) };
}

/** A phase that each resource passes on its own: from the first resource that enters it until the last one leaves it. */
function workSpan(view: RunView, name: PhaseName, leftAt: Instant | undefined): Span {
  const entered = view.recovery?.enteredAt ?? {};
  const stoppedAt = entered['cleanup'] ?? endOf(view) ?? (view.phase === 'halted' ? view.lastAt : undefined);
  return { from: entered[name], to: leftAt ?? stoppedAt };
}

/** The instant at which the last resource got the stamp; absent while one lacks it. */
function allStamped(view: RunView, stamp: Stamp): Instant | undefined {
  const stamps = stampsOf(view, stamp);
  return stamps.includes(undefined) ? undefined : extreme(Math.max, stamps);
}

function stampsOf(view: RunView, stamp: Stamp): readonly (Instant | undefined)[] {
  return view.resources.map((resource) => resource.context[stamp]);
}

function extreme(
  pick: (...values: number[]) => number,
  instants: readonly (Instant | undefined)[],
): Instant | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? undefined : known.reduce((one, other) => pick(one, other));
}
