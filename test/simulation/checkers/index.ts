import type { Outcome } from '../outcome.ts';
import { checkAtMostOne } from './at-most-one.ts';
import { checkBlastRadius } from './blast-radius.ts';
import { checkDependencies } from './dependencies.ts';
import { checkEffectsBeforeJournal } from './effects-before-journal.ts';
import { checkEnds } from './ends.ts';
import { checkNothingLeft } from './nothing-left.ts';
import { checkQuotas } from './quotas.ts';
import { checkRecoveryPoints, checkUnmarked } from './recovery-points.ts';
import { checkReportEqualsWorld } from './report-equals-world.ts';

/** Each invariant by its name; a checker gives the violations it finds. */
export const checkers: Readonly<Record<string, (outcome: Outcome) => readonly string[]>> = {
  'at most one of anything survives': checkAtMostOne,
  'nothing is left after a drill or an abort': checkNothingLeft,
  'nothing outside the blast radius is touched': checkBlastRadius,
  'no effect before its journal entry': checkEffectsBeforeJournal,
  'what was recovered is protected, evidence is kept': checkRecoveryPoints,
  'the account is not marked for ever': checkUnmarked,
  'quotas are never exceeded': checkQuotas,
  'every run ends': checkEnds,
  'a resource waits for all that it depends on': checkDependencies,
  'the report equals the world': checkReportEqualsWorld,
};

export function violationsOf(outcome: Outcome): readonly string[] {
  return Object.entries(checkers).flatMap(([name, check]) =>
    check(outcome).map((violation) => `${name}: ${violation}`),
  );
}
