import type { Instant } from '../../time.ts';
import {
  mayEnter,
  nextOpening,
  obstacles,
  phaseAfter,
  sameFrozen,
  type Obstacle,
} from '../../workflow/recovery/obstacles.ts';
import type { Frozen } from '../../workflow/recovery/recovery-context.ts';
import type { FleetState } from './fleet-state.ts';
import type { Wait } from '../base/tick.ts';

/** Which of these freeze files exist now. */
export type FrozenBy = (files: readonly string[]) => Promise<readonly Frozen[]>;

/** Feeds the recovery machine what pure code cannot know: that a change window has opened, and which freeze files exist. */
export class Gatekeeper {
  readonly #fleet: FleetState;
  readonly #frozenBy: FrozenBy;
  readonly #files: readonly string[];

  constructor(fleet: FleetState, frozenBy: FrozenBy) {
    this.#fleet = fleet;
    this.#frozenBy = frozenBy;
    this.#files = [...new Set(fleet.recovery.gates.flatMap(({ file }) => file ?? []))];
  }

  /** Checks windows and freeze files, and tells the recovery when they have changed or when a phase can now be entered. */
  async watch(at: Instant): Promise<void> {
    const { recovery, phase } = this.#fleet;
    const frozen = this.#files.length === 0 ? recovery.frozen : await this.#frozenBy(this.#files);
    const waitsFor = phaseAfter(phase);
    const mayGoOn =
      waitsFor !== undefined && waitsFor !== 'cleanup' && mayEnter({ ...recovery, frozen }, waitsFor, at);
    if (mayGoOn || !sameFrozen(frozen, recovery.frozen))
      this.#fleet.apply('recovery', { type: 'GATES', at, frozen });
  }

  /** When the change window that the run waits for opens; `undefined` while it waits for none, or also for something else. */
  opensAt(at: Instant): Instant | undefined {
    const { recovery, phase } = this.#fleet;
    const waitsFor = phaseAfter(phase);
    if (waitsFor === undefined) return undefined;
    const isTimeEnough = obstacles(recovery, waitsFor, at).every(({ kind }) => kind === 'window');
    return isTimeEnough ? nextOpening(recovery, waitsFor, at) : undefined;
  }

  /** What keeps the run from going on. */
  waitsFor(at: Instant): readonly Wait[] {
    const { recovery, phase } = this.#fleet;
    const waitsFor = phaseAfter(phase);
    return waitsFor === undefined ? [] : obstacles(recovery, waitsFor, at).map(waitOf);
  }
}

function waitOf(obstacle: Obstacle): Wait {
  if (obstacle.kind === 'approvals') return { for: 'approval', gate: obstacle.phase };
  const { kind, gate } = obstacle;
  return { for: kind, gate, ...(kind === 'window' && { at: obstacle.opensAt }) };
}
