import type { Outcome } from '../outcome.ts';

/** A resource starts only when all that it depends on is ready. */
export function checkDependencies({ view }: Outcome): readonly string[] {
  const contexts = new Map(view.resources.map(({ id, context }) => [id, context]));
  return view.resources.flatMap(({ id, context: { spec, startedAt } }) => {
    if (startedAt === undefined) return [];
    return spec.dependsOn.flatMap((other) => {
      const dependency = contexts.get(other);
      // One that was ready and had to be made again tells only when it was ready last.
      if (dependency === undefined || dependency.createdIds.length > dependency.spec.copies) return [];
      const { readyAt } = dependency;
      if (readyAt === undefined) return [`${id} started although ${other} never was ready`];
      return startedAt < readyAt ? [`${id} started before ${other} was ready`] : [];
    });
  });
}
