import type { Part } from '../../kinds/steps.ts';
import { copyNumbers, thingOf, wantedPart } from './parts.ts';
import { strategyOf, type Adopted, type ResourceContext, type ResourceInput } from './resource-context.ts';

/** The parts of the wanted copies, and of the copies of a run whose journal was lost. Replacements get a higher generation than all earlier copies. */
function initialParts(context: ResourceContext, { adopted, at }: ResourceInput): readonly Part[] {
  if (context.spec.strategies.length === 0) return [];
  const known =
    adopted === undefined ? context : { ...context, generations: generationsOf(context, adopted) };
  // Means follow when they are granted.
  const results = strategyOf(context).steps.filter(({ makes }) => makes?.use === 'result');
  const wanted = results.flatMap((step) =>
    copyNumbers(context, step).flatMap((copy) => wantedPart(known, step, copy) ?? []),
  );
  return wanted.map((part) => {
    const found =
      (part.builtOn ?? []).length > 0 ? undefined : adopted?.makes.find(({ copy }) => copy === part.copy);
    if (found === undefined) return part;
    const { id, createdAt = at, generation } = found;
    return {
      ...part,
      generation: Math.max(generation, adopted?.generation ?? 0),
      thing: thingOf(context, part.type, id, 'made'),
      at: { granted: at, made: createdAt },
      data: { progressAt: at },
      stage: 'live' as const,
    };
  });
}

/** The highest generation that was seen, for each part: see `ResourceContext.generations`. */
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
