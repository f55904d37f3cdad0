/** How many seeds `npm test` plays. */
export const STORM_SEEDS = 20;
export const CRASH_SEEDS = 5;
export const RESTART_SEEDS = 20;
