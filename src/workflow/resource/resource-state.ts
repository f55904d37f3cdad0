import { tagged } from '../base/state-tags.ts';

/** The states of a resource, without their nesting in the machine. */
export type ResourceState =
  | 'queued'
  | 'accelerating'
  | 'restoring'
  | 'warming'
  | 'verifying'
  | 'halted'
  | 'ready'
  | 'protecting'
  | 'protected'
  | 'failed'
  | 'removing'
  | 'removed'
  | 'kept';

/**
 * - `watched`: the resource's copies are observed, and their loss is detected.
 * - `granted`: the resource has been granted its quotas. `active`: an operation is in progress, so every observation includes the resource.
 * - `moving`: the state ends without an operator.
 * - `ready`: the resource is recovered, and its dependents may start.
 * - `busy`: the end of the run waits for the resource. `ended`: the final states after a cleanup or an abort.
 */
export type ResourceTag = 'watched' | 'granted' | 'active' | 'moving' | 'ready' | 'busy' | 'ended';

/** The tags of the resource machine's states. */
export const STATE_TAGS: Readonly<Record<ResourceState, readonly ResourceTag[]>> = {
  queued: ['watched'],
  accelerating: ['watched', 'granted', 'active', 'moving'],
  restoring: ['watched', 'granted', 'active', 'moving'],
  warming: ['watched', 'granted', 'active', 'moving'],
  verifying: ['watched', 'granted', 'active', 'moving'],
  halted: ['watched', 'granted', 'active'],
  ready: ['watched', 'granted', 'ready'],
  protecting: ['watched', 'granted', 'active', 'moving', 'ready', 'busy'],
  protected: ['watched', 'granted', 'ready'],
  failed: [],
  removing: ['busy', 'ended'],
  removed: ['ended'],
  kept: ['ended'],
};

/** States by tag. */
export const STATES = {
  watched: tagged(STATE_TAGS, 'watched'),
  granted: tagged(STATE_TAGS, 'granted'),
  active: tagged(STATE_TAGS, 'active'),
  moving: tagged(STATE_TAGS, 'moving'),
  ready: tagged(STATE_TAGS, 'ready'),
  busy: tagged(STATE_TAGS, 'busy'),
  ended: tagged(STATE_TAGS, 'ended'),
} as const satisfies Record<ResourceTag, ReadonlySet<ResourceState>>;

/** The state of a snapshot's value: states of a recovery are nested in `working`. */
export function resourceState(value: unknown): ResourceState {
  if (typeof value === 'string') return value as ResourceState;
  return (value as { working: ResourceState }).working;
}
