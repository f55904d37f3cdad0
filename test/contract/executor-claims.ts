import { isThing } from '../../src/workflow/base/sightings.ts';
import { effect, existing, watching } from '../aws/effects.ts';
import {
  again,
  claimEffect,
  done,
  failed,
  testOf,
  type Lacks,
  type Open,
  type Stage,
} from './executor-stage.ts';

/** One runbook, one restore: by a parameter where there are any, by a tag otherwise. */
export function describeClaims(open: Open, lacks: Lacks): void {
  const testIf = testOf(lacks);
  const places = [
    ['parameter', {}],
    ['tag', { withoutSsm: true }],
  ] as const;

  for (const [place, changes] of places) {
    const title = `the claim as a ${place}`;
    const testHere = (what: string, run: () => Promise<void>) =>
      place === 'parameter' ? testIf('parameters', `${title}: ${what}`, run) : test(`${title}: ${what}`, run);

    testHere(
      'one of two runs holds the claim, a repeated request succeeds, and a released claim can be taken again',
      async () => {
        const stage = await open();
        const [ours, theirs] = [stage.another('run-a', changes), stage.another('run-b', changes)];
        const mine = claimEffect(stage, { runId: stage.named('run-a') }, sourcesOf(stage));
        const other = claimEffect(stage, { runId: stage.named('run-b') }, sourcesOf(stage));
        expect(await done(ours, mine)).toEqual({ granted: true, place });
        await stage.wait(1);
        expect(await done(ours, again(mine))).toEqual({ granted: true, place });
        expect(await done(theirs, other)).toEqual({ granted: false, holder: mine.claim });
        expect(await holder(stage, changes)).toEqual(mine.claim);
        await done(theirs, release(stage));
        expect(await holder(stage, changes)).toEqual(mine.claim);
        await done(ours, release(stage));
        await done(ours, release(stage));
        await stage.wait(1);
        expect(await holder(stage, changes)).toBeUndefined();
        expect(await done(theirs, other)).toEqual({ granted: true, place });
        await done(theirs, release(stage));
      },
    );

    testHere('a restore takes it from a drill, a drill from nobody', async () => {
      const stage = await open();
      const [drill, restore] = [stage.another('drill', changes), stage.another('run-a', changes)];
      const rehearsal = claimEffect(stage, { runId: stage.named('drill'), mode: 'drill' }, sourcesOf(stage));
      const real = claimEffect(stage, { runId: stage.named('run-a') }, sourcesOf(stage));
      await done(drill, rehearsal);
      await stage.wait(1);
      expect(await done(restore, real)).toEqual({ granted: true, place, preempted: rehearsal.claim });
      expect(await done(drill, again(rehearsal))).toEqual({ granted: false, holder: real.claim });
      expect(await holder(stage, changes)).toEqual(real.claim);
      await done(drill, release(stage));
      expect(await holder(stage, changes)).toEqual(real.claim);
      await done(restore, release(stage));
    });
  }

  testIf('parameters', 'a claim whose answer was lost is granted when asked again', async () => {
    const stage = await open();
    const one = claimEffect(stage);
    stage.wire.interfere('PutParameter', 'lose the answer');
    expect(await failed(stage.ours, one)).toMatchObject({ class: 'transient' });
    stage.wire.interfere('PutParameter', undefined);
    await stage.wait(1);
    expect(await done(stage.ours, again(one))).toEqual({ granted: true, place: 'parameter' });
    await done(stage.ours, release(stage));
  });

  testIf('parameters', 'who claims the runbook is found again', async () => {
    const stage = await open();
    const one = claimEffect(stage);
    await done(stage.ours, one);
    await stage.wait(1);
    expect(await stage.made(stage.runbook)).toEqual({ claim: one.claim, runs: [] });
    await done(stage.ours, release(stage));
  });

  test('without a place to store it, the claim is granted and reported as nowhere', async () => {
    const stage = await open();
    const result = await done(stage.another('run-a', { withoutSsm: true }), claimEffect(stage));
    expect(result).toMatchObject({ granted: true, place: 'nowhere' });
  });
}

/** Volumes and databases; the first are gone. */
function sourcesOf({ manyVolumes, manyDbInstances }: Stage) {
  return [
    existing('volume', 'vol-0123456789abcdef0'),
    existing('dbInstance', manyDbInstances[0] ?? ''),
    existing('volume', manyVolumes[0] ?? ''),
  ] as const;
}

function release(stage: Stage) {
  return effect('release', { runbook: stage.runbook, sources: sourcesOf(stage) });
}

async function holder(stage: Stage, changes: { readonly withoutSsm?: boolean }) {
  const claim = { runbook: stage.runbook, sources: sourcesOf(stage) };
  const [seen] = await stage.another('watcher', changes).observe({ ...watching([]), claim });
  if (seen === undefined || isThing(seen)) throw new Error('the claim was not seen');
  return seen.holder;
}
