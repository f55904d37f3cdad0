import { join } from 'node:path';
import { runHere, type Ended } from '../cli/run-here.ts';

/** Starts a restore at a terminal, with yes as the answer to its question. It ends when the run waits for approvals. Its state is in `waiting`. */
export const startByHand = (folder: string, args: readonly string[]): Promise<Ended> =>
  runHere(['restore', ...args, '--state', join(folder, 'waiting'), '--speed', 'max'], { answer: 'y' });
