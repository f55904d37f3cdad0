import type { ReplaySettings } from '../runbook/backfill-schema.ts';
import type { BackfillTools } from './base/tools.ts';
import { createFixedRate } from './replay/fixed-rate.ts';
import type { Governor } from './base/replay-ports.ts';

/** A governor with what feeds it. */
export interface Governing {
  readonly governor: Governor;
  close(): Promise<void>;
}

/** The rate that the settings ask for. Throws LifeboatError when a live signal cannot be read at all. */
export async function openGovernor(
  settings: ReplaySettings,
  { log, region }: BackfillTools,
): Promise<Governing> {
  const { rate, maxRate = rate } = settings;
  if (rate === 'adaptive') {
    const { openAdaptive } = await import('./live-traffic/open-adaptive.ts');
    return openAdaptive(settings, { log, ...(region !== undefined && { region }) });
  }
  return { governor: createFixedRate(Math.min(rate, Number(maxRate))), close: async () => undefined };
}
