import { courseOf } from '../../kinds/courses.ts';
import type { Part, StrategyStep } from '../../kinds/steps.ts';
import { isMade } from '../../kinds/things.ts';
import { aggregateOf } from '../base/aggregate-id.ts';
import type { Effect, MakeMark } from '../base/effects.ts';
import { effectId, identityOf } from '../base/pending.ts';
import { copiesOf, foundationOf, kindOf, stepOfPart } from './parts.ts';
import { ownerOf, strategyOf, type ResourceContext } from './resource-context.ts';

/** Id, aggregate and attempt of a request that is sent for the first time. */
export function baseOf(
  context: ResourceContext,
  step: string,
): { id: string; aggregate: string; attempt: number } {
  return { id: effectId(ownerOf(context), step), aggregate: aggregateOf(context.spec.id), attempt: 1 };
}

/** `<round>.<strategy>.<copy>.<generation>`, with the number of the request where it is not the first for this generation. */
function useOf({ round, strategy }: ResourceContext, { copy, generation, data }: Part): string {
  const { asks = 0 } = data;
  return `${round}.${strategy}.${copy}.${generation}${asks > 1 ? `.${asks}` : ''}`;
}

/** `<source>-<run>` or `restoreAs`, with the number of the copy where there are several. */
function stemOf({ spec, runId }: ResourceContext, { copy }: Part): string {
  return `${spec.restoreAs ?? `${spec.source}-${runId}`}${spec.copies > 1 ? `-c${copy + 1}` : ''}`;
}

/** Suffix of the names of later things of a copy: `-g<round>-<strategy>-<generation>`; empty for the first one. */
function againOf({ round, strategy }: ResourceContext, { generation }: Part): string {
  const isFirst = generation === 1 && strategy === 0 && round === 0;
  return isFirst ? '' : `-g${round}-${strategy}-${generation}`;
}

function markOf(context: ResourceContext, part: Part): MakeMark {
  const { mode, round } = context;
  const { copy, generation } = part;
  const { name, recoveryPoint } = strategyOf(context);
  const { marksInstant } = courseOf(context.spec.type);
  return {
    mode,
    strategy: name,
    round,
    copy,
    generation,
    ...(marksInstant === true && { pointAt: recoveryPoint.at }),
  };
}

/** The request of a step for one part. The same part gives the same identity, so that a repeated request creates nothing twice. */
export function operationOf(context: ResourceContext, step: StrategyStep, part: Part): Effect {
  const { spec } = strategyOf(context);
  const base = baseOf(context, `${step.id}.${useOf(context, part)}`);
  const named = courseOf(context.spec.type).identify({
    key: identityOf(base.id),
    stem: stemOf(context, part),
    again: againOf(context, part),
  });
  const target = part.thing ?? foundationOf(context, part)?.thing;
  return {
    ...base,
    type: 'operate',
    kind: kindOf(context),
    operation: step.operation ?? '',
    role: part.role,
    resource: context.spec.id,
    ...named,
    ...(step.makes !== undefined && { mark: markOf(context, part) }),
    ...(target !== undefined && { target }),
    ...(step.tokenless === true && { tokenless: true }),
    // The adapter needs only the id of such a thing. Without the spec the row stays small.
    spec: step.makes?.use === 'means' && step.makes.id !== undefined ? {} : spec,
  };
}

/** The request to compare the copies with the spec. */
export function inspectionOf(context: ResourceContext): Effect {
  const copies = copiesOf(context);
  const use = `${context.round}.${context.strategy}.${copies.map(({ generation }) => generation).join('-')}`;
  return {
    ...baseOf(context, `verify.${use}`),
    type: 'inspect',
    kind: kindOf(context),
    things: copies.flatMap(({ thing }) => thing ?? []),
    spec: strategyOf(context).spec,
  };
}

/** The request that removes a part: its undo operation where it has one, else its deletion. `undefined` for a thing that this run did not make. */
export function removalOf(
  context: ResourceContext,
  part: Part,
): { readonly slot: string; readonly effect: Effect } | undefined {
  const { thing, role, copy, generation } = part;
  const undo = stepOfPart(context, part)?.undo;
  if (thing === undefined || !isMade(thing)) return undefined;
  if (undo !== undefined) {
    const again = context.cleanup === undefined ? '' : `.cleanup-${context.cleanup}`;
    const { round, strategy } = context;
    return {
      slot: `undo.${thing.id}`,
      effect: {
        ...baseOf(context, `undo.${role}.${round}.${strategy}.${copy}.${generation}${again}`),
        type: 'undo',
        kind: kindOf(context),
        operation: undo,
        thing,
        spec: {},
      },
    };
  }
  return {
    slot: `delete.${thing.id}`,
    effect: { ...baseOf(context, `delete.${thing.id}`), type: 'delete', thing, resource: context.spec.id },
  };
}
