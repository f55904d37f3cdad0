/** What a drill does with something that a restore does. */
export interface DrillRule {
  /** `isolated`: with what the drill's isolation names instead of what production uses. `left-out`: never. */
  readonly inDrills: 'as-in-a-restore' | 'isolated' | 'left-out';
  /** A clause: the rule with its reason. */
  readonly why: string;
}

const asInRestore = (why: string): DrillRule => ({ inDrills: 'as-in-a-restore', why });
const isolated = (why: string): DrillRule => ({ inDrills: 'isolated', why });
const leftOut = (why: string): DrillRule => ({ inDrills: 'left-out', why });

/**
 * What a drill may not do, in one place. Conditions of a start, by the kind of the gate.
 */
const GATES = {
  approvals: leftOut('A drill needs no approvals'),
  window: leftOut('A drill waits for no change window'),
  freeze: leftOut('A drill is not held up by a freeze'),
  manual: leftOut('A drill skips manual steps'),
  cost: asInRestore('A drill costs what a restore costs: its limit holds'),
  start: asInRestore('What an alarm starts asks one approval, also in a drill'),
} as const satisfies Readonly<Record<string, DrillRule>>;

/** What a run does beside the steps of its resources. */
const PHASES = {
  forensics: leftOut('A drill leaves production alone: no snapshot is taken of the sources'),
  protection: leftOut('What a drill makes is removed at its end: no recovery point is taken of it'),
  productionInstance: leftOut('A drill attaches nothing to an instance of production'),
  cutover: leftOut('A drill leaves production alone in any case'),
  backfill: leftOut('A drill replays no traffic'),
} as const satisfies Readonly<Record<string, DrillRule>>;

/** Settings of what is made: the rows of the kinds' tables name them. */
const SETTINGS = {
  network: isolated('A drill makes its copies in the network and the zone that `drill.isolation` names'),
  publicAccess: leftOut('What a drill makes is never public'),
  deletionProtection: leftOut('A drill protects nothing from deletion: it removes what it made'),
  directory: leftOut('What a drill makes would join the directory of production'),
  databaseRoles: leftOut('With a role the copy could act on production'),
} as const satisfies Readonly<Record<string, DrillRule>>;

/** Operations of the steps of strategies, and those that undo them. */
const OPERATIONS = {
  createVolume: asInRestore('The volume carries the tag of the run, and is removed at the end'),
  enableFsr: asInRestore('Only for snapshots that have it off, and off again afterwards'),
  disableFsr: asInRestore('Only what the run switched on'),
  restoreDbInstance: asInRestore('The DB instance carries the tag of the run, and is removed at the end'),
  configureDbInstance: asInRestore('Only what the run made'),
  takeSnapshot: leftOut('A drill takes no snapshots: neither as evidence nor as a recovery point'),
  promoteReplica: leftOut('A drill never promotes: it would end the replication'),
  attachVolume: isolated('A drill attaches volumes to the instance that `drill.isolation` names alone'),
  detachVolume: asInRestore('Only what the run attached'),
  copySnapshot: asInRestore('The copy carries the tag of the run, and is removed at the end'),
  copyVolume: asInRestore(
    'A read of the source; the copy carries the tag of the run, and is removed at the end',
  ),
} as const satisfies Readonly<Record<string, DrillRule>>;

export const DRILL_RULES = { ...GATES, ...PHASES, ...SETTINGS, ...OPERATIONS };

export type DrillSubject = keyof typeof DRILL_RULES;
export type OperationName = keyof typeof OPERATIONS;
export type SettingRule = keyof typeof SETTINGS;

/** Whether a run of this mode does it at all. What no rule speaks of is left out of drills. */
export function happensIn(mode: 'restore' | 'drill', subject: DrillSubject): boolean {
  return mode === 'restore' || DRILL_RULES[subject].inDrills !== 'left-out';
}

/** Why a step may not be part of a drill; `undefined` when it may. */
export function whyNotInDrills(step: {
  readonly operation?: string;
  readonly undo?: string;
  readonly irreversible?: true;
  readonly touchesProduction?: true;
}): string | undefined {
  if (step.irreversible === true) return 'A drill does nothing that cannot be undone';
  if (step.touchesProduction === true) return PHASES.productionInstance.why;
  for (const operation of [step.operation, step.undo]) {
    if (operation === undefined) continue;
    if (!Object.hasOwn(OPERATIONS, operation)) return `No rule says what a drill does with ${operation}`;
    const { inDrills, why } = OPERATIONS[operation as OperationName];
    if (inDrills === 'left-out') return why;
  }
  return undefined;
}
