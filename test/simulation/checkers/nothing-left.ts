import type { Outcome } from '../outcome.ts';
import { keepsMade, madeBy } from './made.ts';

const ON = new Set(['enabling', 'optimizing', 'enabled']);

/** After a drill, or an abort that removes, nothing is left; fast snapshot restore is as it was before, whatever the end. */
export function checkNothingLeft(outcome: Outcome): readonly string[] {
  const { end, before, after } = outcome;
  const left = keepsMade(outcome) ? [] : madeBy(outcome).filter(({ isAlive }) => isAlive);
  const on = (world: typeof before): ReadonlySet<string> =>
    new Set(
      world.fsr.filter(({ state }) => ON.has(state)).map(({ snapshotId, zone }) => `${snapshotId}@${zone}`),
    );
  const [was, is] = [on(before), on(after)];
  return [
    ...left.map(({ id, resource }) => `${id} of ${resource} is left after ${end.phase}`),
    ...[...is].filter((key) => !was.has(key)).map((key) => `fast snapshot restore of ${key} was left on`),
    ...[...was]
      .filter((key) => !is.has(key))
      .map((key) => `fast snapshot restore of ${key} was switched off`),
  ];
}
