import type { Part } from '../../kinds/steps.ts';
import type { KindName, Thing } from '../../kinds/things.ts';
import { copyNumbers, withWantedResults } from './parts.ts';
import { strategyOf, type Adopted, type ResourceContext, type ResourceInput } from './resource-context.ts';

/** The wanted copies, and those of an earlier driver whose journal was lost. A replacement gets a higher generation than all earlier copies. */
function initialParts(context: ResourceContext, { adopted, at }: ResourceInput): readonly Part[] {
  if (context.spec.strategies.length === 0) return [];
  const { parts } = withWantedResults({
    ...context,
    ...(adopted !== undefined && { generations: generationsOf(context, adopted) }),
  });
  return parts.map((part) => {
    const known =
      (part.builtOn ?? []).length > 0 ? undefined : adopted?.makes.find(({ copy }) => copy === part.copy);
    if (known === undefined) return part;
    const { id, createdAt = at, generation } = known;
    const { region } = context;
    const thing: Thing = { kind: context.spec.type as KindName, type: part.type, id, region, origin: 'made' };
    return {
      ...part,
      generation: Math.max(generation, adopted?.generation ?? 0),
      thing,
      at: { granted: at, made: createdAt },
      data: { progressAt: at },
      stage: 'live' as const,
    };
  });
}

function generationsOf(context: ResourceContext, { generation }: Adopted): Record<string, number> {
  return Object.fromEntries(
    strategyOf(context).steps.flatMap((step) =>
      copyNumbers(context, step).map((copy) => [`${step.makes?.role ?? step.on ?? ''}.${copy}`, generation]),
    ),
  );
}

export function initialContext(input: ResourceInput): ResourceContext {
  const bare: ResourceContext = {
    runId: input.runId,
    mode: input.mode,
    region: input.region,
    spec: input.spec,
    strategy: input.adopted?.strategy ?? 0,
    round: 0,
    parts: [],
    createdIds: input.adopted?.makes.map(({ id }) => id) ?? [],
    misses: 0,
    verified: false,
    fallbacks: [],
    pending: {},
    leftovers: [],
    stage: 'queued',
    since: input.at,
  };
  return { ...bare, parts: initialParts(bare, input) };
}
