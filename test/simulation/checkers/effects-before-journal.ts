import type { Journal } from '../../../src/journal/journal.ts';
import type { Effect } from '../../../src/workflow/base/effects.ts';
import type { Executor } from '../../../src/workflow/base/executor.ts';
import type { Outcome } from '../outcome.ts';

/** Notes every effect that is performed while the journal does not have it in its outbox. */
export function effectsBeforeJournal(executor: Executor, journal: Journal, found: string[]): Executor {
  return {
    ...executor,
    async perform(effects) {
      const { outbox } = await journal.load();
      const known = new Map(outbox.map((effect) => [effect.id, essence(effect)]));
      for (const effect of effects) if (known.get(effect.id) !== essence(effect)) found.push(effect.id);
      return executor.perform(effects);
    },
  };
}

/** All of an effect but that it may have been sent before: whoever takes a run over notes that for itself. */
function essence(effect: Effect): string {
  return JSON.stringify({ ...effect, doubtful: undefined, notBefore: undefined });
}

export function checkEffectsBeforeJournal({ unjournalled }: Outcome): readonly string[] {
  return unjournalled.map((id) => `${id} was performed before it was journalled`);
}
