/** Between two looks of a run at its resources, at least and at most; in between, this fraction of the forecast. */
const LOOK_MIN_SECONDS = 10;
const LOOK_MAX_SECONDS = 60;
const LOOKS_A_RUN = 240;

/**
 * Seconds between two looks of a run that is forecast to take `rtaSeconds` (p50): whole tens, so that looks can stand on a grid.
 *
 * @example lookEverySeconds(3_600) // 20
 */
export function lookEverySeconds(rtaSeconds: number): number {
  // A journal keeps infinity as null.
  const wanted = Number.isFinite(rtaSeconds) ? rtaSeconds / LOOKS_A_RUN : LOOK_MAX_SECONDS;
  const bounded = Math.min(LOOK_MAX_SECONDS, Math.max(LOOK_MIN_SECONDS, wanted));
  return Math.round(bounded / LOOK_MIN_SECONDS) * LOOK_MIN_SECONDS;
}
