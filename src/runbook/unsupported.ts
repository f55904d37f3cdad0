import type { Advice } from '../advice.ts';
import type { DocumentPath } from '../document/complaints.ts';
import { happensIn } from '../kinds/drill-rules.ts';
import type { DrillSubject } from '../kinds/drill-rules.ts';

/** A part of a valid runbook that this version does not carry out. */
export interface UnsupportedPart {
  /** Where it stands in the runbook. */
  readonly path: DocumentPath;
  /** Short name, e.g. `warmup` or `strategy read-through`. */
  readonly part: string;
  readonly message: string;
  /** The message without its period, to be put into another sentence. */
  readonly clause: string;
  readonly next: Advice;
  /** `refused`: no run starts with it. `not-exercised`: the run goes on without it and its report says so. */
  readonly effect: 'refused' | 'not-exercised';
}

export type Mode = 'restore' | 'drill';

const DO_BY_HAND = 'Take it out of the runbook and do it by hand, or use a version that supports it.';
export const OTHER_STRATEGY = 'List strategies that are supported, or [auto] to let the planner choose.';

export function refused(
  path: DocumentPath,
  part: string,
  message: string,
  next: Advice = DO_BY_HAND,
): UnsupportedPart {
  return { path, part, message: `${message}.`, clause: message, next, effect: 'refused' };
}

export function notExercised(
  path: DocumentPath,
  part: string,
  message: string,
  next: Advice,
): UnsupportedPart {
  return { path, part, message: `${message}.`, clause: message, next, effect: 'not-exercised' };
}

/** What is refused in a restore, and left out of a drill anyway. */
export function onlyOutsideDrills(
  path: DocumentPath,
  part: string,
  message: string,
  mode: Mode,
  subject: DrillSubject,
): UnsupportedPart {
  if (happensIn(mode, subject)) return refused(path, part, message);
  return notExercised(
    path,
    part,
    `${message}; a drill leaves production alone in any case`,
    'Rehearse this step by hand.',
  );
}
