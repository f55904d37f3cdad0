import type { Commit, Journal } from '../../src/journal/journal.ts';
import { LifeboatError } from '../../src/errors.ts';
import { Stage } from './stage.ts';

/** The journal with commits that fail from the `from`-th on. */
function failing(journal: Journal, from: number): Journal {
  let commits = 0;
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'commit')
        return async (commit: Commit) => {
          commits += 1;
          if (commits >= from)
            throw new LifeboatError('JOURNAL_UNWRITABLE', 'The disk is full.', 'Make room.');
          await target.commit(commit);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** Effects that an answer in the journal speaks of: they had been in the outbox before. */
async function knownEffects(stage: Stage): Promise<readonly string[]> {
  const history = await stage.journal.history();
  return history.flatMap(({ event }) => {
    const { answer } = event as { answer?: { effectId: string } };
    return answer === undefined ? [] : [answer.effectId];
  });
}

/**
 * Whether a drill was stopped by a journal that cannot be written from a commit on; one with fewer commits has ended. It must have sent nothing
 * that the journal does not know of, and end well when it is resumed.
 */
export async function isStoppedBy(from: number, { volumes }: { readonly volumes: number }): Promise<boolean> {
  const stage = await Stage.open({ mode: 'drill', volumes });
  const ended = await stage.drive({ journal: failing(stage.journal, from) }).catch((error: unknown) => error);
  if (!(ended instanceof Error)) {
    expect(ended).toMatchObject({ phase: 'completed' });
    return false;
  }
  expect(ended).toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
  const { outbox } = await stage.journal.load();
  const known = new Set([...(await knownEffects(stage)), ...outbox.map(({ id }) => id)]);
  expect(stage.aws.performed.filter(({ id }) => !known.has(id))).toEqual([]);
  expect(await stage.drive()).toMatchObject({ phase: 'completed' });
  expect([stage.aws.volumes.length, stage.aws.alive.length]).toEqual([volumes, 0]);
  return true;
}
