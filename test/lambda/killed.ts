import type { RunMode } from '../../src/plan/types.ts';
import { violationsOf } from '../simulation/checkers/index.ts';
import { SimulatedCloud, type CloudOptions } from './simulated-cloud.ts';
import { small } from './small.ts';

/** A killed run is found dead, taken over and continued, which takes about a minute each time. */
const A_KILL_COSTS_SECONDS = 120;

export interface Ended {
  readonly status: string;
  /** Things that were made. */
  readonly created: number;
  /** Of the invariants of `test/simulation`. */
  readonly violations: readonly string[];
  readonly rtaSeconds: number;
}

/** Plays a small run to its end. */
export async function ended(options: CloudOptions): Promise<Ended & { readonly cloud: SimulatedCloud }> {
  const cloud = new SimulatedCloud(small(), { yes: true, ...options });
  await cloud.run();
  const outcome = await cloud.outcome();
  const { status, resources, objectives } = outcome.report;
  const created = resources.reduce((sum, { createdIds }) => sum + createdIds.length, 0);
  const rtaSeconds = objectives.rto.actualSeconds ?? Infinity;
  return { status, created, violations: violationsOf(outcome), rtaSeconds, cloud };
}

/** Kills one invocation at every `stride`-th call to the outside in turn. Each time the run must end as an undisturbed one. */
export async function expectKillsToChangeNothing(mode: RunMode, stride: number): Promise<void> {
  const undisturbed = await ended({ mode });
  const { points } = undisturbed.cloud.service;
  expect(points).toBeGreaterThan(200);
  for (let at = 1; at <= points; at += stride) {
    const { cloud, rtaSeconds, ...end } = await ended({
      mode,
      service: { chaos: (point) => (point === at ? 'dies' : 'lives') },
    });
    expect(cloud.service.sandboxes.filter(({ isDead }) => isDead)).toHaveLength(1);
    const { created } = undisturbed;
    expect({ at, ...end }).toEqual({ at, status: 'completed', created, violations: [] });
    expect(rtaSeconds).toBeLessThanOrEqual(undisturbed.rtaSeconds + A_KILL_COSTS_SECONDS);
  }
}

/** Loses one checkpoint, or its answer, in turn. */
export async function expectLostCheckpointsToChangeNothing(
  mode: RunMode,
  fate: 'lost' | 'unanswered',
  stride: number,
): Promise<void> {
  const undisturbed = await ended({ mode });
  for (let at = 1; at <= undisturbed.cloud.service.checkpoints; at += stride) {
    const { status, created, violations, rtaSeconds } = await ended({
      mode,
      service: { checkpoints: (number) => (number === at ? fate : 'arrives') },
    });
    expect([at, status, created, violations]).toEqual([at, 'completed', undisturbed.created, []]);
    expect(rtaSeconds).toBeLessThanOrEqual(undisturbed.rtaSeconds + A_KILL_COSTS_SECONDS);
  }
}
