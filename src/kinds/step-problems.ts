import { whyNotInDrills } from './drill-rules.ts';
import { STEP_PHASES, type StrategyStep } from './steps.ts';

/**
 * What is wrong with the steps of a strategy; empty for steps that the resource machine can walk. A kind that fails this is a bug: a test
 * checks every strategy of every kind in both modes.
 */
export function stepProblems(steps: readonly StrategyStep[], mode: 'restore' | 'drill'): readonly string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const roles = new Set<string>();
  const held = new Set<string>();
  let phase = 0;
  for (const step of steps) {
    const say = (problem: string): unknown => problems.push(`${step.id}: ${problem}`);
    if (ids.has(step.id)) say('another step has this id');
    const at = STEP_PHASES.indexOf(step.phase);
    if (at < phase) say(`the phase ${step.phase} comes after a later one`);
    for (const role of [...(step.on === undefined ? [] : [step.on]), ...(step.makes?.builtOn ?? [])]) {
      if (!roles.has(role)) say(`no earlier step makes the part ${role}`);
    }
    if (step.makes !== undefined && roles.has(step.makes.role)) say('an earlier step makes this part');
    for (const { pool } of step.holds ?? []) {
      if (step.newGrant === true && held.has(pool)) say(`it would wait for ${pool} while holding some of it`);
    }
    const why = mode === 'drill' ? whyNotInDrills(step) : undefined;
    if (why !== undefined) say(why);
    for (const problem of contradictionsOf(step)) say(problem);
    ids.add(step.id);
    phase = Math.max(phase, at);
    if (step.makes !== undefined) roles.add(step.makes.role);
    for (const { pool } of step.holds ?? []) held.add(pool);
  }
  return problems;
}

/** Properties of one step that exclude each other. */
function contradictionsOf(step: StrategyStep): readonly string[] {
  const { makes, operation, onFailure } = step;
  const gives = onFailure === 'remake' || onFailure === 'fallback';
  return [
    ...(makes !== undefined && operation === undefined ? ['a part is made without an operation'] : []),
    ...(step.gate !== undefined && operation === undefined ? ['a gate stands before no operation'] : []),
    ...(step.undo !== undefined && makes === undefined ? ['there is no part to undo'] : []),
    ...(step.irreversible === true && gives ? ['an irreversible step cannot be given up'] : []),
    ...(makes?.origin === 'existing' && onFailure === 'remake' ? ['an existing thing is never remade'] : []),
    ...(makes?.origin === 'existing' && makes.use === 'means' ? ['an existing thing is never removed'] : []),
  ];
}
