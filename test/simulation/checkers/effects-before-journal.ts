import type { Journal } from '../../../src/journal/journal.ts';
import type { Executor } from '../../../src/workflow/ports.ts';
import type { Outcome } from '../outcome.ts';

/** Notes every effect that is performed while the journal does not have it in its outbox. */
export function effectsBeforeJournal(executor: Executor, journal: Journal, found: string[]): Executor {
  return {
    async perform(effects) {
      const { outbox } = await journal.load();
      const known = new Map(outbox.map((effect) => [effect.id, JSON.stringify(effect)]));
      for (const effect of effects)
        if (known.get(effect.id) !== JSON.stringify(effect)) found.push(effect.id);
      return executor.perform(effects);
    },
    observe: (watch) => executor.observe(watch),
  };
}

export function checkEffectsBeforeJournal({ unjournalled }: Outcome): readonly string[] {
  return unjournalled.map((id) => `${id} was performed before it was journalled`);
}
