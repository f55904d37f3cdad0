import { initialTransition, transition } from 'xstate';
import { toJson } from '../../src/workflow/base/decide.ts';
import { resourceMachine } from '../../src/workflow/resource/resource-machine.ts';
import { REGION } from '../things.ts';
import { minutes, planned, strategy, Subject, T0 } from './support.ts';

// decide() calls a machine with one shared scope, because xstate's own transition() makes an actor for each event.

/** The same course as xstate plays it, with a fresh actor for each event. */
function playedByXstate(subject: Subject, input: object): unknown {
  let [snapshot] = initialTransition(resourceMachine, input as never);
  for (const { decision } of subject.steps.slice(1))
    [snapshot] = transition(resourceMachine, snapshot, decision.event as never);
  return toJson(snapshot);
}

test('aggregates of one machine, advanced in turn, come to what xstate alone makes of each', () => {
  const specs = [
    planned([strategy('provisioned-rate'), strategy('lazy')], { copies: 2 }),
    planned([strategy('lazy')], { readyWhen: 'available' }),
    planned([strategy('fsr'), strategy('lazy')]),
  ];
  const subjects = specs.map((spec) => new Subject(spec));
  const [two, one, fast] = subjects as [Subject, Subject, Subject];
  for (const subject of subjects) subject.grant();
  two.answer('createVolume', { id: 'vol-a' });
  one.answer('createVolume', { id: 'vol-b' });
  two.refuse('createVolume', 'capacity');
  fast.refuse('enableFsr', 'quota');
  for (const subject of subjects) subject.at += minutes(1);
  one.see('vol-b');
  two.see('vol-a', { progress: 40 });
  one.send({ type: 'CLEAN', at: one.at });
  for (const [index, subject] of subjects.entries()) {
    expect(subject.steps.length).toBeGreaterThan(2);
    const input = { runId: 'run-1', mode: 'drill', region: REGION, spec: specs[index], at: T0 };
    expect(toJson(subject.aggregate.snapshot)).toEqual(playedByXstate(subject, input));
  }
});
