import type { Logger } from 'pino';
import type { Journal } from '../journal/journal.ts';
import type { TimelineListener } from '../driver/base/ports.ts';
import type { Host } from './host.ts';
import type { SimulationOptions } from './simulation.ts';

export interface ResumeOptions {
  readonly journal: Journal;
  /** Folder of the run. */
  readonly directory: string;
  /** How to drive a simulation. Both are ignored on a real account. */
  readonly simulated: Pick<SimulationOptions, 'speed' | 'answersApprovals'>;
  readonly onTimeline: TimelineListener;
  readonly log: Logger;
  /** A person sits before the run: it stays while it waits for people. */
  readonly waitsForPeople: boolean;
  readonly commandOptions: readonly string[];
}

/** Opens the host that a run began on; loads only the modules that this host needs. */
export async function resumeHost({ simulated, ...options }: ResumeOptions): Promise<Host> {
  const { journal } = options;
  if (journal.record.options.simulation !== undefined) {
    const { openSimulationHost } = await import('./simulation.ts');
    return openSimulationHost({ ...options, ...simulated });
  }
  const { openLocalHost } = await import('./local.ts');
  return openLocalHost({ ...options, region: journal.record.plan.region });
}
