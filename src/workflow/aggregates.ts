import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { LifeboatError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { AggregateId } from './base/aggregate-id.ts';
import {
  begin,
  decide,
  fromJson,
  type Aggregate,
  type Narrator,
  type Stamped,
  type Step,
} from './base/decide.ts';
import type { Json } from './base/decision.ts';
import { narrateRecovery } from './timeline/narrate-recovery.ts';
import { narrateResource } from './timeline/narrate-resource.ts';
import { recoveryMachine } from './recovery/recovery-machine.ts';
import { resourceMachine } from './resource/resource-machine.ts';

/** A kind of aggregate. Its states' tags are the machine's own. */
export interface Kind {
  readonly machine: AnyStateMachine;
  readonly narrate: Narrator<AnyMachineSnapshot>;
  /** The {@link MACHINE_VERSION} that changed its states, timers or context last. */
  readonly version: number;
}

function kind<TSnapshot extends AnyMachineSnapshot>(
  machine: AnyStateMachine,
  narrate: Narrator<TSnapshot>,
  version: number,
): Kind {
  return { machine, narrate: narrate as Narrator<AnyMachineSnapshot>, version };
}

/** The kinds of aggregates, by the part of an id before the colon: every row of a journal is one of these. */
export const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['recovery', kind(recoveryMachine, narrateRecovery, 6)],
  ['resource', kind(resourceMachine, narrateResource, 6)],
]);

/** Version of all machines together. The journal keeps states, timers and contexts, so only the version that began a run may drive it. */
export const MACHINE_VERSION = Math.max(...[...KINDS.values()].map(({ version }) => version));

/** An aggregate as a journal keeps it. */
export interface Stored {
  readonly id: AggregateId;
  readonly sequence: number;
  readonly snapshot: Json;
}

type AnyStep = Step<AnyMachineSnapshot>;

function nameOf(id: AggregateId): string {
  return id.slice(0, `${id}:`.indexOf(':'));
}

function kindOf(id: AggregateId): Kind {
  const found = KINDS.get(nameOf(id));
  if (found === undefined)
    throw new LifeboatError(
      'JOURNAL_DAMAGED',
      `The journal holds '${id}', which is no part of a run.`,
      'Restore the journal from a copy.',
    );
  return found;
}

/** Begins the aggregate `id`. */
export function beginAggregate(id: AggregateId, input: unknown, at: Instant): AnyStep {
  const { machine, narrate } = kindOf(id);
  return begin(machine, id, input, at, narrate);
}

/** An aggregate from its row. */
export function readAggregate({ id, sequence, snapshot }: Stored): Aggregate {
  return { id, sequence, snapshot: fromJson(kindOf(id).machine, snapshot) };
}

/**
 * One event on one aggregate; `undefined` when it changes nothing.
 *
 * @example const step = advance(aggregate, { type: 'GONE', at, id: 'vol-1' });
 */
export function advance(aggregate: Aggregate, event: Stamped): AnyStep | undefined {
  const { machine, narrate } = kindOf(aggregate.id);
  return decide(machine, aggregate, event, narrate);
}
