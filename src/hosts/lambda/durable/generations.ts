import { hash32 } from '../../../hash.ts';
import type { Journal } from '../../../journal/journal.ts';

/** Name of the value that holds the generation of the execution that drives a run. */
const GENERATION_KEY = 'generation';

/** The generation of the latest execution that has driven a run; 0 if none has. Whoever starts another one gives it the next number. */
export async function generationOf(journal: Pick<Journal, 'value'>): Promise<number> {
  const value = await journal.value(GENERATION_KEY);
  return typeof value === 'number' ? value : 0;
}

/**
 * Whether a later execution drives the run, so that this one ends. `StopDurableExecution` does not stop a running invocation, and an operator may hand
 * back a run whose execution still lives: without the number both would go on, in turns.
 */
export async function isSuperseded(journal: Pick<Journal, 'value'>, generation: number): Promise<boolean> {
  return (await generationOf(journal)) > generation;
}

/** From now on this execution drives the run, and no earlier one. Only with the run's lease. */
export async function takeGeneration(
  journal: Pick<Journal, 'value' | 'putValue'>,
  generation: number,
): Promise<void> {
  if ((await generationOf(journal)) < generation) await journal.putValue(GENERATION_KEY, generation);
}

/** AWS's limit. */
const LONGEST_NAME = 64;

/**
 * The name of a durable execution: the same name starts one execution.
 *
 * @example executionName('orders-20261120T0300-1', 2) // 'orders-20261120T0300-1-2'
 */
export function executionName(runId: string, generation: number): string {
  if (generation === 1) return runId;
  const end = `-${generation}`;
  if (runId.length + end.length <= LONGEST_NAME) return `${runId}${end}`;
  const hash = hash32(runId).toString(16).padStart(8, '0');
  return `${runId.slice(0, LONGEST_NAME - end.length - hash.length - 1)}-${hash}${end}`;
}
